package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"syscall"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/ssh/config"
)

// maxTries is how often a connection is tried that was cut before the host key was seen:
// sshd drops connections above MaxStartups.
const maxTries = 5

// dial makes the connection to a host within its bound, which does not count the time that
// its bastion takes, or an agent: they have bounds of their own.
func (p *Pool) dial(h *config.Host) (*Conn, error) {
	bastion, err := p.bastion(h)
	if err != nil {
		return nil, err
	}
	login := p.Keys.login(h)
	bound := p.bound(h)
	late := shell.Errorf(shell.ClassTimeout, "ssh "+h.Name+" true", "no answer from %s in %v", address(h), bound)
	ctx, cancel := context.WithTimeoutCause(p.ctx, bound, late)
	defer cancel()
	release, err := p.slot(ctx, address(h))
	if err != nil {
		return nil, err
	}
	defer release()
	pause := 200 * time.Millisecond
	var met error // by the tries so far
	for try := 1; ; try++ {
		conn, err := p.dialOnce(ctx, h, bastion, login)
		if err != nil && met != nil && ctx.Err() != nil {
			return nil, met // it says more than the clock
		}
		var cut *cutError
		if err == nil || !errors.As(err, &cut) || try == maxTries {
			return conn, err
		}
		met = err
		select {
		case <-time.After(pause/2 + rand.N(pause)):
		case <-ctx.Done():
			return nil, met
		}
		pause = min(2*pause, 3*time.Second)
	}
}

// cutError is a connection that ended before its host key was seen: the one failure after
// which another try cannot do harm.
type cutError struct{ error }

func (e *cutError) Unwrap() error { return e.error }

func (p *Pool) dialOnce(ctx context.Context, h *config.Host, bastion *Conn, login *login) (*Conn, error) {
	raw, err := open(ctx, h, bastion)
	if err != nil {
		return nil, err
	}
	heard := &hearing{Conn: raw}
	client, err := p.handshake(ctx, heard, h, login)
	if err != nil {
		raw.Close()
		return nil, err
	}
	return newConn(client, h, p.bound(h), heard.banners()), nil
}

// open opens the byte stream to a host: TCP, or a channel through its bastion.
func open(ctx context.Context, h *config.Host, bastion *Conn) (net.Conn, error) {
	if bastion != nil {
		return through(ctx, bastion, h)
	}
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", address(h))
	if err == nil {
		return raw, nil
	}
	if errors.Is(err, context.DeadlineExceeded) {
		<-ctx.Done() // the dialer has looked at the clock before ctx did
	}
	if ctx.Err() != nil {
		return nil, shell.Interrupted(ctx, false)
	}
	hint := "ssh " + h.Name + " true"
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return nil, shell.Errorf(shell.ClassDNS, "getent hosts "+h.HostName, "%s: %s", h.HostName, dns.Err)
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil, shell.Errorf(shell.ClassRefused, "is sshd running there? "+hint, "%s refused the connection", address(h))
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	return nil, shell.Errorf(shell.ClassTimeout, hint, "no way to %s: %w", address(h), err)
}

// handshake verifies the host and logs in. ctx ends it by closing the connection, which
// frees also what waits for a bastion, whose channels know no deadlines.
func (p *Pool) handshake(ctx context.Context, conn *hearing, h *config.Host, login *login) (*gossh.Client, error) {
	known := p.KnownHosts.of(h, p.warn)
	algorithms := gossh.SupportedAlgorithms()
	clientConfig := &gossh.ClientConfig{
		Config:            gossh.Config{KeyExchanges: algorithms.KeyExchanges, Ciphers: algorithms.Ciphers, MACs: algorithms.MACs},
		User:              h.User,
		Auth:              []gossh.AuthMethod{gossh.PublicKeys(login.signers...)},
		HostKeyCallback:   known.check,
		HostKeyAlgorithms: known.order(algorithms.HostKeys),
		ClientVersion:     "SSH-2.0-sparkops",
		BannerCallback:    conn.heed,
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	type made struct {
		client *gossh.Client
		err    error
	}
	result := make(chan made, 1)
	p.wg.Go(func() {
		c, chans, reqs, err := gossh.NewClientConn(conn, address(h), clientConfig)
		if err != nil {
			result <- made{err: err}
			return
		}
		result <- made{client: gossh.NewClient(c, chans, reqs)}
	})
	select {
	case m := <-result:
		if m.err != nil {
			return nil, p.explain(ctx, h, conn, known, login, m.err)
		}
		if !stop() { // the bound has passed at the last moment
			m.client.Close()
			return nil, shell.Interrupted(ctx, false)
		}
		return m.client, nil
	case <-ctx.Done(): // an agent that hangs is not freed by closing the connection
		return nil, p.explain(ctx, h, conn, known, login, ctx.Err())
	}
}

// explain gives an error of the handshake its class.
func (p *Pool) explain(ctx context.Context, h *config.Host, conn *hearing, known *verifier, login *login, err error) error {
	if refused := known.refusal(); refused != nil {
		return refused
	}
	if ctx.Err() != nil {
		e := shell.Interrupted(ctx, false)
		if e.Class == shell.ClassTimeout {
			e.Err = fmt.Errorf("%w%s", e.Err, conn.quote())
		}
		return e
	}
	hint := "ssh -v " + h.Name + " true"
	switch cut := wasCut(err); {
	case known.seen() && cut:
		return shell.Errorf(shell.ClassClosed, hint, "%s closed the connection during the login of %s%s", address(h), h.User, conn.quote())
	case known.seen():
		e := login.refused(h, err)
		e.Err = fmt.Errorf("%w%s", e.Err, conn.quote())
		return e
	case cut:
		return &cutError{shell.Errorf(shell.ClassClosed, hint, "%s closed the connection%s", address(h), conn.quote())}
	}
	return shell.Errorf(shell.ClassClosed, hint, "%s does not speak SSH as it should: %w%s", address(h), err, conn.quote())
}

// wasCut reports whether the connection ended, rather than said something wrong. Where it
// ended while something was written, gossh has closed it and says so.
func wasCut(err error) bool {
	return errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
