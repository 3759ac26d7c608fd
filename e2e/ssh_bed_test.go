//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
)

// sshDir is ~/.ssh of the user who types on the launcher.
const sshDir = "/home/spark/.ssh"

// sshd restarts the SSH servers of hosts with these settings, until the test ends.
func (b *bed) sshd(settings string, hosts ...*Host) {
	b.Helper()
	set := func(ctx context.Context, settings string) error {
		errs := make([]error, len(hosts))
		var all sync.WaitGroup
		for i, h := range hosts {
			all.Go(func() { errs[i] = h.SetSSHD(ctx, settings) })
		}
		all.Wait()
		return errors.Join(errs...)
	}
	b.Cleanup(func() { b.must(set(context.Background(), "")) })
	b.must(set(b.ctx, settings+"\n"))
}

// account gives the user on the launcher this ~/.ssh/config, the key that all hosts know,
// and the host keys of all hosts, until the test ends.
func (b *bed) account(config string) {
	b.Helper()
	authorized, err := b.Launcher.Read(sshDir + "/authorized_keys")
	b.must(err)
	clean := func() {
		b.must(errors.Join(
			b.Launcher.Empty(sshDir),
			b.Launcher.Write(Spark, sshDir+"/authorized_keys", authorized, 0o600),
			b.login(),
		))
	}
	b.Cleanup(clean)
	clean()
	b.must(b.Launcher.Write(Spark, sshDir+"/config", config, 0o600))
	var known strings.Builder
	for i, h := range b.Hosts() {
		// Under every name and in every network that a test may call it by.
		fmt.Fprintf(&known, "%s,%s.*,10.231.?.%d %s\n", h.Name, h.Name, i+1, b.hostKey(h, "ed25519"))
	}
	b.knownHosts(known.String())
}

// anyHost is a ~/.ssh/config that says nothing.
const anyHost = "Host *\n    User spark\n"

// knownHosts replaces the user's known_hosts on the launcher.
func (b *bed) knownHosts(lines string) {
	b.Helper()
	b.must(b.Launcher.Write(Spark, sshDir+"/known_hosts", lines, 0o600))
}

// hostKey is a host's public key of that type, without its comment.
func (b *bed) hostKey(h *Host, kind string) string {
	b.Helper()
	line, err := h.Read("/etc/ssh/ssh_host_" + kind + "_key.pub")
	b.must(err)
	return strings.Join(strings.Fields(line)[:2], " ")
}

// replace gives a host's file of root another content, until the test ends.
func (b *bed) replace(h *Host, name, content string) {
	b.Helper()
	mode := fs.FileMode(0o644)
	if was, err := os.Stat(h.path(name)); err == nil {
		mode = was.Mode()
	}
	before, err := h.Read(name)
	b.Cleanup(func() {
		if errors.Is(err, fs.ErrNotExist) {
			b.must(h.Remove(name))
		} else {
			b.must(h.Write(Root, name, before, mode))
		}
	})
	b.must(h.Write(Root, name, content, mode))
}

// asSSH runs hostname on all of the hosts and wants that exit code, and from each the host
// name that is given for it, "" for none; and that `ssh HOST true`, typed by the same user,
// works exactly where sparkops does.
func (b *bed) asSSH(exit int, answers map[string]string) Run {
	b.Helper()
	b.must(b.Launcher.Write(Spark, ConfDir+"/workers", strings.Join(slices.Sorted(maps.Keys(answers)), "\n")+"\n", 0o644))
	run := b.sparkops(exit, "exec", "--", "hostname")
	for host, want := range answers {
		row := b.row(run, host)
		if got := strings.TrimSpace(row.Stdout); got != want || (row.Status == "ok") != (want != "") {
			b.Errorf("from %s came %q, want %q: %+v", host, got, want, row)
		}
		if ssh := b.ssh(host); (ssh.Exit == 0) != (want != "") {
			b.Errorf("ssh %s true: exit %d, %s: a host that answers %q is no fair test", host, ssh.Exit, ssh.Stderr, want)
		}
	}
	return run
}

// ssh runs `ssh HOST true` as the user on the launcher; nobody is there to answer questions.
func (b *bed) ssh(host string) Answer {
	b.Helper()
	answer, err := Finish(b.ctx, b.Launcher.Command(b.ctx, Spark, b.environ, "ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", host, "true"))
	b.must(err)
	return answer
}

// themselves: each worker answers with its own name.
func themselves() map[string]string { return map[string]string{"w1": "w1", "w2": "w2", "w3": "w3"} }

// nobody: no worker answers.
func nobody() map[string]string { return map[string]string{"w1": "", "w2": "", "w3": ""} }

// wantClass wants that status and class of a host's row, and these words in it.
func (b *bed) wantClass(run Run, host, status, class, words string) {
	b.Helper()
	row := b.row(run, host)
	if row.Status != status || row.Class != class {
		b.Errorf("%s is %s, %s; want %s, %s: %+v", host, row.Status, row.Class, status, class, row)
	}
	b.wantText(row, words)
}
