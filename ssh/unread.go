package ssh

import (
	"context"
	"io"
	"time"

	"sparkops/shell"
)

// unread is how long a login shell that is given nothing to read may take to end, beyond twice
// the time that it took before, up to a bound. One that waits for its input costs this, and is
// out of order.
const unread = 5 * time.Second

// surely is an error for a script that was sent, as far as it can be relied on where it says that
// the script did not begin; and whether that is certain. What was not heard in time is for the
// time to explain.
func (c *Conn) surely(ctx context.Context, r *session, e *shell.Error, end exit, took time.Duration) (_ *shell.Error, sure bool) {
	heard := false
	if ctx.Err() == nil && !e.Began {
		sure = r.x.Refused()
		if !sure {
			sure, heard = c.endsUnread(ctx, end, took)
		}
		if !sure {
			e = r.x.Unanswered(end.status)
		}
	}
	if ctx.Err() != nil && e.Class == shell.ClassShell && !sure && !heard {
		e = shell.Interrupted(ctx, true)
	}
	return e, sure
}

// endsUnread reports whether a login shell that ended so, without a sign of the script, is sure
// to have left it unread: another one, to which nothing is sent, ends in the same way. nologin
// does, and an exit in ~/.bashrc; a shell whose output goes elsewhere waits for a script, and has
// run the one that it was given. What is not certain is not sure. The server was heard if it has
// run that other one.
func (c *Conn) endsUnread(ctx context.Context, first exit, took time.Duration) (sure, heard bool) {
	if !first.ended {
		return false, false // its output has, and it may be at work
	}
	ctx, cancel := context.WithTimeout(ctx, min(2*took, c.bound)+unread) // a script may have run for hours
	defer cancel()
	for {
		r, err := c.openSession(ctx)
		if err != nil {
			return false, false
		}
		end := c.idle(ctx, r)
		c.wg.Go(func() { r.channel.Close() })
		select {
		case <-r.asked:
			if r.mute && r.spare {
				continue // the server had closed it before
			}
			heard = !r.mute
		default:
		}
		return end == first, heard
	}
}

// idle runs the command in a session and sends it nothing, not even that there is nothing. It
// returns how it ended, if it did while ctx was not done.
func (c *Conn) idle(ctx context.Context, r *session) (end exit) {
	c.sendEnv(r.channel)
	r.drop() // nothing is sent
	c.wg.Go(func() { r.start() })
	c.wg.Go(func() { io.Copy(io.Discard, r.channel.Stderr()) })
	c.wg.Go(func() { io.Copy(io.Discard, r.channel) })
	select {
	case end = <-r.status:
	case <-ctx.Done():
	}
	return end
}
