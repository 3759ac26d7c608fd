package ssh

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/ssh/config"
)

// order is OpenSSH's PreferredAuthentications, of which only those can be done here.
var order = []string{"publickey", "keyboard-interactive", "password"}

// login is one login: what is offered to the server, and what came of it.
type login struct {
	host    *config.Host
	keyring *Keyring
	ask     Asker       // nil if nobody is to be asked
	clock   clock       // of the connection that is being made
	openssh bool        // its client is there, to go on
	ticket  func() bool // of Kerberos
	fits    func() bool // there is one for this host
	narrow  narrowing   // which keys it may offer

	offers   []*offer // keys, in order
	round    []*offer // those to offer still; a partial success brings all of them back
	last     *offer
	trouble  []string // keys that could not be used, and why
	remedy   string   // what makes a key usable that could not be used
	answered bool     // a password was sent
	beyond   string   // why OpenSSH's client is to go on, though there is something left to try

	steps

	mu       sync.Mutex
	ended    bool
	asks     *answer   // whose turn this login holds until the server has answered
	pending  string    // what it was told then
	recalled []*answer // those that were tried here though another login was told them
}

// steps are what has been tried so far, as sshconnect2.c keeps it.
type steps struct {
	takes    []string // methods, by the server's last word
	left     []string // methods to go to after the current one
	current  string
	tried    map[string]int
	off      map[string]bool
	partial  int
	answers  int   // rounds of keyboard-interactive in this try
	asked    bool  // by the server, in any try
	finished error // nothing more is to be tried
}

// newLogin is a login that offers no keys.
func (p *Pool) newLogin(clock clock, h *config.Host) *login {
	l := &login{host: h, keyring: p.Keys, ask: p.Ask, clock: clock, openssh: p.SSH != "", ticket: p.ticket, steps: steps{tried: map[string]int{}, off: map[string]bool{}}}
	l.fits = sync.OnceValue(func() bool { return p.ticketFor(clock, h) })
	if h.Batch {
		l.ask = nil
	}
	return l
}

// login collects what may be offered to a host.
func (p *Pool) login(clock clock, h *config.Host) (*login, error) {
	l := p.newLogin(clock, h)
	l.off["publickey"] = h.NoPubkey
	l.off["keyboard-interactive"] = h.NoKbdInter
	l.off["password"] = h.NoPassword
	if !h.NoPubkey && slices.Contains(l.preferred(), "publickey") {
		return l, l.collect()
	}
	return l, nil
}

func (l *login) preferred() []string {
	if l.host.PreferredAuth != nil {
		return l.host.PreferredAuth
	}
	return order
}

// method chooses what is tried next on a connection: as OpenSSH, the first method in order
// that the server takes, for as long as it has something to offer, and all over again when the
// server names other methods.
//
// To a host whose key has changed, and which is connected to all the same, no secret is told.
func (l *login) method(conn *hearing, known *verifier) gossh.ClientAuthCallback {
	return func(c *gossh.ClientAuthContext) (gossh.AuthMethod, error) {
		if known.changed() {
			l.off["password"], l.off["keyboard-interactive"] = true, true
		}
		partial := len(c.PartialSuccessMethods) > l.partial
		switch {
		case l.finished != nil:
			return nil, l.finished
		case l.beyond != "":
			return nil, nil
		case conn.over():
			return nil, io.ErrUnexpectedEOF // nobody is asked on behalf of a server that is gone
		case partial:
			l.partial = len(c.PartialSuccessMethods)
			l.settle(true)
			l.again()
		}
		if l.left == nil || !slices.Equal(l.takes, c.AllowedMethods) {
			l.takes, l.left, l.current = c.AllowedMethods, l.preferred(), ""
		}
		for {
			if a := l.try(l.current); a != nil || l.finished != nil {
				return a, l.finished
			}
			i := slices.IndexFunc(l.left, func(m string) bool { return slices.Contains(l.takes, m) })
			if i < 0 {
				return nil, nil
			}
			l.current, l.left = l.left[i], l.left[i+1:]
		}
	}
}

// again brings all keys back after a partial success, the one that made it last.
func (l *login) again() {
	if i := slices.Index(l.offers, l.last); i >= 0 {
		l.round = slices.Concat(l.offers[i+1:], l.offers[:i+1])
	}
	l.last = nil
}

// try is the next attempt by a method, nil if there is none.
func (l *login) try(method string) gossh.AuthMethod {
	if l.off[method] {
		return nil
	}
	var a gossh.AuthMethod
	switch method {
	case "publickey":
		if keys := l.keys(); len(keys) > 0 {
			a = gossh.PublicKeysCallback(func() ([]gossh.Signer, error) { return keys, nil })
		}
	case "keyboard-interactive":
		l.answers = 0
		if l.mayAsk(method) && (l.tried[method] == 0 || l.asked) {
			a = gossh.KeyboardInteractive(l.challenge)
		}
	case "password":
		if l.mayAsk(method) {
			a = gossh.PasswordCallback(l.password)
		}
	}
	l.tried[method]++
	l.off[method] = a == nil
	return a
}

func (l *login) mayAsk(method string) bool {
	return l.ask != nil && l.tried[method] < l.host.Prompts && !l.needless(method)
}

// keys are those to offer next: all that are left of this round. x/crypto gives up at a key
// that cannot sign after all; the rest is then offered by another call. A file that has to be
// decrypted to know its public half waits until it is the next one.
func (l *login) keys() []gossh.Signer {
	if i := slices.Index(l.round, l.last); i >= 0 {
		l.round = l.round[i+1:]
	}
	var all []gossh.Signer
	for i, o := range l.round {
		if o.public == nil && i > 0 {
			break
		}
		if o.public == nil && !o.reveal() {
			l.round = l.round[1:]
			return l.keys()
		}
		all = append(all, o)
	}
	return all
}

// refused says what was offered in vain, and what could not be.
func (l *login) refused(h *config.Host, err error) *shell.Error {
	var offered []string
	for _, o := range l.offers {
		if o.offered {
			offered = append(offered, o.name)
		}
	}
	kept := len(l.offers) - len(offered)
	if l.answered {
		offered = append(offered, "a password")
	}
	if len(offered) == 0 {
		offered = []string{"no key"}
	}
	text := fmt.Sprintf("%s refused the login of %s; offered: %s", address(h), h.User, strings.Join(offered, ", "))
	tooMany := strings.Contains(strings.ToLower(err.Error()), "too many authentication failures")
	if tooMany {
		text += "; too many keys"
	}
	if tooMany && kept > 0 {
		text += fmt.Sprintf(", %d more were not offered", kept)
	}
	for _, why := range l.trouble {
		text += "; " + why
	}
	if l.finished != nil {
		text += "; " + l.finished.Error()
	}
	text += l.unasked()
	hint := "ssh " + h.User + "@" + h.Name + " true"
	switch {
	case tooMany:
		hint = "IdentitiesOnly yes and the right IdentityFile for this host in ~/.ssh/config"
	case l.remedy != "":
		hint = l.remedy
	case len(l.offers) == 0 && !l.answered:
		hint = "ssh-add, or IdentityFile for this host in ~/.ssh/config"
	}
	return shell.Errorf(shell.ClassAuth, hint, "%s", text)
}

// unasked says why the person was not asked, where the server would have taken an answer, or
// which methods it takes, where it takes nothing that can be done here.
func (l *login) unasked() string {
	secret := func(m string) bool {
		return (m == "password" && !l.host.NoPassword || m == "keyboard-interactive" && !l.host.NoKbdInter) && slices.Contains(l.preferred(), m)
	}
	switch {
	case l.ask == nil && slices.ContainsFunc(l.takes, secret) && l.host.Batch:
		return "; password login is off: BatchMode yes"
	case l.ask == nil && slices.ContainsFunc(l.takes, secret):
		return "; password login needs a terminal"
	case len(l.takes) > 0 && !slices.ContainsFunc(l.takes, func(m string) bool { return slices.Contains(order, m) }):
		return "; it takes only " + strings.Join(l.takes, ", ")
	}
	return ""
}
