package ssh_test

import (
	"context"
	"fmt"
	"net"
	"os"
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

// openings lets everybody log in and hands the channels that a client opens to open, each
// with its number from 1 on.
func openings(t *testing.T, open func(n int, opening gossh.NewChannel)) *config.Host {
	t.Helper()
	_, key := newKey(t)
	server := &gossh.ServerConfig{NoClientAuth: true}
	server.AddHostKey(key)
	return at(t, rogue(t, func(_ context.Context, conn net.Conn) {
		_, channels, global, err := gossh.NewServerConn(conn, server)
		if err != nil {
			return
		}
		var all sync.WaitGroup
		defer all.Wait()
		all.Go(func() { gossh.DiscardRequests(global) })
		n := 0
		for opening := range channels {
			n++
			all.Go(func() { open(n, opening) })
		}
	}).Addr())
}

// runs is for [openings]: it runs what is asked for.
func runs(opening gossh.NewChannel) {
	if channel, requests, err := opening.Accept(); err == nil {
		sshtest.NoStatus(channel, requests)
	}
}

// A spare that cannot be had or is of no use costs a script a trip, and nothing else: each of
// them runs, and once.
func spareOfNoUse(t *testing.T) {
	for _, c := range []struct {
		name   string
		spare  func(opening gossh.NewChannel) // what becomes of the second channel
		opened int                            // channels in all, the last of them spare
	}{
		{"refused", func(o gossh.NewChannel) { o.Reject(gossh.ConnectionFailed, "open failed") }, 4}, // it is not asked for again
		{"closed at once", func(o gossh.NewChannel) {
			if channel, requests, err := o.Accept(); err == nil {
				channel.Close()
				gossh.DiscardRequests(requests)
			}
		}, 5},
		{"closed when it is taken", func(o gossh.NewChannel) {
			if channel, requests, err := o.Accept(); err == nil {
				<-requests
				channel.Close()
				gossh.DiscardRequests(requests)
			}
		}, 5},
		{"not answered", func(gossh.NewChannel) {}, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Run("all", func(t *testing.T) {
				var opened atomic.Int64
				asked := make(chan struct{})
				conn := connect(t, newPool(t, ssh.Options{}), openings(t, func(n int, opening gossh.NewChannel) {
					opened.Add(1)
					if n != 2 {
						runs(opening)
						return
					}
					defer close(asked)
					c.spare(opening)
				}))
				log := filepath.Join(t.TempDir(), "log")
				count := shell.Script{Vars: []shell.Var{{Name: "log", Value: log}}, Body: `echo ran >>"$log"`}
				for i := range 3 {
					if _, err := conn.Run(t.Context(), count); err != nil {
						t.Errorf("script %d: %v", i+1, err)
					}
					if i == 0 && c.name != "closed when it is taken" {
						<-asked
					}
					time.Sleep(100 * time.Millisecond) // what is not to come has time to come
				}
				if text, _ := os.ReadFile(log); string(text) != "ran\nran\nran\n" {
					t.Errorf("%q", text)
				}
				if n := opened.Load(); n > int64(c.opened) {
					t.Errorf("%d channels, not %d", n, c.opened)
				}
			})
		})
	}
}

// A connection is closed while its spare is being opened, and when it is open.
func TestCloseWithSpare(t *testing.T) {
	for _, answered := range []bool{false, true} {
		leavesNothing(t, func(t *testing.T) {
			asked := make(chan struct{})
			p := newPool(t, ssh.Options{})
			conn := connect(t, p, openings(t, func(n int, opening gossh.NewChannel) {
				if n == 2 {
					defer close(asked)
				}
				if n == 1 || answered {
					go runs(opening) // ends with the connection
				}
			}))
			if _, err := conn.Run(t.Context(), hello); err != nil {
				t.Fatal(err)
			}
			<-asked
			p.Close()
		})
	}
}

// There is one spare, after many scripts too.
func TestOneSpare(t *testing.T) {
	t.Parallel()
	leavesNothing(t, func(t *testing.T) {
		s := serve(t, sshtest.Options{})
		conn := connect(t, newPool(t, ssh.Options{}), at(t, s.Addr()))
		for n := range 5 {
			if _, err := conn.Run(t.Context(), hello); err != nil {
				t.Fatal(err)
			}
			until(t, "the spare is opened", func() bool { return s.Sessions() == n+2 })
			time.Sleep(50 * time.Millisecond) // another has time to come
			if s.Sessions() != n+2 {
				t.Errorf("%d sessions after %d scripts", s.Sessions(), n+1)
			}
		}
	})
}

// The spare takes no session from a script: with as many as the server allows, all of them
// hold one.
func spareAndMaxSessions(t *testing.T) {
	for _, most := range []int{1, 2, 3} {
		for name, start := range map[string]func(*testing.T) *config.Host{
			"sshtest": func(t *testing.T) *config.Host { return at(t, serve(t, sshtest.Options{MaxSessions: most}).Addr()) },
			"sshd":    func(t *testing.T) *config.Host { return sshd(t, fmt.Sprint("MaxSessions ", most)) },
		} {
			t.Run(fmt.Sprint(name, most), func(t *testing.T) {
				t.Run("all", func(t *testing.T) {
					conn := connect(t, newPool(t, ssh.Options{}), start(t))
					for range 3 { // one after the other
						if _, err := conn.Run(t.Context(), hello); err != nil {
							t.Fatal(err)
						}
					}
					meet := shell.Script{Vars: []shell.Var{{Name: "dir", Value: t.TempDir()}, {Name: "most", Value: fmt.Sprint(most)}},
						Body: `: >"$dir/$$"; until [ "$(ls "$dir" | wc -l)" -ge "$most" ]; do sleep 0.02; done`}
					var all sync.WaitGroup
					for range most {
						all.Go(func() { runsWell(t, conn, meet) })
					}
					all.Wait()
					for range 10 {
						all.Go(func() { runsWell(t, conn, hello) })
					}
					all.Wait()
				})
			})
		}
	}
}

func runsWell(t *testing.T, conn *ssh.Conn, s shell.Script) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if out, err := conn.Run(ctx, s); err != nil || out.Code != 0 {
		t.Errorf("code %d, %v", out.Code, err)
	}
}

// A server may ask on any channel whether its client lives: also on the spare.
func TestSpareIsAnswered(t *testing.T) {
	answer := make(chan error, 1)
	conn := connect(t, newPool(t, ssh.Options{}), openings(t, func(n int, opening gossh.NewChannel) {
		if n == 1 {
			runs(opening)
			return
		}
		channel, requests, err := opening.Accept()
		if err == nil {
			go gossh.DiscardRequests(requests)
			_, err = channel.SendRequest("keepalive@openssh.com", true, nil)
		}
		answer <- err
	}))
	runsWell(t, conn, hello)
	select {
	case err := <-answer:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("no answer")
	}
}

// Over OpenSSH's client there is none: it would count as a user's own session there.
func TestNoSpareOverOpenSSH(t *testing.T) {
	t.Parallel()
	s := serve(t, sshtest.Options{})
	conn := connect(t, newPool(t, withSSH(t)), onlySSH(at(t, s.Addr())))
	for range 2 {
		runsWell(t, conn, hello)
		time.Sleep(200 * time.Millisecond) // it has time to come
	}
	if s.Sessions() != 2 {
		t.Errorf("%d sessions", s.Sessions())
	}
}
