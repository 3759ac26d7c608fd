package config

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// processBound is how long a command of Match exec, an ssh -G and a look-up may take.
const processBound = 10 * time.Second

// memo remembers what takes a process or the network to find out: each is asked once, however
// many hosts need it at a time.
type memo[T any] struct {
	bound time.Duration // processBound if 0

	mu sync.Mutex
	by map[string]*asked[T]
}

type asked[T any] struct {
	done   chan struct{}
	answer T
	err    error
	cut    bool // who asked was interrupted: that is no answer for the others
}

func (m *memo[T]) do(ctx context.Context, key string, ask func(context.Context) (T, error)) (T, error) {
	for {
		m.mu.Lock()
		a, found := m.by[key]
		if !found {
			if m.by == nil {
				m.by = map[string]*asked[T]{}
			}
			a = &asked[T]{done: make(chan struct{})}
			m.by[key] = a
		}
		m.mu.Unlock()
		if !found {
			m.ask(ctx, key, a, ask)
			return a.answer, a.err
		}
		select {
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		case <-a.done:
		}
		if !a.cut {
			return a.answer, a.err
		}
	}
}

func (m *memo[T]) ask(ctx context.Context, key string, a *asked[T], ask func(context.Context) (T, error)) {
	defer close(a.done)
	bound := cmp.Or(m.bound, processBound)
	bounded, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	a.answer, a.err = ask(bounded)
	if a.err == nil || bounded.Err() == nil {
		return
	}
	if a.cut = ctx.Err() != nil; a.cut {
		a.err = ctx.Err()
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.by, key)
		return
	}
	a.err = fmt.Errorf("no answer in %v", bound)
}

// program runs a program with nothing on its input. It and all that it has started end with
// ctx.
func program(ctx context.Context, stdout, stderr *bytes.Buffer, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	if stdout != nil {
		cmd.Stdout, cmd.Stderr = stdout, stderr
	}
	return cmd.Run()
}
