package ssh_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

// bridge is a ProxyCommand that leads to an address; mark is told from all others' commands.
func bridge(t testing.TB, address, mark string) string {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`%s -c 'exec 3<>/dev/tcp/%s/%s 4<&0; cat <&4 >&3 & cat <&3; kill $!; : %s'`, shelltest.Program(t, "bash"), host, port, mark)
}

// newMark is a text that stands in no other command line.
func newMark(t testing.TB) string { return filepath.Join(t.TempDir(), "mark") }

// What holds for every runner holds through a ProxyCommand; at the end it is gone, with all
// that it has started.
func runnerThroughProxyCommand(t *testing.T) {
	shelltest.Unwatched(t) // the same, over one more way
	mark := newMark(t)
	t.Run("all", func(t *testing.T) {
		s := serve(t, sshtest.Options{Dir: t.TempDir()})
		h := at(t, nobody) // nobody goes there
		h.ProxyCommand = bridge(t, s.Addr(), mark)
		p := newPool(t, ssh.Options{})
		conn := connect(t, p, h)
		if len(commandLines(t, mark)) == 0 {
			t.Fatal("no ProxyCommand runs")
		}
		shelltest.Beside(t, conn)
		if s.Connections() != 1 {
			t.Errorf("%d connections", s.Connections())
		}
		p.Close()
		if left := commandLines(t, mark); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
	})
}

func TestProxyCommandFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, command string // MARK is the mark
		class         shell.Class
		says          []string
	}{
		{"missing", "no-such-command MARK", shell.ClassConfig, []string{"ProxyCommand of w1 cannot be run", "no-such-command: not found"}},
		{"not a program", "/dev/null MARK", shell.ClassConfig, []string{"cannot be run"}},
		{"fails", "sh -c 'echo first, it works >&2; echo the gateway is closed >&2; exit 3' MARK", shell.ClassClosed, []string{"ended with status 3", "the gateway is closed"}},
		{"fails with many words", "sh -c 'head -c 5000 /dev/zero | tr \"\\0\" x >&2; echo the end >&2; exit 3' MARK", shell.ClassClosed, []string{"xxx", "the end"}},
		{"is refused a login", "sh -c 'echo \"spark@gate: Permission denied (publickey).\" >&2; exit 255' MARK", shell.ClassAuth, []string{"Permission denied"}},
		{"ends well", "true MARK", shell.ClassClosed, []string{"the ProxyCommand of w1 ended"}},
		{"hangs", "sh -c 'echo still looking >&2; sleep 60; : MARK'", shell.ClassTimeout, []string{"its ProxyCommand was still running", "still looking"}},
		{"hangs, will not end", "sh -c 'trap \"\" TERM HUP; sleep 60; sleep 60; : MARK'", shell.ClassTimeout, []string{"its ProxyCommand was still running"}},
		{"hangs, and its children", "sh -c 'sh -c \"sleep 60; : MARK\" & sleep 60; : MARK'", shell.ClassTimeout, []string{"its ProxyCommand was still running"}},
		{"speaks, and is no SSH", "sh -c 'echo HTTP/1.1 403 Forbidden; read x; : MARK'", shell.ClassClosed, []string{"403 Forbidden"}},
		{"leaves the output", "sh -c 'exec >&- <&-; sleep 60; : MARK'", shell.ClassClosed, []string{"closed the connection"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			mark := newMark(t)
			h := at(t, nobody)
			h.ProxyCommand = strings.ReplaceAll(c.command, "MARK", mark)
			bound := 3 * patience
			if c.class == shell.ClassTimeout {
				bound = 4 * time.Second // in which the command has begun
			}
			begin := time.Now()
			e := refusal(t, newPool(t, ssh.Options{ConnectTimeout: bound}), h)
			if took := time.Since(begin); e.Class != c.class || took > bound+patience {
				t.Errorf("class %s after %v: %v", e.Class, took, e)
			}
			for _, says := range c.says {
				if !strings.Contains(e.Error(), says) {
					t.Errorf("%v: does not say %q", e, says)
				}
			}
			if len(e.Error()) > 600 {
				t.Errorf("too long: %v", e)
			}
			nothingOf(t, mark)
		})
	}
}

// A server behind a ProxyCommand that cuts the connection is tried again, as any other.
func TestProxyCommandTriedAgain(t *testing.T) {
	t.Parallel()
	r := rogue(t, sshtest.HangUp)
	h := at(t, nobody)
	h.ConnectTimeout = 5 * patience // for five tries
	h.ProxyCommand = bridge(t, r.Addr(), newMark(t))
	refusal(t, newPool(t, ssh.Options{}), h)
	if n := r.Connections(); n != 5 {
		t.Errorf("%d connections", n)
	}
}

// A bastion that is reached through another has no use for its own ProxyCommand, as with
// ssh -J; a host with a ProxyCommand has none for a bastion.
func TestProxyCommandOrBastion(t *testing.T) {
	t.Parallel()
	a, b, worker := serve(t, sshtest.Options{}), serve(t, sshtest.Options{}), serve(t, sshtest.Options{})
	second := at(t, b.Addr())
	second.ProxyCommand = "false"
	p := newPool(t, ssh.Options{Resolve: resolve(map[string]*config.Host{"a": at(t, a.Addr()), "b": second})})
	h := at(t, worker.Addr())
	h.Jump = []string{"a", "b"}
	connect(t, p, h)
	if a.Connections() != 1 || b.Connections() != 1 {
		t.Errorf("%d and %d connections", a.Connections(), b.Connections())
	}
	both := at(t, nobody)
	both.Jump, both.ProxyCommand = []string{"nobody"}, bridge(t, worker.Addr(), newMark(t))
	connect(t, p, both)
}

// ssh runs the command by the user's shell.
func TestProxyCommandByShell(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mark := filepath.Join(dir, "mark")
	own := write(t, filepath.Join(dir, "shell"), "#!/bin/sh\n: >"+mark+"\nexec /bin/sh \"$@\"\n")
	if err := os.Chmod(own, 0o700); err != nil {
		t.Fatal(err)
	}
	h := at(t, nobody)
	h.ProxyCommand = bridge(t, serve(t, sshtest.Options{}).Addr(), newMark(t))
	connect(t, newPool(t, ssh.Options{Environ: append(os.Environ(), "SHELL="+own)}), h)
	if _, err := os.Stat(mark); err != nil {
		t.Error(err)
	}
}
