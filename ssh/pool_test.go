package ssh_test

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

func TestOneConnectionForAHost(t *testing.T) {
	leavesNothing(t, func(t *testing.T) {
		s := serve(t, sshtest.Options{})
		p := newPool(t, ssh.Options{})
		h := at(t, s.Addr())
		var all sync.WaitGroup
		conns := make([]*ssh.Conn, 30)
		for i := range conns {
			all.Go(func() { conns[i], _ = p.Connect(t.Context(), h) })
		}
		all.Wait()
		for _, c := range conns {
			if c == nil || c != conns[0] {
				t.Fatal("not the same connection")
			}
		}
		if _, err := conns[0].Run(t.Context(), hello); err != nil || s.Connections() != 1 || s.Logins() != 1 {
			t.Errorf("%d connections, %d logins", s.Connections(), s.Logins())
		}
		p.Close()
		if _, err := p.Connect(t.Context(), h); shell.AsError(err, "").Class != shell.ClassCancelled {
			t.Errorf("after Close: %v", err)
		}
		if _, err := conns[0].Run(t.Context(), hello); shell.AsError(err, "").Class != shell.ClassLost {
			t.Errorf("after Close: %v", err)
		}
	})
}

// At most 8 logins to one address are under way: sshd drops what is above MaxStartups.
func TestHandshakesAreBounded(t *testing.T) {
	var now, most atomic.Int64
	s := serve(t, sshtest.Options{Config: func(c *gossh.ServerConfig) {
		c.NoClientAuthCallback = func(gossh.ConnMetadata) (*gossh.Permissions, error) {
			n := now.Add(1)
			defer now.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(20 * time.Millisecond)
			return nil, nil
		}
	}})
	p := newPool(t, ssh.Options{})
	var all sync.WaitGroup
	for i := range 40 {
		h := at(t, s.Addr())
		h.User = fmt.Sprint("u", i)
		all.Go(func() {
			if _, err := p.Connect(t.Context(), h); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most.Load() > 8 || most.Load() < 2 {
		t.Errorf("%d at a time", most.Load())
	}
}

// A connection that is dropped before the host key is seen is tried again.
func TestDroppedConnections(t *testing.T) {
	t.Parallel()
	relay := &sshtest.Relay{To: serve(t, sshtest.Options{}).Addr()}
	var n atomic.Int64
	r := rogue(t, func(ctx context.Context, conn net.Conn) {
		if n.Add(1) > 3 {
			relay.Serve(ctx, conn)
		}
	})
	if _, err := connect(t, newPool(t, ssh.Options{}), at(t, r.Addr())).Run(t.Context(), hello); err != nil {
		t.Error(err)
	}
	if r.Connections() != 4 {
		t.Errorf("%d connections", r.Connections())
	}
}

// Who gives up does so for himself: the attempt goes on for whoever asks next.
func TestGivingUpIsOnesOwn(t *testing.T) {
	t.Parallel()
	proceed := make(chan struct{})
	s := serve(t, sshtest.Options{Config: func(c *gossh.ServerConfig) {
		c.NoClientAuthCallback = func(gossh.ConnMetadata) (*gossh.Permissions, error) {
			<-proceed
			return nil, nil
		}
	}})
	p := newPool(t, ssh.Options{})
	h := at(t, s.Addr())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Connect(ctx, h); shell.AsError(err, "").Class != shell.ClassTimeout {
		t.Errorf("%v", err)
	}
	close(proceed)
	connect(t, p, h)
	if s.Connections() != 1 {
		t.Errorf("%d connections", s.Connections())
	}
}

// Close ends attempts that are under way, whatever they wait for.
func TestCloseDuringAttempts(t *testing.T) {
	leavesNothing(t, func(t *testing.T) {
		silent, s := rogue(t, sshtest.Silent), serve(t, sshtest.Options{})
		agent, err := net.Listen("unix", t.TempDir()+"/agent")
		if err != nil {
			t.Fatal(err)
		}
		defer agent.Close() // nobody accepts: an agent that hangs
		p := newPool(t, ssh.Options{ConnectTimeout: time.Hour, Resolve: resolve(map[string]*config.Host{"b": at(t, silent.Addr())})})
		var all sync.WaitGroup
		for i := range 30 {
			h := at(t, silent.Addr())
			h.User = fmt.Sprint("u", i)
			switch i % 3 {
			case 1:
				h.Jump = []string{"b"}
			case 2:
				h = at(t, s.Addr())
				h.User, h.Agent = fmt.Sprint("u", i), agent.Addr().String()
			}
			all.Go(func() {
				if _, err := p.Connect(t.Context(), h); err == nil {
					t.Error("it is connected")
				}
			})
		}
		time.Sleep(100 * time.Millisecond)
		begin := time.Now()
		p.Close()
		all.Wait()
		if took := time.Since(begin); took > 4*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// Two names of one address share a connection only if they trust, and log in, alike.
func TestSharedOnlyAlike(t *testing.T) {
	t.Parallel()
	s := serve(t, sshtest.Options{})
	p := newPool(t, ssh.Options{})
	trusting := at(t, s.Addr())
	other := *trusting
	other.Name = "w2"
	if connect(t, p, trusting) != connect(t, p, &other) {
		t.Error("equal but for the name: two connections")
	}
	strict := *trusting
	strict.Strict, strict.KnownHosts = config.Yes, []string{filepath.Join(t.TempDir(), "none")}
	if e := refusal(t, p, &strict); e.Class != shell.ClassHostKey {
		t.Errorf("class %s: %v", e.Class, e)
	}
}
