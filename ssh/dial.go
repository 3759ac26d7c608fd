package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"syscall"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/ssh/config"
)

// maxTries is how often a connection is tried that was cut before the host key was seen:
// sshd drops connections above MaxStartups.
const maxTries = 5

// dial makes the connection to a host: over the user's own live master, else with OpenSSH's
// client where only that can do what is configured or what the server asks for, else by itself.
func (p *Pool) dial(h *config.Host) (*Conn, error) {
	if conn := p.attach(h); conn != nil {
		return conn, nil
	}
	why := strings.Join(h.NeedSSH, ", ")
	if _, lacking := algorithmsFor(h); why == "" {
		why = lacking
	}
	if why != "" {
		conn, err := p.withOpenSSH(h, why)
		return conn, p.ticketless(h, err)
	}
	conn, err := p.direct(h)
	if none, ok := errors.AsType[*gossh.AlgorithmNegotiationError](err); ok {
		return p.withOpenSSH(h, foreign(none))
	}
	if refused, ok := errors.AsType[*beyondError](err); ok {
		return p.goOn(h, refused)
	}
	return conn, err
}

// direct makes the connection to a host by itself.
func (p *Pool) direct(h *config.Host) (*Conn, error) { return p.directAs(h, p.login) }

// directAs is direct with the login that prepare makes; it makes one also where it fails.
func (p *Pool) directAs(h *config.Host, prepare func(clock, *config.Host) (*login, error)) (*Conn, error) {
	t, err := p.setOut(h, true)
	if err != nil {
		return nil, err
	}
	defer t.end()
	login, err := prepare(t, h)
	defer login.end()
	if err != nil {
		return nil, err
	}
	release, err := t.place(address(h))
	if err != nil {
		return nil, err
	}
	defer release()
	known, err := p.verifier(t, h)
	if err != nil {
		return nil, err
	}
	return retry(t, h, func() (*Conn, error) { return p.dialOnce(t, h, t.bastion, login, known) })
}

// retry calls once, again where that can do no harm.
func retry(ctx context.Context, h *config.Host, once func() (*Conn, error)) (*Conn, error) {
	pause := 200 * time.Millisecond
	var met error // by the tries so far
	for try := 1; ; try++ {
		conn, err := once()
		if err != nil && met != nil && ctx.Err() != nil {
			return nil, met // it says more than the clock
		}
		wait := again(err, h, try, pause)
		if wait == 0 {
			return conn, err
		}
		met = err
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, met
		}
		pause = min(2*pause, 3*time.Second)
	}
}

// again is how long to wait before the next try, 0 if there is to be none.
func again(err error, h *config.Host, try int, pause time.Duration) time.Duration {
	_, cut := errors.AsType[*cutError](err)
	_, down := errors.AsType[*downError](err)
	switch {
	case cut && try < max(maxTries, h.Attempts):
		return pause/2 + rand.N(pause)
	case down && try < h.Attempts:
		return time.Second // as ssh
	}
	return 0
}

// cutError is a connection that ended before its host key was seen: the one failure after
// which another try cannot do harm.
type cutError struct{ error }

func (e *cutError) Unwrap() error { return e.error }

func (p *Pool) dialOnce(ctx context.Context, h *config.Host, bastion *Conn, login *login, known *verifier) (*Conn, error) {
	raw, err := p.open(ctx, h, bastion)
	if err != nil {
		return nil, err
	}
	heard := &hearing{Conn: raw}
	client, err := p.handshake(ctx, heard, h, login, known)
	if err != nil {
		err = explainProxy(heard, h, err)
		raw.Close()
		return nil, err
	}
	conn := p.newConn(client, h, heard.banners())
	conn.key, conn.address, conn.typed = known.shown(), knownAs(h, raw.RemoteAddr()), login.answered
	return conn, nil
}

// open opens the byte stream to a host: TCP, a command, or a channel through its bastion.
func (p *Pool) open(ctx context.Context, h *config.Host, bastion *Conn) (net.Conn, error) {
	switch {
	case bastion != nil:
		return through(ctx, bastion, h)
	case h.ProxyCommand != "":
		return p.proxy(h)
	}
	return tcp(ctx, h)
}

// handshake verifies the host and logs in. ctx ends it by closing the connection, which
// frees also what waits for a bastion, whose channels know no deadlines.
func (p *Pool) handshake(ctx context.Context, conn *hearing, h *config.Host, login *login, known *verifier) (*gossh.Client, error) {
	algorithms, _ := algorithmsFor(h)
	clientConfig := &gossh.ClientConfig{
		Config:            gossh.Config{KeyExchanges: algorithms.KeyExchanges, Ciphers: algorithms.Ciphers, MACs: algorithms.MACs},
		User:              h.User,
		AuthCallback:      login.method(conn, known),
		HostKeyCallback:   known.check,
		HostKeyAlgorithms: known.algorithms,
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
		login.settle(true)
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
		return login.further(e)
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
