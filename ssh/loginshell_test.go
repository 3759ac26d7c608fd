package ssh_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh/config"
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

// shellServer is a server with a login shell and a home directory of its own. When it is
// closed none of its processes is left.
func shellServer(t *testing.T, shell, home string) *config.Host {
	t.Helper()
	t.Cleanup(func() { // after the server's own
		var left []string
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if left = processesWith("HOME=" + home); len(left) == 0 {
				return
			}
		}
		t.Errorf("processes are left: %q", left)
	})
	return at(t, serve(t, sshtest.Options{Shell: shell, Dir: home}).Addr())
}

// processesWith are the command lines of those that have a variable in their environment.
func processesWith(variable string) (all []string) {
	environs, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range environs {
		env, _ := os.ReadFile(file) // of one that is gone there is none
		if slices.Contains(strings.Split(string(env), "\x00"), variable) {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
			all = append(all, string(line))
		}
	}
	return all
}

// Whatever the login shells that there are find in their startup files: the script runs, or
// the error says that it is the shell's doing, and that nothing began is true.
func TestRealLoginShells(t *testing.T) {
	shelltest.Unwatched(t)
	t.Parallel()
	const noShell, timeout = shell.ClassShell, shell.ClassTimeout
	type startup struct {
		name, text string
		class      shell.Class // "" if the script ends well
		says       string      // by the error, or as noise
	}
	startups := func(read string, exit shell.Class, more ...startup) []startup {
		with := func(status string) string {
			if exit == "" {
				return ""
			}
			return "with status " + status
		}
		return append(more, []startup{
			{"empty", "", "", ""},
			{"prints", "echo Welcome to w1", "", "Welcome to w1\n"},
			{"reads", read, "", ""},
			{"reads all", "cat >/dev/null", noShell, "may have run or not: the login shell ended with status 0"},
			{"exits", "exit 3", exit, with("3")},
			{"exits well", "exit 0", exit, with("0")},
			{"execs", "exec true", noShell, "with status 0"},
			{"hangs", "sleep 60", timeout, ""},
		}...)
	}
	// In tcsh and fish, exit leaves the startup file only.
	either := shell.Class("either") // other shells may read a script of POSIX sh, or not
	exec := func(names ...string) (all []startup) {
		for _, name := range names {
			all = append(all, startup{"execs " + name, "exec " + name, either, ""})
		}
		return all
	}
	// What a login that sends output elsewhere has run, it has run.
	redirects := []startup{
		{"redirects all", "exec >/dev/null 2>&1", noShell, "the command ran, but its answer went elsewhere"},
		{"redirects output", "exec >/dev/null", noShell, "the command ran (status 0), but its answer went elsewhere"},
		{"redirects errors", "exec 2>/dev/null", "", ""},
		{"redirects all and fails", "exec >/dev/null 2>&1; /bin/sh -s; exit 4", noShell, "may have run or not: the login shell ended with status 4"},
		{"redirects all and ends well", "exec >/dev/null 2>&1; /bin/sh -s; exit 0", noShell, "may have run or not: the login shell ended with status 0"},
		{"redirects all and exits", "exec >/dev/null 2>&1; exit 4", noShell, "did not run: the login shell ended with status 4"},
		{"closes all", "exec >&- 2>&-", noShell, "the command "},
	}
	ignored := []startup{{"exits", "exit 3", "", ""}} // what only an interactive or a login shell reads
	for _, c := range []struct {
		shell, file string
		startups    []startup
	}{
		{"bash", ".bashrc", append(redirects, startups("read line", noShell, append(exec("bash", "zsh", "tcsh", "fish"),
			startup{"fails", "set -e; false", noShell, "with status 1"}, startup{"prints without end", "while echo x; do :; done", timeout, ""})...)...)},
		{"bash", ".bash_profile", ignored},
		{"dash", ".profile", ignored},
		{"zsh", ".zshenv", append(redirects, startups("read line", noShell, exec("bash", "fish")...)...)},
		{"zsh", ".zshrc", ignored},
		{"tcsh", ".tcshrc", startups(`set line = "$<"`, "", exec("bash", "fish")...)},
		{"tcsh", ".cshrc", startups(`set line = "$<"`, "")},
		{"fish", ".config/fish/config.fish", startups("read line", "", exec("bash", "tcsh")...)},
		{"rbash", ".bashrc", []startup{{"empty", "", noShell, "restricted"}, {"prints", "echo Welcome to w1", noShell, "restricted"}}},
		{"/usr/sbin/nologin", ".bashrc", []startup{{"empty", "", noShell, "not available"}}},
	} {
		t.Run(filepath.Base(c.shell)+" "+c.file, func(t *testing.T) {
			t.Parallel()
			program := shelltest.Program(t, c.shell)
			for _, s := range c.startups {
				t.Run(s.name, func(t *testing.T) {
					t.Parallel()
					if words := strings.Fields(s.text); s.class == either {
						shelltest.Program(t, words[1])
					}
					home := t.TempDir()
					if err := os.MkdirAll(filepath.Join(home, filepath.Dir(c.file)), 0o700); err != nil {
						t.Fatal(err)
					}
					write(t, filepath.Join(home, c.file), s.text+"\n")
					mark := filepath.Join(home, "mark")
					script := shell.Script{Vars: []shell.Var{{Name: "mark", Value: mark}}, Body: `: > "$mark"; echo done`}
					out, e := attempt(t, shellServer(t, program, home), script, boundOf(s.class))
					_, err := os.Stat(mark)
					switch ran := err == nil; {
					case e == nil && (!ran || string(out.Stdout) != "done\n" || s.class != "" && s.class != either || string(out.Noise) != s.says):
						t.Errorf("it ended well: ran %v, %q, noise %q", ran, out.Stdout, out.Noise)
					case e == nil:
					case e.Class != s.class && (s.class != either || e.Class != noShell) || !strings.Contains(e.Error(), s.says) || e.Hint == "":
						t.Errorf("class %s, hint %q: %v", e.Class, e.Hint, e)
					case !e.Began && ran:
						t.Errorf("it is said not to have begun, and did: %v", e)
					case e.Class == noShell && s.class != either && e.Began != !strings.Contains(e.Error(), "did not run"):
						t.Errorf("began %v: %v", e.Began, e)
					case strings.Contains(e.Error(), "the command ran") && !ran:
						t.Errorf("it is said to have run, and did not: %v", e)
					}
				})
			}
		})
	}
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
		{"reads all", "cat >/dev/null", shell.ClassShell, "may have run or not: the login shell ended with status 0", ""},
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
			out, e := attempt(t, shellServer(t, loginShell(t, c.first), t.TempDir()), hello, boundOf(c.class))
			switch {
			case c.class == "" && (e != nil || string(out.Stdout) != "hello\n"):
				t.Errorf("%q, %+v", out.Stdout, e)
			case c.class == "" && c.noise != "" && string(out.Noise) != c.noise:
				t.Errorf("%d bytes of noise: %.80q", len(out.Noise), out.Noise)
			case c.class != "" && (e == nil || e.Class != c.class || !strings.Contains(e.Error(), c.says) || e.Class == shell.ClassShell && e.Began == strings.Contains(e.Error(), "did not run")):
				t.Errorf("%+v", e)
			}
		})
	}
}

// Whatever part of the script a login shell reads away: that nothing began is said only if it is so.
func TestLoginShellEatsScript(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// Every line but the first does something, and much is said before the end.
	body := strings.Repeat(`: > "${mark-MARK}"`+"\n", 5) + "head -c 100000 /dev/zero | tr '\\0' x\necho done\n# " + strings.Repeat("x", 80)
	for n := 1; n < 800; n += 17 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			mark := filepath.Join(dir, fmt.Sprint(n))
			s := serve(t, sshtest.Options{Shell: loginShell(t, fmt.Sprintf("dd bs=1 count=%d of=/dev/null 2>/dev/null", n))})
			script := shell.Script{Vars: []shell.Var{{Name: "mark", Value: mark}}, Body: strings.ReplaceAll(body, "MARK", mark)}
			out, e := attempt(t, at(t, s.Addr()), script, patience)
			_, missing := os.Stat(mark)
			if e != nil && !e.Began && missing == nil {
				t.Errorf("it is said not to have begun, and did: %v", e)
			}
			if e == nil && (missing != nil || !strings.HasSuffix(string(out.Stdout), "done\n")) {
				t.Errorf("it is said to have ended well: %.80q", out.Stdout)
			}
		})
	}
}

// Under a real sshd, too, what a forced command does with the script's answer is told as it is.
func TestForcedCommands(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, command string
		says          string
		ran           bool
	}{
		{"ends at once", "/bin/false", "did not run: the login shell ended with status 1", false},
		{"says why", "echo no shell here; exit 2", "no shell here", false},
		{"reads all", "cat >/dev/null", "may have run or not", false},
		{"redirects", `exec >/dev/null 2>&1; $SSH_ORIGINAL_COMMAND`, "the command ran, but", true},
		{"redirects, and ends as it likes", `exec >/dev/null 2>&1; $SSH_ORIGINAL_COMMAND; exit 0`, "may have run or not", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := sshd(t, "ForceCommand "+c.command)
			mark := filepath.Join(t.TempDir(), "mark")
			_, e := attempt(t, h, shell.Script{Vars: []shell.Var{{Name: "mark", Value: mark}}, Body: `: > "$mark"`}, patience)
			_, err := os.Stat(mark)
			certain := e != nil && !e.Began
			if e == nil || e.Class != shell.ClassShell || !strings.Contains(e.Error(), c.says) || certain == c.ran && certain || (err == nil) != c.ran {
				t.Errorf("ran %v: %+v", err == nil, e)
			}
		})
	}
}
