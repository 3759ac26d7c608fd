package ssh

import (
	"net"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// leaving is how long a host may take to close what we have closed.
const leaving = time.Second

// gentle is a connection over the control socket of the user's own master, which is left only when
// nothing is under way on it. OpenSSH's client passes on what the host sends for a channel; where the
// one that it is for has just left, it dies of that (9.2: a segmentation fault at a late
// SSH_MSG_CHANNEL_CLOSE), and with it all that its user does over it.
type gentle struct {
	gossh.Conn

	mu    sync.Mutex
	open  map[gossh.Channel]bool
	count int           // channels that were asked for and that the host has not closed or refused
	left  chan struct{} // closed when count is 0; nil until no more channels may be asked for

	gone chan struct{} // closed when the connection has ended
}

func newGentle(c gossh.Conn) *gentle {
	g := &gentle{Conn: c, open: map[gossh.Channel]bool{}, gone: make(chan struct{})}
	go func() {
		defer close(g.gone)
		c.Wait()
	}()
	return g
}

// OpenChannel implements [gossh.Conn].
func (g *gentle) OpenChannel(kind string, data []byte) (gossh.Channel, <-chan *gossh.Request, error) {
	if !g.asked() {
		return nil, nil, net.ErrClosed
	}
	channel, requests, err := g.Conn.OpenChannel(kind, data)
	if err != nil {
		g.closed(nil)
		return nil, nil, err
	}
	g.opened(channel)
	passed := make(chan *gossh.Request, cap(requests)) // none is lost, and nobody need be there to take it
	go func() {
		defer close(passed)
		for r := range requests {
			passed <- r
		}
		g.closed(channel)
	}()
	return channel, passed, nil
}

func (g *gentle) asked() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.left != nil {
		return false
	}
	g.count++
	return true
}

func (g *gentle) opened(channel gossh.Channel) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open[channel] = true
	if g.left != nil {
		go channel.Close()
	}
}

// closed notes that the host has closed a channel, or refused one, which is nil.
func (g *gentle) closed(channel gossh.Channel) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.open, channel)
	if g.count--; g.count == 0 && g.left != nil {
		close(g.left)
	}
}

// Close closes all channels, and the connection when the host has done so too, which is waited
// for no longer than leaving.
func (g *gentle) Close() error {
	g.mu.Lock()
	if g.left == nil {
		g.left = make(chan struct{})
		if g.count == 0 {
			close(g.left)
		}
		for channel := range g.open {
			go channel.Close() // it waits for a client that does not read
		}
	}
	g.mu.Unlock()
	select {
	case <-g.left:
	case <-g.gone:
	case <-time.After(leaving):
	}
	return g.Conn.Close()
}
