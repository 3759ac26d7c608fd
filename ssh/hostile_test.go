package ssh_test

import (
	"bytes"
	"context"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/ssh"
	"sparkops/ssh/sshtest"
)

const http = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n400 Bad Request"

func goAway(context.Context, net.Conn) {}

// However a server misbehaves, there is an answer within the bound, and it says what was met.
func TestHostileServers(t *testing.T) {
	t.Parallel()
	const bound = 2 * time.Second
	for _, c := range []struct {
		name    string
		conduct sshtest.Conduct
		class   shell.Class
		says    string
		once    bool // it must not be tried again
	}{
		{"silent", sshtest.Silent, shell.ClassTimeout, "no answer from 127.0.0.1:", true},
		{"silent after its version", sshtest.Say("SSH-2.0-rogue\r\n"), shell.ClassTimeout, "no answer", true},
		{"another greeting", sshtest.Say("220 mail ESMTP\r\n"), shell.ClassTimeout, "220 mail ESMTP", true},
		{"closes at once", goAway, shell.ClassClosed, "closed the connection", false},
		{"closes after its version", sshtest.Leave("SSH-2.0-rogue\r\n"), shell.ClassClosed, "closed the connection", false},
		{"says why it closes", sshtest.Leave("Exceeded MaxStartups\r\n"), shell.ClassClosed, "Exceeded MaxStartups", false},
		{"http", sshtest.Leave(http), shell.ClassClosed, "HTTP/1.1 400 Bad Request", false},
		{"endless lines", sshtest.Babble("Welcome!\r\n"), shell.ClassClosed, "Welcome!", true},
		{"endless line", sshtest.Babble("x"), shell.ClassClosed, "xxx", true},
		{"garbage", sshtest.Babble("SSH-2.0-rogue\r\n\xff\xff\xff\xff\x00garbage"), shell.ClassClosed, "does not speak SSH", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := rogue(t, c.conduct)
			p := newPool(t, ssh.Options{ConnectTimeout: bound})
			begin := time.Now()
			e := refusal(t, p, at(t, r.Addr()))
			if took := time.Since(begin); took > bound+patience {
				t.Errorf("it took %v", took)
			}
			if e.Class != c.class || !strings.Contains(e.Error(), c.says) {
				t.Errorf("class %s: %v", e.Class, e)
			}
			if c.once && r.Connections() != 1 {
				t.Errorf("it was tried %d times", r.Connections())
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	gone := rogue(t, sshtest.Silent)
	h := at(t, gone.Addr())
	gone.Close()
	p := newPool(t, ssh.Options{ConnectTimeout: patience})
	if e := refusal(t, p, h); e.Class != shell.ClassRefused {
		t.Errorf("class %s: %v", e.Class, e)
	}
	h.HostName = "no-such-host.invalid"
	if e := refusal(t, p, h); e.Class != shell.ClassDNS || !strings.Contains(e.Error(), h.HostName) {
		t.Errorf("class %s: %v", e.Class, e)
	}
}

// sh runs the command as it should be, and says nothing of its end.
func sh(channel gossh.Channel, requests <-chan *gossh.Request) {
	defer channel.Close()
	for r := range requests {
		r.Reply(r.Type == "exec", nil)
		if r.Type != "exec" {
			continue
		}
		cmd := exec.Command("/bin/sh", "-s")
		cmd.Stdin, cmd.Stdout, cmd.Stderr = channel, channel, channel.Stderr()
		cmd.Run()
		return
	}
}

// grant grants the command, then does no more than then.
func grant(then func(gossh.Channel)) func(gossh.Channel, <-chan *gossh.Request) {
	return func(channel gossh.Channel, requests <-chan *gossh.Request) {
		for r := range requests {
			r.Reply(true, nil)
			if r.Type == "exec" {
				then(channel)
			}
		}
	}
}

// boundOf is short where the bound is what ends the script.
func boundOf(class shell.Class) time.Duration {
	if class == shell.ClassTimeout {
		return 3 * time.Second
	}
	return patience
}

func TestHostileSessions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		conduct sshtest.Conduct
		class   shell.Class // "" if the script ends well
		began   bool
	}{
		{"no session", sshtest.Sealed, shell.ClassTimeout, false},
		{"no answer to exec", sshtest.Sessions(func(_ gossh.Channel, requests <-chan *gossh.Request) {
			for range requests {
			}
		}), shell.ClassTimeout, false},
		{"closes instead of exec", sshtest.Sessions(func(c gossh.Channel, _ <-chan *gossh.Request) { c.Close() }), shell.ClassShell, false},
		{"no exit status", sshtest.Sessions(sh), "", false},
		{"nothing at all", sshtest.Sessions(grant(func(gossh.Channel) {})), shell.ClassTimeout, true},
		{"nothing but the end", sshtest.Sessions(grant(func(c gossh.Channel) { c.Close() })), shell.ClassShell, false},
		{"nothing but a status", sshtest.Sessions(grant(func(c gossh.Channel) {
			c.SendRequest("exit-status", false, []byte{0, 0, 0, 0})
		})), shell.ClassShell, false},
		{"broken and many statuses", sshtest.Sessions(grant(func(c gossh.Channel) {
			for range 100 {
				c.SendRequest("exit-status", false, []byte{0})
				c.SendRequest("exit-signal", true, []byte{0})
				c.SendRequest("no-such-request", true, nil)
			}
			c.Close()
		})), shell.ClassShell, false},
		{"endless noise", sshtest.Sessions(grant(func(c gossh.Channel) {
			for {
				if _, err := c.Write(bytes.Repeat([]byte("noise\n"), 1000)); err != nil {
					return
				}
			}
		})), shell.ClassTimeout, true},
		{"leaves the script unread", sshtest.Sessions(grant(func(c gossh.Channel) { c.CloseWrite() })), shell.ClassShell, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			_, e := attempt(t, at(t, rogue(t, c.conduct).Addr()), hello, boundOf(c.class))
			if took := time.Since(begin); took > patience {
				t.Errorf("it took %v", took)
			}
			switch {
			case e == nil && c.class != "":
				t.Error("it ended well")
			case e != nil && (e.Class != c.class || e.Began != c.began):
				t.Errorf("class %s, began %v: %v", e.Class, e.Began, e)
			}
		})
	}
}

func TestExecRefused(t *testing.T) {
	_, e := attempt(t, at(t, serve(t, sshtest.Options{RefuseExec: true}).Addr()), hello, patience)
	if e == nil || e.Class != shell.ClassShell || e.Began || !strings.Contains(e.Error(), "runs no commands") {
		t.Errorf("%+v", e)
	}
}

// sshd's MaxSessions counts, so there are never more at a time than it allows.
func TestSessionsAreBounded(t *testing.T) {
	conn := connect(t, newPool(t, ssh.Options{}), at(t, serve(t, sshtest.Options{}).Addr()))
	dir := shell.Var{Name: "dir", Value: t.TempDir()}
	running := shell.Script{Vars: []shell.Var{dir}, Body: `mkdir "$dir/$$"; ls "$dir" | wc -l; sleep 0.05; rmdir "$dir/$$"`}
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			out, err := conn.Run(t.Context(), running)
			if n, _ := strconv.Atoi(strings.TrimSpace(string(out.Stdout))); err != nil || n < 1 || n > 8 {
				t.Errorf("%d at a time, %v", n, err)
			}
		})
	}
	all.Wait()
}

// A script that a signal has ended is not a script that has ended.
func TestExitSignal(t *testing.T) {
	_, e := attempt(t, at(t, serve(t, sshtest.Options{Shell: loginShell(t, "exec /bin/sh -s")}).Addr()), shell.Script{Body: "kill -9 $$"}, patience)
	if e == nil || e.Class != shell.ClassLost || !e.Began || !strings.Contains(e.Error(), "signal KILL") {
		t.Errorf("%+v", e)
	}
}
