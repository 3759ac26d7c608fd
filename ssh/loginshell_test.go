package ssh_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sparkops/shell"
	"sparkops/ssh/sshtest"
)

// loginShell writes a login shell that does something before it does what it is for.
func loginShell(t *testing.T, first string) string {
	t.Helper()
	file := write(t, filepath.Join(t.TempDir(), "login"), "#!/bin/sh\n"+first+"\nexec /bin/sh \"$@\"\n")
	if err := os.Chmod(file, 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestLoginShells(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, first string
		class       shell.Class // "" if the script ends well
		says, noise string
	}{
		{"plain", "", "", "", ""},
		{"noisy", "echo Welcome; echo warning >&2", "", "", "Welcome\nwarning\n"},
		{"noise without a newline", "printf 'Welcome to '", "", "", "Welcome to "},
		{"very noisy", "head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2", "", "", strings.Repeat("\x00", 16<<10)},
		{"reads a line", "read line", "", "", ""},
		{"reads all", "cat >/dev/null", shell.ClassShell, "ended with status 0 before it", ""},
		{"ends well", "exit 0", shell.ClassShell, "ended with status 0 before it", ""},
		{"ends badly", "exit 3", shell.ClassShell, "ended with status 3 before it", ""},
		{"nologin", "echo This account is currently not available.; exit 1", shell.ClassShell, "not available", ""},
		{"another shell", "exec true", shell.ClassShell, "ended with status 0", ""},
		{"killed", "kill -9 $$", shell.ClassShell, "signal KILL", ""},
		{"hangs", "exec sleep 30", shell.ClassTimeout, "", ""},
		{"xtrace", "export SHELLOPTS; set -x", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, sshtest.Options{Shell: loginShell(t, c.first)})
			out, e := attempt(t, at(t, s.Addr()), hello, boundOf(c.class))
			switch {
			case c.class == "" && (e != nil || string(out.Stdout) != "hello\n"):
				t.Errorf("%q, %+v", out.Stdout, e)
			case c.class == "" && c.noise != "" && string(out.Noise) != c.noise:
				t.Errorf("%d bytes of noise: %.80q", len(out.Noise), out.Noise)
			case c.class != "" && (e == nil || e.Class != c.class || !strings.Contains(e.Error(), c.says) || e.Class == shell.ClassShell && e.Began):
				t.Errorf("%+v", e)
			}
		})
	}
}

// Whatever part of the script a login shell reads away: that nothing began is said only if it is so.
func TestLoginShellEatsScript(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for n := 1; n < 500; n += 17 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			mark := filepath.Join(dir, fmt.Sprint(n))
			s := serve(t, sshtest.Options{Shell: loginShell(t, fmt.Sprintf("dd bs=1 count=%d of=/dev/null 2>/dev/null", n))})
			script := shell.Script{Vars: []shell.Var{{Name: "mark", Value: mark}}, Body: `: > "` + mark + `"` + "\necho done\n# " + strings.Repeat("x", 80)}
			out, e := attempt(t, at(t, s.Addr()), script, patience)
			_, missing := os.Stat(mark)
			if e != nil && !e.Began && missing == nil {
				t.Errorf("it is said not to have begun, and did: %v", e)
			}
			if e == nil && (missing != nil || string(out.Stdout) != "done\n") {
				t.Errorf("it is said to have ended well: %q", out.Stdout)
			}
		})
	}
}
