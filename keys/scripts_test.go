package keys

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sparkops/fleet"
	"sparkops/shell"
	"sparkops/shell/shelltest"
)

// shells are those that the scripts must run under.
var shells = map[string][]string{"dash": {"dash", "-s"}, "bash": {"bash", "--posix", "-s"}, "busybox": {"busybox", "sh", "-s"}}

// account is a home directory, and a shell to run scripts in.
type account struct {
	*testing.T
	sh   []string
	home string
}

func underEachShell(t *testing.T, test func(*account)) {
	for name, sh := range shells {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shelltest.Program(t, sh[0])
			shelltest.Unwatched(t)
			home := filepath.Join(t.TempDir(), "a user's home")
			if err := os.Mkdir(home, 0o755); err != nil {
				t.Fatal(err)
			}
			test(&account{t, sh, home})
		})
	}
}

func (a *account) file() string { return filepath.Join(a.home, ".ssh/authorized_keys") }

func (a *account) write(text string, mode os.FileMode) {
	a.Helper()
	if err := os.MkdirAll(filepath.Dir(a.file()), 0o700); err != nil {
		a.Fatal(err)
	}
	if err := os.WriteFile(a.file(), []byte(text), mode); err != nil {
		a.Fatal(err)
	}
	os.Chmod(a.file(), mode)
}

func (a *account) read() string {
	a.Helper()
	text, err := os.ReadFile(a.file())
	if err != nil {
		a.Fatal(err)
	}
	return string(text)
}

// command is a task's script, not yet started.
func (a *account) command(task fleet.Task, vars ...shell.Var) *exec.Cmd {
	a.Helper()
	task.Script.Vars = append(task.Script.Vars, vars...)
	text, err := task.Script.Text()
	if err != nil {
		a.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(a.Context(), time.Minute)
	a.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, a.sh[0], a.sh[1:]...)
	cmd.Stdin = strings.NewReader("(\n" + text + "\n)\n")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + a.home, "USER=tester"}
	return cmd
}

func (a *account) run(plan fleet.Plan, vars ...shell.Var) Outcome {
	a.Helper()
	task := plan.Stages[0].Tasks[0]
	cmd := a.command(task, vars...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil || said.Len() > 0 {
		a.Fatalf("%v: %s\n%s", err, out, said.String())
	}
	return Outcomes([]fleet.Result{{Task: task, Output: shell.Output{Stdout: out}}})[0]
}

func install(k Key, force bool) fleet.Plan {
	return Install([]Target{{"w1", k}}, force, time.Minute)
}

func remove(k Key, _ bool) fleet.Plan {
	return Remove([]Target{{"w1", k}}, time.Minute)
}

// parsed is a key by its line.
func parsed(t testing.TB, line string) Key {
	t.Helper()
	k, ok := parse([]byte(line))
	if !ok {
		t.Fatalf("no key: %s", line)
	}
	return k
}

const (
	oneKey   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB2xkmmWxCcyqDFMR5jVVVEBqeivl1aN7IYTVwDP1XvC me@here"
	otherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIHfA2cTnkSgjiaQ+0DPIQuFmPbdiKrJq1hu+LI4h2nW you@there"
)

func blob(line string) string { return strings.Fields(line)[1] }

func TestAuthorize(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before  string // "-" for no file
		mode    os.FileMode
		plan    func(Key, bool) fleet.Plan
		force   bool
		state   State
		after   string
		options string
	}{
		"no ~/.ssh":             {"-", 0, install, false, Added, oneKey + "\n", ""},
		"empty":                 {"", 0o600, install, false, Added, oneKey + "\n", ""},
		"others":                {otherKey + "\n", 0o600, install, false, Added, otherKey + "\n" + oneKey + "\n", ""},
		"no last newline":       {otherKey, 0o600, install, false, Added, otherKey + "\n" + oneKey + "\n", ""},
		"there":                 {oneKey + "\n", 0o600, install, false, Present, oneKey + "\n", ""},
		"there, CRLF":           {oneKey + "\r\n", 0o600, install, false, Present, oneKey + "\r\n", ""},
		"there, indented":       {"  \t" + oneKey, 0o600, install, false, Present, "  \t" + oneKey, ""},
		"there, other comment":  {"ssh-ed25519\t" + blob(oneKey) + "\n", 0o600, install, false, Present, "ssh-ed25519\t" + blob(oneKey) + "\n", ""},
		"in a comment":          {"#" + oneKey + "\n", 0o600, install, false, Added, "#" + oneKey + "\n" + oneKey + "\n", ""},
		"in a comment of a key": {otherKey + " " + oneKey + "\n", 0o600, install, false, Added, otherKey + " " + oneKey + "\n" + oneKey + "\n", ""},
		"in an option":          {`command="` + oneKey + `" ` + otherKey + "\n", 0o600, install, false, Added, `command="` + oneKey + `" ` + otherKey + "\n" + oneKey + "\n", ""},
		"from":                  {"from=\"10.0.0.1\" " + oneKey + "\n", 0o600, install, false, Restricted, "from=\"10.0.0.1\" " + oneKey + "\n", `from="10.0.0.1"`},
		"quoted blank":          {`command="a \" b",no-pty ` + oneKey + "\n", 0o600, install, false, Restricted, `command="a \" b",no-pty ` + oneKey + "\n", `command="a \" b",no-pty`},
		"command, forced":       {`command="x y" ` + oneKey + "\n", 0o600, install, true, Added, oneKey + "\n" + `command="x y" ` + oneKey + "\n", `command="x y"`},
		"command first, forced": {`command="x" ` + oneKey + "\n" + oneKey + "\n", 0o600, install, true, Added, oneKey + "\n" + `command="x" ` + oneKey + "\n", `command="x"`},
		"plain first, forced":   {oneKey + "\n" + `command="x" ` + oneKey + "\n", 0o600, install, true, Present, oneKey + "\n" + `command="x" ` + oneKey + "\n", `command="x"`},
		"open to others":        {oneKey + "\n", 0o666, install, false, Present, oneKey + "\n", ""},
		"remove":                {otherKey + "\n" + oneKey + "\n" + oneKey, 0o640, remove, false, Removed, otherKey + "\n", ""},
		"remove the only one":   {oneKey, 0o600, remove, false, Removed, "", ""},
		"remove none":           {otherKey + "\n", 0o600, remove, false, Absent, otherKey + "\n", ""},
		"remove, limited":       {"no-pty " + oneKey + "\nno-pty " + otherKey + "\n", 0o600, remove, false, Removed, "no-pty " + otherKey + "\n", ""},
		"remove, authority":     {"cert-authority " + oneKey + "\n", 0o600, remove, false, Removed, "", ""},
		"remove, both":          {"no-pty " + oneKey + "\n" + oneKey + "\n", 0o600, remove, false, Removed, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			underEachShell(t, func(a *account) {
				if c.before != "-" {
					a.write(c.before, c.mode)
				}
				o := a.run(c.plan(parsed(a, oneKey), c.force))
				if o.State != c.state || o.Refused != nil || o.Options != c.options || o.File != a.file() {
					a.Errorf("%+v", o)
				}
				if got := a.read(); got != c.after {
					a.Errorf("the file is %q, want %q", got, c.after)
				}
				info, err := os.Stat(a.file())
				if want := c.mode &^ 0o022; err != nil || c.before != "-" && info.Mode().Perm() != want || c.before == "-" && info.Mode().Perm() != 0o600 {
					a.Errorf("mode %v, %v", info.Mode(), err)
				}
				if repaired := c.mode == 0o666; repaired != (o.Repaired == a.file()) {
					a.Errorf("repaired %q", o.Repaired)
				}
				a.wantNothingLeft()
				before := a.stamp()
				again := a.run(c.plan(parsed(a, oneKey), c.force))
				if again.State == Added || again.State == Removed || again.Repaired != "" || a.stamp() != before {
					a.Errorf("once more: %+v", again)
				}
			})
		})
	}
}

// stamp changes with every change of the directory or the file.
func (a *account) stamp() string {
	var all []string
	for _, name := range []string{filepath.Dir(a.file()), a.file()} {
		info, err := os.Stat(name)
		if err != nil {
			a.Fatal(err)
		}
		s := info.Sys().(*syscall.Stat_t)
		all = append(all, fmt.Sprint(s.Ino, s.Ctim))
	}
	return strings.Join(all, " ")
}

func (a *account) wantNothingLeft() {
	a.Helper()
	entries, _ := os.ReadDir(filepath.Dir(a.file()))
	for _, e := range entries {
		if e.Name() != "authorized_keys" {
			a.Errorf("left: %s", e.Name())
		}
	}
}

// Twelve at once, and beside them some that append as ssh-copy-id does: one line of ours, and none of
// theirs lost.
func TestAuthorizeTwelveAtOnce(t *testing.T) {
	t.Parallel()
	underEachShell(t, func(a *account) {
		var all sync.WaitGroup
		for i := range 12 {
			cmd := a.command(install(parsed(a, oneKey), false).Stages[0].Tasks[0])
			all.Go(func() {
				if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "kind=key") {
					a.Errorf("%v: %s", err, out)
				}
			})
			if i%4 == 0 {
				other := exec.Command("sh", "-c", `umask 077; mkdir -p "$HOME/.ssh"; echo "$0" >>"$HOME/.ssh/authorized_keys"`, fmt.Sprintf("ssh-ed25519 AAAA%d x", i))
				other.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + a.home}
				all.Go(func() { other.Run() })
			}
		}
		all.Wait()
		text := a.read()
		if n := strings.Count(text, blob(oneKey)); n != 1 {
			a.Errorf("%d lines of one key: %s", n, text)
		}
		for i := range 3 {
			if !strings.Contains(text, fmt.Sprintf("ssh-ed25519 AAAA%d x\n", 4*i)) {
				a.Errorf("line %d of another program is lost: %s", i, text)
			}
		}
		a.wantNothingLeft()
	})
}

// A lock that somebody was killed with is taken away; one that lives is not, and waited for only so long.
func TestAuthorizeLock(t *testing.T) {
	t.Parallel()
	underEachShell(t, func(a *account) {
		a.write(otherKey+"\n", 0o600)
		lock := filepath.Join(a.home, ".ssh/.sparkops-keys.lock")
		if err := os.Mkdir(lock, 0o700); err != nil {
			a.Fatal(err)
		}
		stop := make(chan struct{})
		var beat sync.WaitGroup
		beat.Go(func() {
			for i := 0; ; i++ {
				os.WriteFile(lock+"/holder", fmt.Append(nil, i), 0o600)
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
				}
			}
		})
		o := a.run(install(parsed(a, oneKey), false), shell.Var{Name: "in_wait", Value: "2"})
		close(stop)
		beat.Wait()
		if o.Refused == nil || o.Refused.Class != shell.ClassTimeout || a.read() != otherKey+"\n" {
			a.Errorf("a lock that lives: %+v", o)
		}
		o = a.run(install(parsed(a, oneKey), false), shell.Var{Name: "in_stale", Value: "1"})
		if o.State != Added {
			a.Errorf("a lock of nobody: %+v", o)
		}
		a.wantNothingLeft()
	})
}

// The file may be a link; what it leads to is written, and the link stays.
func TestAuthorizeThroughALink(t *testing.T) {
	t.Parallel()
	underEachShell(t, func(a *account) {
		a.write("", 0o600)
		real := filepath.Join(a.home, "keys of mine")
		if err := os.Rename(a.file(), real); err != nil {
			a.Fatal(err)
		}
		if err := os.Symlink("../keys of mine", a.file()); err != nil {
			a.Fatal(err)
		}
		for _, plan := range []fleet.Plan{install(parsed(a, otherKey), false), install(parsed(a, oneKey), false), remove(parsed(a, otherKey), false)} {
			if o := a.run(plan); o.State != Added && o.State != Removed {
				a.Errorf("%+v", o)
			}
		}
		info, err := os.Lstat(a.file())
		if text, _ := os.ReadFile(real); string(text) != oneKey+"\n" || err != nil || info.Mode()&os.ModeSymlink == 0 {
			a.Errorf("%q behind %v, %v", text, info.Mode(), err)
		}
	})
}

// What cannot be written is refused with a class, and what was there stays whole.
func TestAuthorizeRefuses(t *testing.T) {
	t.Parallel()
	underEachShell(t, func(a *account) {
		if err := os.MkdirAll(a.file(), 0o700); err != nil { // a directory in its place
			a.Fatal(err)
		}
		o := a.run(install(parsed(a, oneKey), false))
		if o.Refused == nil || o.Refused.Class != shell.ClassConfig {
			a.Errorf("a directory in its place: %+v", o)
		}
		os.RemoveAll(filepath.Dir(a.file()))
		os.WriteFile(filepath.Dir(a.file()), nil, 0o600) // a file in place of ~/.ssh
		o = a.run(install(parsed(a, oneKey), false))
		if o.Refused == nil || o.Refused.Class != shell.ClassPermission {
			a.Errorf("no directory: %+v", o)
		}
		os.Remove(a.home + "/.ssh")
		os.Symlink("authorized_keys", a.home+"/.ssh") // a loop
		if o = a.run(install(parsed(a, oneKey), false)); o.Refused == nil {
			a.Errorf("a loop of links: %+v", o)
		}
	})
}

// A disk with room for a part of the line only: nothing of it stays.
func TestAuthorizeFullDisk(t *testing.T) {
	t.Parallel()
	underEachShell(t, func(a *account) {
		dir := filepath.Join(a.home, ".ssh")
		if err := os.Mkdir(dir, 0o700); err != nil {
			a.Fatal(err)
		}
		if err := syscall.Mount("small", dir, "tmpfs", 0, "size=8k,mode=700"); err != nil {
			a.Skipf("NOT TESTED: mounting a small disk: %v", err)
		}
		defer syscall.Unmount(dir, syscall.MNT_DETACH)
		before := strings.Repeat(otherKey+"\n", 8180/len(otherKey+"\n"))
		before += "#" + strings.Repeat("x", 8150-len(before)) + "\n"
		a.write(before, 0o600)
		o := a.run(install(parsed(a, oneKey), false))
		if o.Refused == nil || o.Refused.Class != shell.ClassDisk {
			a.Errorf("%+v", o)
		}
		if got := a.read(); got != before {
			a.Errorf("%d bytes before, %d after: %q", len(before), len(got), got[max(0, len(got)-60):])
		}
		if o = a.run(remove(parsed(a, otherKey), false)); o.Refused == nil || o.Refused.Class != shell.ClassDisk || a.read() != before {
			a.Errorf("removing: %+v", o)
		}
		a.wantNothingLeft()
	})
}

// A disk with room for a copy of the file, and none for the line that is to stand in front of it:
// what others have in the file stays, also where awk does not tell that it could not write.
func TestAuthorizeFullDiskInFront(t *testing.T) {
	t.Parallel()
	underEachShell(t, func(a *account) {
		dir := filepath.Join(a.home, ".ssh")
		if err := os.Mkdir(dir, 0o700); err != nil {
			a.Fatal(err)
		}
		if err := syscall.Mount("small", dir, "tmpfs", 0, "size=20k,mode=700"); err != nil { // the file, its copy, the lock
			a.Skipf("NOT TESTED: mounting a small disk: %v", err)
		}
		defer syscall.Unmount(dir, syscall.MNT_DETACH)
		before := `from="10.0.0.1" ` + oneKey + "\n"
		before += "#" + strings.Repeat("x", 8180-len(before)-len(otherKey)-3) + "\n" + otherKey + "\n"
		a.write(before, 0o600)
		cmd := a.command(install(parsed(a, oneKey), true).Stages[0].Tasks[0])
		cmd.Env = append(cmd.Env, "PATH="+busyboxTools(a.T))
		out, err := cmd.Output()
		if err != nil || !strings.Contains(string(out), "\nclass=disk\n") {
			a.Errorf("%v: %s", err, out)
		}
		if got := a.read(); got != before {
			a.Errorf("%d bytes before, %d after: %q", len(before), len(got), got[max(0, len(got)-60):])
		}
		a.wantNothingLeft()
	})
}

// A host without any checksum is not one where nothing ever changes: the file is left alone.
func TestAuthorizeWithoutAChecksum(t *testing.T) {
	t.Parallel()
	underEachShell(t, func(a *account) {
		tools := busyboxTools(a.T)
		for _, name := range []string{"cksum", "sha256sum", "md5sum"} {
			os.Remove(filepath.Join(tools, name))
		}
		before := oneKey + "\n" + otherKey + "\n"
		a.write(before, 0o600)
		cmd := a.command(remove(parsed(a, oneKey), false).Stages[0].Tasks[0])
		cmd.Env = append(cmd.Env, "PATH="+tools)
		out, err := cmd.Output()
		if err != nil || !strings.Contains(string(out), "\nclass=config\n") || a.read() != before {
			a.Errorf("%v: %s, %q", err, out, a.read())
		}
		a.wantNothingLeft()
	})
}

// busyboxTools is a directory that has all commands, of busybox.
func busyboxTools(t *testing.T) string {
	t.Helper()
	shelltest.Program(t, "busybox")
	dir := t.TempDir()
	if out, err := exec.Command("busybox", "--install", "-s", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

// sshd's configuration is read with what it includes and where its Match blocks end.
func TestExplainReadsTheConfiguration(t *testing.T) {
	t.Parallel()
	underEachShell(t, func(a *account) {
		a.write(oneKey, 0o600)
		etc := filepath.Join(a.home, "etc")
		os.MkdirAll(etc+"/sshd_config.d", 0o755)
		os.WriteFile(etc+"/sshd_config", []byte("# PubkeyAuthentication no\nInclude sshd_config.d/*.conf\nPubkeyAuthentication yes\nAuthorizedKeysFile=\".ssh/authorized_keys\" /etc/keys/%u # x\nMatch User tester,other\n  PasswordAuthentication no\n  AuthorizedKeysFile /etc/keys/%u\n"), 0o644)
		os.WriteFile(etc+"/sshd_config.d/a.conf", []byte("\tpubkeyauthentication  no\r\n"), 0o644)
		os.Mkdir(a.home+"/sshd_config.d", 0o755) // what is called so where the script runs is another
		os.WriteFile(a.home+"/sshd_config.d/mine.conf", nil, 0o644)
		cmd := a.command(Explain([]string{"w1"}, time.Minute).Stages[0].Tasks[0], shell.Var{Name: "in_etc", Value: etc})
		cmd.Dir = a.home
		out, err := cmd.Output()
		f, wrong := ReadFacts(out)
		want := []Setting{
			{"pubkeyauthentication", "no", etc + "/sshd_config.d/a.conf:1", ""},
			{"pubkeyauthentication", "yes", etc + "/sshd_config:3", ""},
			{"authorizedkeysfile", ".ssh/authorized_keys /etc/keys/%u", etc + "/sshd_config:4", ""},
			{"authorizedkeysfile", "/etc/keys/%u", etc + "/sshd_config:7", "User tester,other"},
		}
		if err != nil || wrong != nil || !slices.Equal(f.Settings, want) {
			a.Fatalf("%v, %v: %+v from %s", err, wrong, f.Settings, out)
		}
	})
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	well := func() Facts {
		return Facts{User: "spark", UID: "1500", Home: "/home/spark", Parts: []Part{
			{"/home/spark/.ssh/authorized_keys", "-rw-------", "1500", "system_u:object_r:user_home_t:s0"}, {"/home/spark/.ssh", "drwx------", "1500", ""}, {"/home/spark", "drwxr-xr-x.", "0", ""},
		}}
	}
	for name, c := range map[string]struct {
		change func(*Facts)
		reason string // "" for none
		hint   string
	}{
		"all is well":    {func(f *Facts) {}, "", ""},
		"no public keys": {func(f *Facts) { f.Settings = []Setting{{"pubkeyauthentication", "no", "x:1", ""}} }, "PubkeyAuthentication no (x:1)", "PubkeyAuthentication yes in x:1"},
		"for others":     {func(f *Facts) { f.Settings = []Setting{{"pubkeyauthentication", "no", "x:1", "User hdfs"}} }, "", ""},
		"for this user": {func(f *Facts) {
			f.Settings = []Setting{{"pubkeyauthentication", "yes", "x:1", ""}, {"pubkeyauthentication", "no", "x:2", "User sp*"}}
		}, "PubkeyAuthentication no (x:2, Match User sp*)", ""},
		"the first wins": {func(f *Facts) {
			f.Settings = []Setting{{"pubkeyauthentication", "yes", "x:1", ""}, {"pubkeyauthentication", "no", "x:2", ""}}
		}, "", ""},
		"elsewhere": {func(f *Facts) { f.Settings = []Setting{{"authorizedkeysfile", "/etc/keys/%u", "x:1", ""}} }, "AuthorizedKeysFile /etc/keys/%u (x:1)", "/etc/keys/spark"},
		"here too": {func(f *Facts) {
			f.Settings = []Setting{{"authorizedkeysfile", "/etc/keys/%u %h/.ssh/authorized_keys", "x:1", ""}}
		}, "", ""},
		"relative": {func(f *Facts) { f.Settings = []Setting{{"authorizedkeysfile", ".ssh/authorized_keys", "x:1", ""}} }, "", ""},
		"root": {func(f *Facts) {
			f.UID = "0"
			f.Settings = []Setting{{"permitrootlogin", "forced-commands-only", "x:1", ""}}
		}, "PermitRootLogin forced-commands-only", ""},
		"not root": {func(f *Facts) { f.Settings = []Setting{{"permitrootlogin", "no", "x:1", ""}} }, "", ""},
		"home":     {func(f *Facts) { f.Parts[2].Mode = "drwxrwxrwx" }, "/home/spark is drwxrwxrwx", "chmod go-w /home/spark, there"},
		"home, not strict": {func(f *Facts) {
			f.Parts[2].Mode = "drwxrwxrwx"
			f.Settings = []Setting{{"strictmodes", "no", "x:1", ""}}
		}, "", ""},
		"owner":     {func(f *Facts) { f.Parts[1].Owner = "1000" }, "/home/spark/.ssh belongs to user 1000", "chown spark /home/spark/.ssh, there"},
		"selinux":   {func(f *Facts) { f.SELinux = "Enforcing" }, "user_home_t:s0, not ssh_home_t", "restorecon -RF /home/spark/.ssh, there, as root"},
		"also":      {func(f *Facts) { f.Settings = []Setting{{"authenticationmethods", "publickey,password", "x:1", ""}} }, "AuthenticationMethods publickey,password", ""},
		"algorithm": {func(f *Facts) { f.Settings = []Setting{{"pubkeyacceptedalgorithms", "rsa-sha2-512", "x:1", ""}} }, "and this is ssh-ed25519", ""},
		"log":       {func(f *Facts) { f.Log = "bad ownership" }, "sshd has said: bad ownership", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := well()
			c.change(&f)
			reasons, hint := f.Verdict(parsed(t, oneKey))
			if got := strings.Join(reasons, "; "); c.reason == "" && got != "" || !strings.Contains(got, c.reason) || !strings.Contains(hint, c.hint) {
				t.Errorf("%q, %q", reasons, hint)
			}
		})
	}
}

// Where there is SELinux, what is new gets its label; with none, nothing is said of it.
func TestAuthorizeRestoresTheLabel(t *testing.T) {
	t.Parallel()
	underEachShell(t, func(a *account) {
		tools := a.TempDir()
		if err := os.WriteFile(tools+"/restorecon", []byte("#!/bin/sh\necho \"$@\" >>"+tools+"/asked\n"), 0o755); err != nil {
			a.Fatal(err)
		}
		cmd := a.command(install(parsed(a, oneKey), false).Stages[0].Tasks[0])
		cmd.Env = append(cmd.Env, "PATH="+tools+":"+os.Getenv("PATH"))
		if out, err := cmd.CombinedOutput(); err != nil {
			a.Fatalf("%v: %s", err, out)
		}
		if asked, _ := os.ReadFile(tools + "/asked"); string(asked) != "-F "+a.home+"/.ssh "+a.file()+"\n" {
			a.Errorf("%q", asked)
		}
	})
}

// What is open to others is found on the host itself.
func TestExplainScript(t *testing.T) {
	t.Parallel()
	underEachShell(t, func(a *account) {
		a.write(oneKey, 0o660)
		os.Chmod(a.home, 0o777)
		cmd := a.command(Explain([]string{"w1"}, time.Minute).Stages[0].Tasks[0])
		out, err := cmd.Output()
		f, wrong := ReadFacts(out)
		if err != nil || wrong != nil || f.Home != a.home || len(f.Parts) != 3 {
			a.Fatalf("%v, %v: %+v from %s", err, wrong, f, out)
		}
		reasons, hint := f.Verdict(parsed(a, oneKey))
		want := "chmod go-w " + a.file() + " && chmod go-w " + a.home + ", there"
		if len(reasons) == 0 || !strings.Contains(strings.Join(reasons, " "), "others may write") || hint != want {
			a.Errorf("%q, %q, want %q", reasons, hint, want)
		}
	})
}
