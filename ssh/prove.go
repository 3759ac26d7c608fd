package ssh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"sparkops/shell"
	"sparkops/ssh/config"
)

var (
	// ErrNoPrivateKey is why a login with one key alone was not tried: nothing here can sign with it.
	ErrNoPrivateKey = errors.New("nothing here can sign with the key")
	// ErrOpenSSHOnly is why a login with chosen keys was not tried: only OpenSSH's client can
	// reach the host, and that offers every key of its configuration.
	ErrOpenSSHOnly = errors.New("only OpenSSH's client can reach it, which cannot be told to offer just that")
)

// narrowing is which keys a login may offer. The zero value is all of them.
type narrowing struct{ only, but gossh.PublicKey }

// permits reports whether the login may offer a key. A certificate is another key than the one
// it is about: the server knows it by its authority.
func (l *login) permits(public gossh.PublicKey) bool {
	switch n := l.narrow; {
	case n.only != nil:
		return same(n.only, public)
	case n.but != nil:
		return !same(n.but, public)
	}
	return true
}

// OnlyKey is Connect with a login of its own that offers one key and nothing else: no other
// key, no password, and no connection that is open already. file has the private half, ""
// where an agent holds it. Bastions are reached as ever.
func (p *Pool) OnlyKey(ctx context.Context, h *config.Host, key gossh.PublicKey, file string) (*Conn, error) {
	one := *h
	one.NoPassword, one.NoKbdInter, one.NoPubkey, one.GSSAPI = true, true, false, false
	one.PreferredAuth, one.Certificates = []string{"publickey"}, nil
	one.Identities, one.IdentitiesSet = nil, true
	if file != "" {
		one.Identities = []string{file}
	}
	return p.narrowed(ctx, &one, narrowing{only: key})
}

// ButKey is Connect with a login of its own that offers all that is configured, passwords
// too, but not that key.
func (p *Pool) ButKey(ctx context.Context, h *config.Host, key gossh.PublicKey) (*Conn, error) {
	others := *h
	return p.narrowed(ctx, &others, narrowing{but: key})
}

// narrowed connects to h, which is the caller's own copy. Ways to log in that only OpenSSH's
// client has are left out.
func (p *Pool) narrowed(ctx context.Context, h *config.Host, n narrowing) (*Conn, error) {
	h.ControlPath = ""
	h.NeedSSH = slices.DeleteFunc(slices.Clone(h.NeedSSH), func(keyword string) bool {
		return slices.Contains([]string{"gssapiauthentication", "hostbasedauthentication", "pkcs11provider", "securitykeyprovider"}, keyword)
	})
	key, named := n.only, "only "
	if key == nil {
		key, named = n.but, "but "
	}
	named += gossh.FingerprintSHA256(key)
	return p.await(ctx, named+" "+place(h), func() (*Conn, error) { return p.dialNarrowed(h, n) })
}

func (p *Pool) dialNarrowed(h *config.Host, n narrowing) (*Conn, error) {
	why := strings.Join(h.NeedSSH, ", ")
	if _, lacking := algorithmsFor(h); why == "" {
		why = lacking
	}
	if why != "" {
		return nil, beyondHere(why)
	}
	conn, err := p.directAs(h, func(clock clock, h *config.Host) (*login, error) {
		l, err := p.login(clock, h)
		if err != nil {
			return l, err
		}
		return l, l.narrowTo(n)
	})
	if none, ok := errors.AsType[*gossh.AlgorithmNegotiationError](err); ok {
		return nil, beyondHere(foreign(none))
	}
	return conn, err
}

// narrowTo leaves of what the login would offer what n permits.
func (l *login) narrowTo(n narrowing) error {
	l.narrow, l.openssh = n, false
	l.offers = slices.DeleteFunc(l.offers, func(o *offer) bool {
		token := o.path != "" && onToken(o.public) // a file of a FIDO token
		return token || o.public != nil && !l.permits(o.public)
	})
	l.round = l.offers
	if n.only == nil || len(l.offers) > 0 {
		return nil
	}
	return &shell.Error{Class: shell.ClassAuth, Hint: l.remedy,
		Err: fmt.Errorf("%w: %s", ErrNoPrivateKey, cmp.Or(strings.Join(l.trouble, "; "), "its private half is in no file and not in the agent"))}
}

func beyondHere(why string) error {
	return &shell.Error{Class: shell.ClassConfig, Err: fmt.Errorf("%w: %s", ErrOpenSSHOnly, why)}
}

// Unlock opens a key file, so that nobody is asked for a passphrase that is known already. It
// reports whether the file is locked with this one; ctx bounds the reading.
func (k *Keyring) Unlock(ctx context.Context, path, passphrase string) bool {
	f, err := k.file(ctx, path)
	return err == nil && f.locked != nil && f.try(passphrase)
}

// AgentKey is a key that an agent holds.
type AgentKey struct {
	Public  gossh.PublicKey
	Comment string
}

// Agent lists the keys of the agent behind a socket, certificates left out; none for "".
func (k *Keyring) Agent(socket string) ([]AgentKey, error) {
	held, err := k.agent(socket)
	var all []AgentKey
	for _, s := range held {
		public, parsed := gossh.ParsePublicKey(s.PublicKey().Marshal())
		if _, isCert := public.(*gossh.Certificate); parsed != nil || isCert {
			continue
		}
		a := AgentKey{Public: public}
		if named, ok := s.PublicKey().(*agent.Key); ok {
			a.Comment = named.Comment
		}
		all = append(all, a)
	}
	return all, err
}
