package ssh_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/sshtest"
)

// A server that allows fewer sessions than we hold open gets one after the other.
func fewSessions(t *testing.T) {
	for _, most := range []int{1, 3} {
		t.Run("all", func(t *testing.T) {
			s := serve(t, sshtest.Options{MaxSessions: most})
			conn := connect(t, newPool(t, ssh.Options{}), at(t, s.Addr()))
			var all sync.WaitGroup
			for range 12 {
				all.Go(func() {
					if out, err := conn.Run(t.Context(), shell.Script{Body: "sleep 0.05; echo done"}); err != nil || string(out.Stdout) != "done\n" {
						t.Errorf("%d at a time: %q, %v", most, out.Stdout, err)
					}
				})
			}
			all.Wait()
			if n := s.Sessions(); n < 12 || n > 13 || s.Connections() != 1 { // one may be spare
				t.Errorf("%d sessions, %d connections", s.Sessions(), s.Connections())
			}
		})
	}
}

// Whoever waits for a session that another script holds has a bound of its own; and a
// session that a script was given up in is waited for until the server lets go of it.
func TestSessionIsHeld(t *testing.T) {
	leavesNothing(t, func(t *testing.T) {
		conn := connect(t, newPool(t, ssh.Options{}), at(t, serve(t, sshtest.Options{MaxSessions: 1}).Addr()))
		begun := make(chan struct{})
		held, giveUp := context.WithCancel(t.Context())
		defer giveUp()
		var holder sync.WaitGroup
		holder.Go(func() {
			_, err := conn.Run(held, shell.Script{Body: "trap 'sleep 0.5; exit' TERM; echo begun; while :; do sleep 0.05; done", Stdout: &firstWrite{then: func() { close(begun) }}})
			if shell.AsError(err, "").Class != shell.ClassCancelled {
				t.Errorf("the holder: %v", err)
			}
		})
		<-begun
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, err := conn.Run(ctx, hello)
		if e := shell.AsError(err, ""); e.Class != shell.ClassTimeout || e.Began || e.Hint == "" {
			t.Errorf("class %s, began %v, hint %q: %v", e.Class, e.Began, e.Hint, err)
		}
		giveUp()
		holder.Wait()
		if _, err := conn.Run(t.Context(), hello); err != nil {
			t.Errorf("after the holder: %v", err)
		}
	})
}

type firstWrite struct {
	once sync.Once
	then func()
}

func (f *firstWrite) Write(b []byte) (int, error) {
	f.once.Do(f.then)
	return len(b), nil
}

// A session that is never given back is not waited for without bound.
func sessionNeverGivenBack(t *testing.T) {
	shelltest.Unwatched(t) // eight seconds of waiting
	t.Run("all", func(t *testing.T) {
		h := at(t, serve(t, sshtest.Options{MaxSessions: 1, Shell: loginShell(t, "trap '' TERM")}).Addr())
		h.ConnectTimeout = 8 * time.Second // in which it has connected
		conn := connect(t, newPool(t, ssh.Options{}), h)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		out := &firstWrite{then: cancel}
		conn.Run(ctx, shell.Script{Body: "echo begun; sleep 60", Stdout: out})
		_, err := conn.Run(t.Context(), hello)
		if e := shell.AsError(err, ""); e.Class != shell.ClassShell || e.Began || !strings.Contains(e.Hint, "MaxSessions") {
			t.Errorf("class %s, began %v, hint %q: %v", e.Class, e.Began, e.Hint, err)
		}
	})
}
