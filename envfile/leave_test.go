package envfile

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sparkops/shell/shelltest"
)

// What always leaves does so in bash, and what never does is not among them.
func TestLeaves(t *testing.T) {
	t.Parallel()
	bash := shelltest.Program(t, "bash")
	for text, want := range map[string]string{
		"A=1\nreturn":                        "2!",
		"exit 0 # done":                      "1!",
		"A=1; exec true":                     "1!",
		"exec 2>/dev/null":                   "",
		"[ -n \"$A\" ] || return 0\n":        "1",
		"if false; then\nexit 1\nfi\nreturn": "2 4!",
		"return\nexit":                       "1!",
		"f() { return; }\nf":                 "",
		"(exit 1)\n$(exit 1)\nexit 1 | cat\nexit & wait": "",
		"echo return; A='\nexit\n'":                      "",
	} {
		var got []string
		for _, l := range Leaves([]byte(text)) {
			got = append(got, string(rune('0'+l.Line))+strings.Repeat("!", map[bool]int{true: 1}[l.Always]))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q: %s, want %s", text, s, want)
		}
		path := filepath.Join(t.TempDir(), "env.sh")
		os.WriteFile(path, []byte(text+"\necho behind\n"), 0o600)
		said, _ := exec.CommandContext(t.Context(), bash, "-c", `A=1; . "$0"`, path).Output()
		if reached := strings.Contains(string(said), "behind"); reached == strings.Contains(want, "!") {
			t.Errorf("%q: bash has read on: %v", text, reached)
		}
	}
}
