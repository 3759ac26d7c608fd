package ssh

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
)

// session is one script on its way, on a raw channel: gossh.Session waits for the end of
// the output, which a child of the script may hold open for as long as it likes.
type session struct {
	channel  gossh.Channel
	requests <-chan *gossh.Request
	spare    bool // it was opened ahead
	x        *shell.Exchange
	turn     atomic.Int32  // sent: the script may run, though nothing came back; or dropped
	asked    chan struct{} // the server has answered whether it runs commands, or closed the channel
	mute     bool          // it has closed it without an answer; not to be read before asked
	status   chan exit     // the first verdict; there is one at the latest when the channel is closed
	ended    chan struct{} // both output streams have ended
}

// What becomes of a script is decided once: nothing is sent after Run has said so.
const (
	sent int32 = iota + 1
	dropped
)

// exit is how the login shell ended: its status, or -1 and the signal that ended it, if that
// is known; or that the server does not run commands.
type exit struct {
	ended, refused bool // ended: surely, and not its output alone
	status         int
	signal         string
}

func newSession(o opened) *session {
	return &session{
		channel: o.channel, requests: o.requests,
		asked: make(chan struct{}), status: make(chan exit, 1), ended: make(chan struct{}),
	}
}

// Run implements [shell.Runner].
func (c *Conn) Run(ctx context.Context, s shell.Script) (shell.Output, error) {
	c.wg.Add(1)
	defer c.wg.Done()
	for {
		if out, err := c.run(ctx, s); err != errStale {
			return out, err
		}
	}
}

// run carries a script to a session.
func (c *Conn) run(ctx context.Context, s shell.Script) (shell.Output, error) {
	x, err := shell.NewExchange(s)
	if err != nil {
		return shell.Output{}, err
	}
	if ctx.Err() != nil {
		return shell.Output{}, c.interrupted(ctx)
	}
	select {
	case c.places <- struct{}{}:
	case <-ctx.Done():
		return shell.Output{}, c.interrupted(ctx)
	}
	run, err := c.openSession(ctx)
	if err != nil {
		<-c.places
		return shell.Output{}, err
	}
	run.x = x
	c.sendEnv(run.channel)
	c.wg.Go(func() {
		if run.start() {
			c.openSpare()
		}
	})
	c.wg.Go(func() { c.read(run) })
	defer c.wg.Go(func() { c.leave(run) }) // a peer that does not read holds nobody up
	out, err := run.wait(ctx, c)
	if err == nil {
		out.Noise = append(c.takeBanner(), out.Noise...)
	}
	return out, err
}

// leave gives the channel and its place back. A command that still runs is asked to end.
func (c *Conn) leave(r *session) {
	defer func() { <-c.places }()
	if !r.x.Stdout.Ended() {
		r.channel.SendRequest("signal", false, gossh.Marshal(struct{ Name string }{"TERM"}))
	}
	r.channel.Close()
}

// attend listens to the server on a channel, from its beginning to its end: it may ask on any
// of them whether its client lives.
func (c *Conn) attend(r *session) {
	c.wg.Go(func() {
		r.watch()
		if c.sessionEnded(r) {
			return // nobody waits for a verdict
		}
		<-r.asked
		r.exited(exit{ended: true, status: -1})
	})
}

// start asks for the command and sends the script once it is granted. The waiting is free:
// sshd lets nothing be sent before that, and others would take it for nobody's.
func (r *session) start() (granted bool) {
	command := gossh.Marshal(struct{ Command string }{shell.Command})
	granted, err := r.channel.SendRequest("exec", true, command)
	if err == nil && !granted {
		r.exited(exit{status: -1, refused: true})
	}
	r.mute = err != nil
	close(r.asked)
	if granted && r.turn.CompareAndSwap(0, sent) {
		r.channel.Write(r.x.Input) // a script that is not read to its end is told of by its missing end mark
		r.channel.CloseWrite()
	}
	return granted
}

// drop keeps the script from being sent, if it is not too late for that.
func (r *session) drop() bool {
	return r.turn.CompareAndSwap(0, dropped)
}

// watch takes the exit status, until the channel is closed.
func (r *session) watch() {
	for req := range r.requests {
		switch req.Type {
		case "exit-status":
			if len(req.Payload) >= 4 {
				r.exited(exit{ended: true, status: int(binary.BigEndian.Uint32(req.Payload))})
			}
		case "exit-signal":
			var m struct {
				Name string
				Core bool
				Text string
				Lang string
			}
			gossh.Unmarshal(req.Payload, &m) // without its name it is a signal all the same
			r.exited(exit{ended: true, status: -1, signal: cmp.Or(m.Name, "unknown")})
		}
		if req.WantReply {
			req.Reply(false, nil)
		}
	}
}

// exited notes the first verdict; a server that sends more is not listened to.
func (r *session) exited(e exit) {
	select {
	case r.status <- e:
	default:
	}
}

// read copies both streams to the exchange until they end.
func (c *Conn) read(r *session) {
	defer close(r.ended)
	errs := make(chan struct{})
	c.wg.Go(func() {
		defer close(errs)
		io.Copy(r.x.Stderr, r.channel.Stderr())
	})
	io.Copy(r.x.Stdout, r.channel)
	<-errs
}

// wait returns as soon as the verdict is known.
func (r *session) wait(ctx context.Context, c *Conn) (shell.Output, error) {
	begin, end := time.Now(), exit{status: -1}
	mute := time.NewTimer(c.bound)
	defer mute.Stop()
	select { // a script may take its time, a server's answer may not
	case <-r.asked:
		if r.mute && r.spare {
			return shell.Output{}, errStale
		}
	case <-mute.C:
		if r.drop() {
			return shell.Output{}, c.late("did not say whether it runs commands")
		}
	case <-ctx.Done():
	}
	select {
	case <-r.x.Done():
	case end = <-r.status:
	case <-r.ended:
		select { // the status follows the end of the output, if it comes at all
		case end = <-r.status:
		case <-time.After(shell.Settle):
		case <-ctx.Done():
		}
	case <-ctx.Done():
	}
	if end.refused {
		return shell.Output{}, shell.Errorf(shell.ClassShell, c.hint(), "%s runs no commands for this user", c.name)
	}
	r.x.Drain(ctx, r.ended, end.status)
	out, err := r.x.Result(ctx, end.status)
	if e, ok := err.(*shell.Error); ok {
		sent, sure := !r.drop(), false
		if sent {
			e, sure = c.surely(ctx, r, e, end, time.Since(begin))
		}
		c.tell(ctx, e, end.signal, sent, sure)
		return out, e
	}
	return out, err
}

// tell adds to an error what this side knows: that the connection is gone, that a script
// was sent of which nothing was heard, or a signal; and where to look.
func (c *Conn) tell(ctx context.Context, e *shell.Error, signal string, sent, sure bool) {
	switch {
	case ctx.Err() != nil:
		if e.Hint == "" && e.Class == shell.ClassTimeout {
			e.Hint = c.hint()
			if sent && !e.Began {
				e.Hint += " (does the login shell there wait for something?)"
			}
		}
		e.Began = e.Began || sent && !sure
	case c.lost(ctx):
		e.Class, e.Began, e.Hint = shell.ClassLost, e.Began || sent, c.hint()
		e.Err = fmt.Errorf("the connection to %s was lost", c.name)
	case signal != "":
		e.Err = fmt.Errorf("%w (ended by signal %s)", e.Err, signal)
	}
	if e.Class == shell.ClassShell {
		e.Hint = "ssh " + c.name + " echo fine; if it says anything else, " + e.Hint
	}
}
