package ssh

import (
	"context"
	"errors"
)

// errStale is of a spare that the server has closed while it was being taken: no script was
// sent there, so that it can have another session.
var errStale = errors.New("the spare session was closed")

// openSpare opens a session ahead, so that the next script need not wait for it. It is called
// when a command was granted: what is asked for along with the script costs no trip, has come
// by the time that the script has ended, and a connection that runs nothing asks for nothing.
//
// There is one at most. A server that refuses it allows few sessions, and is not asked again.
func (c *Conn) openSpare() {
	c.mu.Lock()
	if c.control || c.seeking || c.spare != nil {
		c.mu.Unlock()
		return
	}
	c.seeking = true
	c.open++
	c.mu.Unlock()
	o := c.tryOpen(context.Background()) // has its bound, and ends with the connection
	if o.err != nil {
		return
	}
	r := newSession(o)
	r.spare = true
	c.mu.Lock()
	c.spare, c.seeking = r, false
	c.wake() // who was refused a session, perhaps on account of this one, has it
	c.mu.Unlock()
	c.attend(r)
}
