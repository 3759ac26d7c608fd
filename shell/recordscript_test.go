package shell

import (
	"os/exec"
	"strings"
	"testing"
)

// recordShells are those that the scripts run under.
var recordShells = [][]string{{"dash", "-s"}, {"bash", "--posix", "-s"}, {"busybox", "sh", "-s"}}

func underEach(t *testing.T, script string, check func(out string)) {
	t.Helper()
	for _, sh := range recordShells {
		if _, err := exec.LookPath(sh[0]); err != nil {
			t.Logf("not tested under %s: it is not installed", sh[0])
			continue
		}
		cmd := exec.Command(sh[0], sh[1:]...)
		cmd.Stdin = strings.NewReader(Join(nil, "record") + script)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", sh[0], err, out)
		}
		check(string(out))
	}
}

// What is emitted is read back, whatever it holds.
func TestEmit(t *testing.T) {
	for _, value := range []string{"", "plain", "two\nlines", "\n", "cr\r", `back\slash \n`, " blanks ", "é=1", "a\n\nb\n",
		"\\\\\t\x1b\xff*?[", "\\" + strings.Repeat("x\ny\\", 400), strings.Repeat("x", 5000) + "\\\n\r", // swapped and by awk
	} {
		underEach(t, "emit key "+Quote(value)+"\nclose_record\nrefuse config 'no way' 'do this' names.master\n", func(out string) {
			got, err := Records([]byte(out))
			if err != nil || len(got) != 2 || got[0]["key"] != value || got[1]["class"] != "config" || got[1]["hint"] != "do this" || got[1]["check"] != "names.master" {
				t.Errorf("%q: %q, %v", value, got, err)
			}
		})
	}
}

// The words of each C library for a disk that fails.
func TestWhy(t *testing.T) {
	for said, want := range map[string]string{
		"cp: x: Input/output error": "disk", "cp: x: I/O error": "disk", "x: No space left on device": "disk", // glibc; busybox and musl
		"x: Disk quota exceeded": "disk", "x: File too large": "disk", "x: Permission denied": "permission",
	} {
		underEach(t, "why "+Quote(said)+"\n", func(out string) {
			if strings.TrimSpace(out) != want {
				t.Errorf("%s: %q", said, out)
			}
		})
	}
}
