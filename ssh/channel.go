package ssh

import (
	"context"
	"io"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
)

// opened is a session channel, or why there is none.
type opened struct {
	channel  gossh.Channel
	requests <-chan *gossh.Request
	err      error
}

// openSession opens a session. A server may allow fewer at a time than we do: one that it
// refuses is asked for again when one of ours has ended. sshd counts a session until its
// command is gone, which may be after its channel was closed.
//
// The spare is taken first. It may be the one session too many for which another is refused,
// and then is there by the next attempt.
func (c *Conn) openSession(ctx context.Context) (*session, error) {
	var alone time.Time // since when sessions are refused though none of ours is open
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		spare, ended := c.sessionAsked()
		if spare != nil {
			return spare, nil
		}
		o := c.tryOpen(ctx)
		if o.err == nil {
			r := newSession(o)
			c.attend(r)
			return r, nil
		}
		refused, ok := o.err.(*gossh.OpenChannelError)
		if !ok {
			return nil, o.err
		}
		others, used := c.sessions()
		switch {
		case others:
			alone = time.Time{}
		case alone.IsZero():
			alone = time.Now()
		}
		if !others && (!used || time.Since(alone) > c.bound) {
			return nil, shell.Errorf(shell.ClassShell, "look at MaxSessions in sshd_config there", "%s opens no session: %w", c.name, refused)
		}
		select {
		case <-ended: // any moment now
			pause = 25 * time.Millisecond
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, c.interrupted(ctx)
		}
	}
}

// tryOpen asks for a session once, and waits for the answer within the bound.
func (c *Conn) tryOpen(ctx context.Context) opened {
	result := make(chan opened, 1)
	c.wg.Go(func() {
		o := c.openChannel("session")
		if o.err != nil {
			c.sessionRefused()
		}
		result <- o
	})
	late := time.NewTimer(c.bound)
	defer late.Stop()
	var err error
	select {
	case o := <-result:
		if _, refused := o.err.(*gossh.OpenChannelError); o.err != nil && !refused {
			o.err = shell.Errorf(shell.ClassLost, c.hint(), "the connection to %s has ended: %w", c.name, o.err)
		}
		return o
	case <-late.C:
		err = c.late("opened no session")
	case <-ctx.Done():
		err = c.interrupted(ctx)
	}
	c.wg.Go(func() { // nobody waits for it any more
		if o := <-result; o.err == nil {
			o.channel.Close()
			gossh.DiscardRequests(o.requests)
			c.sessionEnded(nil)
		}
	})
	return opened{err: err}
}

// openChannel opens a channel, or ends with the connection. x/crypto does not: a channel that is
// asked for while its mux clears away all others is answered by nobody (mux.go: newChannel
// behind dropAll), and whoever waits for it stays.
func (c *Conn) openChannel(kind string) opened {
	result := make(chan opened, 1)
	go func() {
		channel, requests, err := c.client.OpenChannel(kind, nil)
		result <- opened{channel, requests, err}
	}()
	select {
	case o := <-result:
		return o
	case <-c.dead:
	}
	select {
	case o := <-result: // by the mux, on its way out
		return o
	case <-time.After(grace):
		return opened{err: io.EOF}
	}
}

// sessionAsked gives the spare away, or counts a session that is asked for; the channel
// tells when one has ended or there is a spare.
func (c *Conn) sessionAsked() (spare *session, ended <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if spare = c.spare; spare == nil {
		c.open++
	}
	c.spare = nil
	return spare, c.ended
}

func (c *Conn) sessionRefused() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
}

// sessionEnded notes that the server has closed a session, and reports whether it was the
// spare, which is nobody's then.
func (c *Conn) sessionEnded(r *session) (spare bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	c.used = true
	c.wake()
	if spare = r != nil && c.spare == r; spare {
		c.spare = nil
	}
	return spare
}

// wake tells those who wait for a session to look again. The lock is held.
func (c *Conn) wake() {
	close(c.ended)
	c.ended = make(chan struct{})
}

// sessions reports whether some are open or asked for, and whether any has ended.
func (c *Conn) sessions() (open, used bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open > 0, c.used
}

// takeBanner is what the server said at the login, once.
func (c *Conn) takeBanner() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	banner := c.banner
	c.banner = nil
	return banner
}

// hint is what tells more of a connection that does not work.
func (c *Conn) hint() string { return "ssh " + c.name + " true" }

// late is the error for a server that lives and gives no answer.
func (c *Conn) late(what string) *shell.Error {
	return shell.Errorf(shell.ClassTimeout, c.hint(), "%s %s in %v", c.name, what, c.bound)
}

// interrupted is the error for a ctx that was done before anything was sent.
func (c *Conn) interrupted(ctx context.Context) *shell.Error {
	e := shell.Interrupted(ctx, false)
	if e.Hint == "" && e.Class == shell.ClassTimeout {
		e.Hint = c.hint()
	}
	return e
}
