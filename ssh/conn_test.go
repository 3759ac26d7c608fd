package ssh_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

func TestRunner(t *testing.T) {
	t.Parallel()
	leavesNothing(t, func(t *testing.T) {
		s := serve(t, sshtest.Options{Dir: t.TempDir()})
		shelltest.Runner(t, connect(t, newPool(t, ssh.Options{}), at(t, s.Addr())))
		if s.Connections() != 1 || s.Logins() != 1 {
			t.Errorf("%d connections, %d logins", s.Connections(), s.Logins())
		}
	})
}

// What is interrupted is asked to end.
func TestInterruptedScriptEnds(t *testing.T) {
	t.Parallel()
	conn := connect(t, newPool(t, ssh.Options{}), at(t, serve(t, sshtest.Options{}).Addr()))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &cancelling{cancel: cancel}
	if _, err := conn.Run(ctx, shell.Script{Body: "echo $$; exec sleep 60", Stdout: out}); err == nil {
		t.Fatal("it ended")
	}
	wait := shell.Script{Vars: []shell.Var{{Name: "pid", Value: string(out.text)}}, Body: "while kill -0 $pid 2>/dev/null; do sleep 0.05; done"}
	ctx, cancel = context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := conn.Run(ctx, wait); err != nil {
		t.Error(err)
	}
}

type cancelling struct {
	text   []byte
	cancel func()
}

func (c *cancelling) Write(b []byte) (int, error) {
	c.text = append(c.text, b...)
	c.cancel()
	return len(b), nil
}

// A server that is gone is found out by keepalives, and whoever waits on it is freed.
func keepalive(t *testing.T) {
	t.Run("all", func(t *testing.T) {
		relay := &sshtest.Relay{To: serve(t, sshtest.Options{}).Addr()}
		h := at(t, rogue(t, relay.Serve).Addr())
		h.AliveInterval, h.AliveMax = 100*time.Millisecond, 20
		conn := connect(t, newPool(t, ssh.Options{}), h)
		time.Sleep(500 * time.Millisecond) // answered keepalives do no harm
		begin := time.Now()
		_, err := conn.Run(t.Context(), shell.Script{Body: "echo begun; sleep 60", Stdout: stopping{relay}})
		e, ok := errors.AsType[*shell.Error](err)
		if !ok || e.Class != shell.ClassLost || !e.Began || time.Since(begin) > patience {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		if e != nil && e.Hint == "" {
			t.Error("no hint")
		}
		if _, err := conn.Run(t.Context(), hello); err == nil || shell.AsError(err, "").Class != shell.ClassLost || shell.AsError(err, "").Began {
			t.Errorf("after that: %v", err)
		}
	})
}

type stopping struct{ *sshtest.Relay }

func (s stopping) Write(b []byte) (int, error) { s.Stop(); return len(b), nil }

// A peer that has stopped reading holds up neither Run nor Close.
func TestFrozenNetwork(t *testing.T) {
	t.Parallel()
	leavesNothing(t, func(t *testing.T) {
		relay := &sshtest.Relay{To: serve(t, sshtest.Options{}).Addr()}
		h := at(t, rogue(t, relay.Serve).Addr())
		p := newPool(t, ssh.Options{})
		conn := connect(t, p, h)
		relay.Stop()
		big := shell.Script{Vars: []shell.Var{{Name: "big", Value: strings.Repeat("x", 8<<20)}}, Body: ":"}
		begin := time.Now()
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			if _, err := conn.Run(ctx, big); err == nil || shell.AsError(err, "").Class != shell.ClassTimeout || shell.AsError(err, "").Began {
				t.Errorf("%v", err)
			}
			cancel()
		}
		p.Close()
		if took := time.Since(begin); took > patience {
			t.Errorf("it took %v", took)
		}
	})
}

func TestDialContext(t *testing.T) {
	there, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	p := newPool(t, ssh.Options{})
	conn, err := connect(t, p, at(t, serve(t, sshtest.Options{}).Addr())).DialContext(t.Context(), "tcp", there.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	strict := connect(t, p, at(t, serve(t, sshtest.Options{RefuseForwarding: true}).Addr()))
	if _, err := strict.DialContext(t.Context(), "tcp", there.Addr().String()); !errors.Is(err, ssh.ErrForwardingRefused) {
		t.Errorf("forwarding is off: %v", err)
	}
	there.Close()
	open := connect(t, p, at(t, serve(t, sshtest.Options{}).Addr()))
	if _, err := open.DialContext(t.Context(), "tcp", there.Addr().String()); err == nil || errors.Is(err, ssh.ErrForwardingRefused) {
		t.Errorf("nobody listens: %v", err)
	}
}

func BenchmarkConnectAndRun(b *testing.B) {
	h := at(b, serve(b, sshtest.Options{}).Addr())
	for b.Loop() {
		p := ssh.NewPool(ssh.Options{Keys: ssh.NewKeyring(), KnownHosts: ssh.NewKnownHosts()})
		benchmarkRun(b, p, h)
		p.Close()
	}
}

func BenchmarkRun(b *testing.B) {
	h := at(b, serve(b, sshtest.Options{}).Addr())
	p := newPool(b, ssh.Options{})
	connect(b, p, h)
	for b.Loop() {
		benchmarkRun(b, p, h)
	}
}

func benchmarkRun(b *testing.B, p *ssh.Pool, h *config.Host) {
	conn, err := p.Connect(b.Context(), h)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := conn.Run(b.Context(), hello); err != nil {
		b.Fatal(err)
	}
}

// No terminal, no X11, no agent is asked for: a script gets what it is sent, and nothing else
// of this machine.
func TestNothingElseIsAskedFor(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 100)
	r := rogue(t, sshtest.Sessions(func(c gossh.Channel, requests <-chan *gossh.Request) {
		for request := range requests {
			asked <- request.Type
			request.Reply(request.Type == "exec", nil)
			c.Close()
		}
	}))
	h := at(t, r.Addr())
	h.Agent = "/nowhere"
	attempt(t, h, hello, patience) // what becomes of it is another test's
	r.Close()                      // and waits for those who serve
	close(asked)
	n := 0
	for kind := range asked {
		if n++; kind != "exec" {
			t.Errorf("asked for %s", kind)
		}
	}
	if n == 0 {
		t.Error("nothing was asked for")
	}
}
