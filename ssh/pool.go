package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/ssh/config"
)

// DefaultConnectTimeout bounds TCP to end of login where nothing else is configured.
const DefaultConnectTimeout = 10 * time.Second

// maxHandshakes is how many logins to one address may be under way: sshd's MaxStartups
// begins to drop connections at 10.
const maxHandshakes = 8

// Options of a pool.
type Options struct {
	// Resolve is the configuration of a bastion by its name.
	Resolve func(ctx context.Context, name string) (*config.Host, error)

	// Ask asks the person at the terminal; nil is nobody there.
	Ask Asker

	// ConnectTimeout bounds TCP to end of login for every host; 0 is each host's own
	// ConnectTimeout, else DefaultConnectTimeout.
	ConnectTimeout time.Duration

	Keys       *Keyring
	KnownHosts *KnownHosts

	// SSH is the path of OpenSSH's client, for what only that can do; "" is none.
	SSH string

	// Executable is the path of a program that calls [Way] where [IsWay] says so: OpenSSH's client
	// runs it to be handed the pool's one way through a bastion. "" is none: then each client
	// makes its own.
	Executable string

	// Keygen is the path of OpenSSH's ssh-keygen, which reads lists of revoked host keys; "" is
	// none: then a host with such a list is refused.
	Keygen string

	// Environ is the environment, as NAME=value: SendEnv chooses from it, and commands that
	// are started here, as ProxyCommand, have it. nil is that of this process, and nothing to send.
	Environ []string

	// Warn is told what the user should know though the connection was made; nil is nobody.
	Warn func(text string)

	// Met is told of each host key that was not known and is taken for right unasked, as
	// accept-new has it; by several goroutines at a time. nil is nobody.
	Met func(h *config.Host, key gossh.PublicKey)
}

// Asker asks the person at the terminal. Questions come one at a time; ctx ends the waiting.
type Asker interface {
	// Secret asks for what is not to be seen while it is typed.
	Secret(ctx context.Context, question string) (string, error)
	// Confirm asks for yes or no.
	Confirm(ctx context.Context, question string) (bool, error)
}

// Pool holds one connection for each host. It is safe for concurrent use.
type Pool struct {
	Options
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu     sync.Mutex
	closed bool
	conns  map[string]*attempt
	slots  map[string]chan struct{}
	doubts doubts
	ticket func() bool // there is one of Kerberos
	wg     sync.WaitGroup
}

// attempt is a connection, or why there is none; both are known once done is closed.
type attempt struct {
	done chan struct{}
	conn *Conn
	err  error
}

// NewPool returns an empty pool.
func NewPool(o Options) *Pool {
	ctx, cancel := context.WithCancelCause(context.Background())
	ticket := sync.OnceValue(func() bool { return hasTicket(ctx, o.Environ) })
	return &Pool{Options: o, ticket: ticket, ctx: ctx, cancel: cancel, conns: map[string]*attempt{}, slots: map[string]chan struct{}{}, doubts: doubts{answers: map[string]error{}}}
}

// Connect returns the connection to a host, made at the first call. The answer, also a
// refusal, is remembered: asking again costs nothing and tries nothing. The making of a
// connection goes on when ctx is done, within its own bound, for whoever asks next.
func (p *Pool) Connect(ctx context.Context, h *config.Host) (*Conn, error) {
	return p.await(ctx, place(h), func() (*Conn, error) { return p.dial(h) })
}

// await is the connection under a key, dialled if it is the first time.
func (p *Pool) await(ctx context.Context, key string, dial func() (*Conn, error)) (*Conn, error) {
	a, err := p.attempt(key, dial)
	if err != nil {
		return nil, err
	}
	select {
	case <-a.done:
		return a.conn, a.err
	case <-ctx.Done():
		return nil, shell.Interrupted(ctx, false)
	}
}

// place is what makes two hosts the same one for a pool, whatever they are called: all that
// decides where a connection leads, whom it trusts and who logs in.
func place(h *config.Host) string {
	alike := *h
	alike.Name, alike.Command, alike.From = "", nil, nil
	return fmt.Sprintf("%+v", alike)
}

// attempt is the one attempt under a key, begun if it is the first.
func (p *Pool) attempt(key string, dial func() (*Conn, error)) (*attempt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, &shell.Error{Class: shell.ClassCancelled, Err: errors.New("the pool is closed")}
	}
	if a, ok := p.conns[key]; ok {
		return a, nil
	}
	a := &attempt{done: make(chan struct{})}
	p.conns[key] = a
	p.wg.Go(func() {
		defer close(a.done)
		conn, err := dial()
		if err != nil {
			a.err = shell.AsError(err, shell.ClassClosed)
			return
		}
		a.conn = conn
	})
	return a, nil
}

// Close ends all connections, with what runs on them, and all attempts, and returns when
// none of their goroutines is left. Nothing may be begun on a connection after that.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel(&shell.Error{Class: shell.ClassCancelled, Err: errors.New("interrupted")})
	p.Keys.Close()
	var all sync.WaitGroup
	for _, a := range p.conns {
		all.Go(func() { // side by side: the end of a bastion frees who waits behind it
			<-a.done
			if a.conn != nil {
				a.conn.close()
			}
		})
	}
	all.Wait()
	p.wg.Wait()
}

// slot waits for a place among the logins to one address.
func (p *Pool) slot(ctx context.Context, address string) (release func(), err error) {
	p.mu.Lock()
	places, ok := p.slots[address]
	if !ok {
		places = make(chan struct{}, maxHandshakes)
		p.slots[address] = places
	}
	p.mu.Unlock()
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, shell.Interrupted(ctx, false)
	}
}

func (p *Pool) warn(format string, args ...any) {
	if p.Warn != nil {
		p.Warn(fmt.Sprintf(format, args...))
	}
}

// Bound is how long connecting to a host may take.
func (p *Pool) Bound(h *config.Host) time.Duration {
	switch {
	case p.ConnectTimeout > 0:
		return p.ConnectTimeout
	case h.ConnectTimeout > 0:
		return h.ConnectTimeout
	}
	return DefaultConnectTimeout
}

func address(h *config.Host) string { return net.JoinHostPort(h.HostName, strconv.Itoa(h.Port)) }
