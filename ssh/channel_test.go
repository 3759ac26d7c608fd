package ssh

import (
	"errors"
	"io"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// unanswered is a connection that has ended, as x/crypto leaves it where a channel was asked for
// at that very moment.
type unanswered struct {
	gossh.Conn
	never chan struct{}
}

func (u unanswered) OpenChannel(string, []byte) (gossh.Channel, <-chan *gossh.Request, error) {
	<-u.never
	return nil, nil, io.ErrUnexpectedEOF
}
func (u unanswered) Wait() error  { return io.EOF }
func (u unanswered) Close() error { return nil }

// Nobody waits for a channel of a connection that has ended.
func TestChannelOfNoConnection(t *testing.T) {
	t.Parallel()
	u := unanswered{never: make(chan struct{})}
	defer close(u.never)
	c := &Conn{client: &gossh.Client{Conn: u}, dead: make(chan struct{}), ended: make(chan struct{}), bound: time.Hour}
	close(c.dead)
	if o := c.tryOpen(t.Context()); !errors.Is(o.err, io.EOF) {
		t.Error(o.err)
	}
	if err := c.knock(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	c.close()
}
