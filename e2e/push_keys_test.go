//go:build linux

package e2e

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// byPassword makes hosts what they are before push-keys: spark has the password secret and no
// ~/.ssh, until the test ends.
func (b *bed) byPassword(hosts ...*Host) {
	b.Helper()
	for _, h := range hosts {
		b.givePassword(h)
		b.freshAccount(h)
		b.must(h.Remove(sshDir))
	}
	b.sshd("PasswordAuthentication yes", hosts...)
}

// freshAccount puts a host's ~/.ssh back when the test ends.
func (b *bed) freshAccount(h *Host) {
	b.Helper()
	authorized, err := h.Read(sshDir + "/authorized_keys")
	b.must(err)
	b.Cleanup(func() {
		b.must(h.Remove(sshDir))
		b.must(h.Write(Spark, sshDir+"/authorized_keys", authorized, 0o600))
		b.must(os.Chmod(h.path(sshDir), 0o700))
		b.must(os.Chmod(h.path("/home/spark"), 0o700))
	})
}

// loginShell gives spark another login shell on a host, until the test ends.
func (b *bed) loginShell(h *Host, shell string) {
	b.Helper()
	users, err := h.Read("/etc/passwd")
	b.must(err)
	b.replace(h, "/etc/passwd", strings.Replace(users, ":/home/spark:/bin/bash", ":/home/spark:"+shell, 1))
}

// pushKeys runs push-keys at a terminal and wants that exit code.
func (b *bed) pushKeys(exit int, dialogue []string, args ...string) Run {
	b.Helper()
	run := Run{Args: append([]string{"push-keys"}, args...)}
	run.Answer = b.atTerminal(dialogue, append([]string{"env", "SPARK_HOME=" + SparkHome, "SPARK_CONF_DIR=" + ConfDir, Sparkops, "push-keys", "-o", "json"}, args...)...)
	if err := json.Unmarshal([]byte(run.Stdout), &run.Report); err != nil || run.Exit != exit {
		b.Fatalf("want exit %d and a report: %v: %s", exit, err, run)
	}
	return run
}

const (
	typePassword = `password for spark@[mw][123]: `
	forAll       = `use the password of spark@[mw][123] for all hosts of spark\? \[y/N\] `
)

// From nothing: no key, no known host, four ways to be a host. One dialogue, and every host is
// open to ssh too; the password is nowhere.
func TestPushKeysFromNothing(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		b.must(b.Launcher.Remove(sshKey))
		b.knownHosts("")
		hosts := append([]*Host{b.Master}, b.Workers...)
		b.byPassword(hosts...)
		b.must(os.Chmod(b.Workers[0].path("/home/spark"), 0o775)) // Debian's sshd trusts the user's own group
		b.loginShell(b.Workers[1], "/usr/bin/tcsh")
		b.loginShell(b.Workers[2], "/usr/bin/fish")
		run := b.sparkops(2, "push-keys") // nobody to ask
		if !strings.Contains(run.Report.Error, "there is no key for m1,w[1-3]") {
			b.Errorf("%s", run)
		}
		watch := b.watchFor("secret")
		run = b.pushKeys(0, []string{
			`Make one \(ed25519\), ~/.ssh/id_ed25519\? \[y/N\] `, "y",
			`just Enter\): `, "",
			`These host keys are not known:\s+m1 +ssh-ed25519 +SHA256:\S+\s+w1 .*\s+w2 .*\s+w3 .*\s+Are they the right ones, to be remembered\? \[y/N\] `, "yes",
			typePassword, "secret", forAll, "y",
		})
		watch()
		if strings.Contains(run.String(), "secret") {
			b.Errorf("the password is shown: %s", run)
		}
		for _, h := range hosts {
			row := b.row(run, h.Name)
			status := "changed"
			if h == b.Workers[0] {
				status = "warn"
				b.wantText(row, "home directory is drwxrwxr-x.*others may write")
			}
			if row.Status != status || row.State != "added" || row.File != sshDir+"/authorized_keys" || row.Proven == nil || !*row.Proven {
				b.Errorf("%+v", row)
			}
			for name, mode := range map[string]fs.FileMode{sshDir: 0o700, sshDir + "/authorized_keys": 0o600} {
				if info, err := os.Stat(h.path(name)); err != nil || info.Mode().Perm() != mode {
					b.Errorf("%s on %s: %v, %v", name, h.Name, info.Mode(), err)
				}
			}
			if ssh := b.ssh(h.Name); ssh.Exit != 0 {
				b.Errorf("ssh %s: %s", h.Name, ssh.Stderr)
			}
		}
		b.on(b.Launcher, Spark, "ssh-keygen -y -f "+sshKey+" >/dev/null && test $(stat -c %a "+sshKey+") = 600 && ! grep -r secret ~/.ssh /tmp")
		b.must(os.Chmod(b.Workers[0].path("/home/spark"), 0o755))
		run = b.sparkops(0, "push-keys")
		b.wantStatus(run, 4, "ok", "")
		b.asSSH(0, themselves())
	})
}

// watchFor looks for a word in the command line and environment of every process but those of
// the test itself, which has to type it, until it is told to end.
func (b *bed) watchFor(word string) (end func()) {
	stop := make(chan struct{})
	var all sync.WaitGroup
	seen, looked := map[string]bool{}, map[string]bool{}
	all.Go(func() {
		for {
			for _, name := range []string{"cmdline", "environ"} {
				files, _ := filepath.Glob("/proc/[0-9]*/" + name)
				for _, file := range files {
					text, _ := os.ReadFile(file)
					command, _ := os.ReadFile(filepath.Dir(file) + "/cmdline")
					program := filepath.Base(strings.SplitN(string(command), "\x00", 2)[0])
					looked[program] = true
					if strings.Contains(string(text), word) && program != "python3" && program != "nsenter" && program != "env" && program != "setpriv" {
						seen[program+" "+name] = true
					}
				}
			}
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	return func() {
		close(stop)
		all.Wait()
		if len(seen) > 0 || !looked["sparkops"] {
			b.Errorf("%q stands in %v; looked at sparkops: %v", word, seen, looked["sparkops"])
		}
	}
}

// A key that is there, and that sshd does not take: what blocks it is named, with what to do.
func TestPushKeysSaysWhatBlocks(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		b.byPassword(b.Workers...)
		w1, w2, w3 := b.Workers[0], b.Workers[1], b.Workers[2]
		b.sshd("PubkeyAuthentication no\nPasswordAuthentication yes", w1)
		b.sshd("AuthorizedKeysFile /etc/ssh/keys/%u\nPasswordAuthentication yes", w2)
		b.must(os.Chmod(w3.path("/home/spark"), 0o777))
		b.must(b.Launcher.Write(Spark, ConfDir+"/masters", "w1\n", 0o644))
		run := b.pushKeys(5, []string{typePassword, "secret", forAll, "y"})
		b.wantClass(run, "w1", "fail", "auth", `PubkeyAuthentication no \(/etc/ssh/sshd_config.d/e2e.conf:1\)`)
		b.wantClass(run, "w2", "fail", "auth", `AuthorizedKeysFile /etc/ssh/keys/%u \(/etc/ssh/sshd_config.d/e2e.conf:1\)`)
		b.wantClass(run, "w2", "fail", "auth", `the key into /etc/ssh/keys/spark there`)
		b.wantClass(run, "w3", "fail", "auth", `/home/spark is drwxrwxrwx: others may write to it`)
		b.wantClass(run, "w3", "fail", "auth", `chmod go-w /home/spark, there`)

		b.sshd("AuthenticationMethods publickey,password\nPasswordAuthentication yes", w1)
		b.sshd("AuthenticationMethods password\nPasswordAuthentication yes", w2)
		b.must(os.Chmod(w3.path("/home/spark"), 0o755))
		run = b.pushKeys(5, []string{typePassword, "secret", forAll, "y"})
		b.wantClass(run, "w1", "fail", "auth", `AuthenticationMethods publickey,password`)
		b.wantClass(run, "w2", "fail", "auth", `AuthenticationMethods password`)
		if row := b.row(run, "w3"); row.Status != "ok" {
			b.Errorf("%+v", row)
		}

		// Root is not let in at all.
		b.sshd("PermitRootLogin no", w3)
		b.must(b.Launcher.Write(Spark, ConfDir+"/workers", "root@w3\n", 0o644))
		run = b.sparkops(4, "push-keys", "-w", "root@w3")
		b.wantClass(run, "root@w3", "unreachable", "auth", "PermitRootLogin.*another user")
	})
}

// Many at once leave one line, and take nobody else's; ssh-copy-id beside them leaves as many as
// there are of it.
func TestPushKeysTwelveAtOnce(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		w1 := b.Workers[0]
		b.freshAccount(w1)
		b.on(b.Launcher, Spark, "cd .ssh && for k in new other; do ssh-keygen -q -t ed25519 -N '' -C $k -f $k; done")
		b.must(b.Launcher.Write(Spark, ConfDir+"/masters", "w1\n", 0o644))
		b.must(b.Launcher.Write(Spark, ConfDir+"/workers", "w1\n", 0o644))
		b.on(b.Launcher, Spark, `export SPARK_CONF_DIR=`+ConfDir+`
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do `+Sparkops+` push-keys --key ~/.ssh/new >/tmp/out.$i 2>&1 || touch /tmp/failed.$i & done
for i in 1 2 3; do ssh-copy-id -f -i ~/.ssh/other.pub w1 >/dev/null 2>&1 & done
wait; ! ls /tmp/failed.* && cat /tmp/out.*`)
		text, err := w1.Read(sshDir + "/authorized_keys")
		b.must(err)
		if n := strings.Count(text, " new\n"); n != 1 {
			b.Errorf("%d lines of our key: %s", n, text)
		}
		if n := strings.Count(text, " other\n"); n != 3 {
			b.Errorf("%d lines of ssh-copy-id, want all three that it makes: %s", n, text)
		}
		if names, _ := w1.List(sshDir); len(names) != 1 {
			b.Errorf("left: %v", names)
		}
	})
}

// ssh-copy-id says that it has added a key, and the login is refused: the file was open to others. push-keys
// repairs that, and proves it.
func TestPushKeysRepairsWhereSSHCopyIDDoesNot(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		w1 := b.Workers[0]
		b.byPassword(w1)
		b.must(w1.Write(Spark, sshDir+"/authorized_keys", "# mine", 0o666))
		b.on(b.Launcher, Spark, "ssh-keygen -y -f "+sshKey+" >"+sshKey+".pub")
		copied := b.atTerminal([]string{"[Pp]assword: ", "secret"}, "ssh-copy-id", "-i", sshKey+".pub", "w1")
		if ssh := b.ssh("w1"); copied.Exit != 0 || ssh.Exit == 0 {
			b.Errorf("no fair test: ssh-copy-id exit %d, ssh exit %d: %s", copied.Exit, ssh.Exit, copied.Stderr)
		}
		b.must(b.Launcher.Write(Spark, ConfDir+"/masters", "w1\n", 0o644))
		run := b.pushKeys(0, []string{typePassword, "secret"}, "-w", "w1")
		if row := b.row(run, "w1"); row.Status != "changed" || row.State != "present" || row.Proven == nil || !*row.Proven {
			b.Errorf("%+v", row)
		}
		if ssh := b.ssh("w1"); ssh.Exit != 0 {
			b.Errorf("ssh: %s", ssh.Stderr)
		}
	})
}

// The key is in an agent and in no file; and a key pair that is locked is made, for which nothing is
// asked again.
func TestPushKeysAgentAndPassphrase(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		w1, w2 := b.Workers[0], b.Workers[1]
		b.freshAccount(w1)
		b.must(b.Launcher.Write(Spark, ConfDir+"/masters", "w1\n", 0o644))
		b.must(b.Launcher.Write(Spark, ConfDir+"/workers", "w1\nw2\n", 0o644))
		b.agent(sshKey)
		b.must(b.Launcher.Remove(sshKey, sshKey+".pub"))
		b.environ = []string{"SSH_AUTH_SOCK=" + sshSocket}
		run := b.sparkops(0, "push-keys", "-w", "w1")
		if row := b.row(run, "w1"); row.Status != "ok" || row.State != "present" || row.Proven == nil || !*row.Proven {
			b.Errorf("%+v", row)
		}
		b.environ = nil
		b.byPassword(w2)
		watch := b.watchFor("a secret")
		run = b.pushKeys(0, []string{`Make one .*\[y/N\] `, "y", `just Enter\): `, "a secret", "once more: ", "a secret", typePassword, "secret"}, "-w", "w2")
		watch()
		if row := b.row(run, "w2"); row.Status != "changed" || row.Proven == nil || !*row.Proven || strings.Contains(run.String(), "a secret") {
			b.Errorf("%s", run)
		}
		b.on(b.Launcher, Spark, "! ssh-keygen -y -P '' -f "+sshKey+" && ssh-keygen -y -P 'a secret' -f "+sshKey)
	})
}

// A key is taken out where another one opens the host, and not where it is the last.
func TestPushKeysRemove(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		w1 := b.Workers[0]
		b.freshAccount(w1)
		b.must(b.Launcher.Write(Spark, ConfDir+"/masters", "w1\n", 0o644))
		b.must(b.Launcher.Write(Spark, ConfDir+"/workers", "w1\n", 0o644))
		run := b.sparkops(4, "push-keys", "--remove")
		b.wantClass(run, "w1", "unreachable", "auth", "not removed, as no other way to log in is proven")
		b.on(b.Launcher, Spark, "ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/new")
		b.sparkops(0, "push-keys", "--key", sshDir+"/new")
		b.must(b.Launcher.Write(Spark, sshDir+"/config", anyHost+"    IdentityFile ~/.ssh/id_ed25519\n    IdentityFile ~/.ssh/new\n", 0o600))
		run = b.sparkops(0, "push-keys", "--remove")
		if row := b.row(run, "w1"); row.Status != "changed" || row.State != "removed" || row.Proven == nil || *row.Proven {
			b.Errorf("%+v", row)
		}
		b.asSSH(0, map[string]string{"w1": "w1"})
		run = b.sparkops(4, "push-keys", "--remove", "--key", sshDir+"/new")
		b.wantClass(run, "w1", "unreachable", "auth", "not removed")
	})
}

// New names in ~/.ssh/config mean to ssh what was asked for, and old ones what they meant.
func TestPushKeysAlias(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account("# global\nServerAliveInterval 20\n\n# all the rest\nHost w?\n    Port 22\nHost *\n    User nobody\n    Port 2222\n")
		w1 := b.Workers[0]
		b.freshAccount(w1)
		before := b.on(b.Launcher, Spark, "ssh -G w2; ssh -G else")
		b.must(b.Launcher.Write(Spark, ConfDir+"/masters", "first\n", 0o644))
		b.must(b.Launcher.Remove(ConfDir + "/workers"))
		run := b.sparkops(0, "push-keys", "--yes", "--alias", "first="+w1.Address, "--user", "spark", "--port", "22", "--add-workers")
		if rows := run.Report.Of("first"); len(rows) != 2 || rows[0].Status != "changed" || rows[1].Status != "ok" {
			b.Errorf("%s", run)
		}
		if after := b.on(b.Launcher, Spark, "ssh -G w2; ssh -G else"); after != before {
			b.Errorf("what others mean has changed: %s, was %s", after, before)
		}
		if said := b.on(b.Launcher, Spark, "ssh -o BatchMode=yes first hostname; cat "+ConfDir+"/workers"); said != "w1\nfirst\n" {
			b.Errorf("%q", said)
		}
	})
}
