package ssh

import (
	"context"
	"sync"
	"time"

	"sparkops/shell"
	"sparkops/ssh/config"
)

// questionBound is how long a person may take to answer: sshd's LoginGraceTime, after which
// the connection is gone anyway.
const questionBound = 2 * time.Minute

const deadlineSlack = 100 * time.Millisecond

// clock is the context of one login: it is done when the login's bound has passed, which
// stands still while a person is asked, or while another login asks for what this one needs.
type clock struct {
	context.Context
	cancel       context.CancelCauseFunc
	bound        time.Duration
	late, silent error

	mu    sync.Mutex
	timer *time.Timer
	until time.Time
	open  int  // questions
	over  bool // nothing more is timed
}

func newClock(ctx context.Context, h *config.Host, bound time.Duration, late error) *clock {
	c := &clock{bound: bound, late: late}
	c.silent = shell.Errorf(shell.ClassAuth, "ssh-add, and start again", "%s asks for a password or a passphrase, and got none in %v", address(h), questionBound)
	c.Context, c.cancel = context.WithCancelCause(ctx)
	c.set(bound, late)
	return c
}

func (c *clock) set(d time.Duration, cause error) {
	if c.timer != nil {
		c.timer.Stop()
	}
	c.until = time.Now().Add(d)
	c.timer = time.AfterFunc(d, func() { c.cancel(cause) })
}

// Deadline is when the clock runs out, as things are: a dialer shares it among addresses. It
// is said to be a little later, so that who waits for it finds the clock done, and why.
func (c *clock) Deadline() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.until.Add(deadlineSlack), true
}

// pause begins a question; the function that it returns ends it. The login has its whole
// bound again after that: a server may take its time over a wrong password.
func (c *clock) pause() (resume func()) {
	c.count(1, questionBound, c.silent)
	return func() { c.count(-1, c.bound, c.late) }
}

// count adds n questions; the clock is set when the first begins and when the last ends.
func (c *clock) count(n int, d time.Duration, cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open += n
	if !c.over && c.open == max(n, 0) {
		c.set(d, cause)
	}
}

// stop ends the login's time.
func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	c.timer.Stop()
	c.cancel(context.Canceled)
}
