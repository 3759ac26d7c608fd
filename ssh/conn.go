package ssh

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh/config"
)

// maxSessions is how many scripts run on one connection at a time: sshd's MaxSessions is 10.
const maxSessions = 8

// Keepalive defaults, where the configuration has no ServerAliveInterval.
const (
	aliveInterval = 15 * time.Second
	aliveMax      = 3
)

// Conn is a connection to a host. It is a [shell.Runner].
type Conn struct {
	client  *gossh.Client
	name    string          // as the user calls the host
	env     [][2]string     // variables to send with each command
	control bool            // OpenSSH's client is between: it knows no global requests
	bound   time.Duration   // of the server's answers before a script runs
	key     gossh.PublicKey // of the host; nil where OpenSSH's client has seen to it
	address string          // of the host, as known_hosts has it; "" where it is not known
	typed   bool            // a password was typed for the login
	places  chan struct{}
	dead    chan struct{} // closed when the connection has ended
	wg      sync.WaitGroup

	mu      sync.Mutex
	open    int           // sessions that were asked for and that the server has not closed
	used    bool          // the server has closed one
	ended   chan struct{} // closed, and replaced, when it has closed one or there is a spare
	spare   *session      // open, and nobody's
	seeking bool          // a spare is being opened, or was refused
	banner  []byte        // what the server said at the login, until a script has told it
}

// newConn returns a connection that looks whether its host lives.
func (p *Pool) newConn(client *gossh.Client, h *config.Host, banner []byte) *Conn {
	c := p.begin(client, h)
	c.banner = banner
	c.wg.Go(func() { c.keepAlive(alive(h)) })
	return c
}

// alive is how often a host is asked for a sign of life, and how many times in vain.
func alive(h *config.Host) (interval time.Duration, most int) {
	return cmp.Or(h.AliveInterval, aliveInterval), cmp.Or(h.AliveMax, aliveMax)
}

// begin returns a connection that looks after itself no further.
func (p *Pool) begin(client *gossh.Client, h *config.Host) *Conn {
	c := &Conn{
		client: client, name: h.Name, env: environment(h, p.Environ), bound: p.Bound(h),
		places: make(chan struct{}, maxSessions), dead: make(chan struct{}), ended: make(chan struct{}),
	}
	c.wg.Go(func() {
		defer close(c.dead)
		client.Wait() // why it ended is seen by those who use it
	})
	return c
}

// keepAlive asks the server for a sign of life and ends the connection after most intervals
// without one, which frees everybody who waits on it.
func (c *Conn) keepAlive(interval time.Duration, most int) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-c.dead:
			return
		}
		patience := time.NewTimer(interval * time.Duration(most))
		select {
		case <-c.ask():
		case <-patience.C:
			c.client.Close()
		case <-c.dead:
		}
		patience.Stop()
	}
}

// ask asks the server for a sign of life; a refusal is one too, an error is none.
func (c *Conn) ask() <-chan error {
	answer := make(chan error, 1)
	c.wg.Go(func() {
		if c.control {
			answer <- c.knock()
			return
		}
		_, _, err := c.client.SendRequest("keepalive@openssh.com", true, nil)
		answer <- err
	})
	return answer
}

// knock asks for a sign of life by opening a channel of no known type: a global request
// would end a control connection.
func (c *Conn) knock() error {
	o := c.openChannel("keepalive@sparkops")
	if o.err == nil {
		c.wg.Go(func() { gossh.DiscardRequests(o.requests) })
		return o.channel.Close()
	}
	if _, refused := errors.AsType[*gossh.OpenChannelError](o.err); refused {
		return nil
	}
	return o.err
}

// lost reports whether the connection has ended or is silent. What is missing at the end of
// a channel is the server's doing only if it is not; a host under load answers late.
func (c *Conn) lost(ctx context.Context) bool {
	select {
	case err := <-c.ask():
		return err != nil
	case <-time.After(c.bound):
	case <-ctx.Done():
	}
	return true
}

// close ends the connection and waits for its goroutines.
func (c *Conn) close() {
	c.client.Close()
	c.wg.Wait()
}
