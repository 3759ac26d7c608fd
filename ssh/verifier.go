package ssh

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/ssh/config"
)

// verifier gives the verdict on the host key of one connection.
type verifier struct {
	hosts      *KnownHosts
	host       *config.Host
	ctx        context.Context // of the connection
	warn       func(format string, args ...any)
	known      []knownKey // about the name with its port
	bare       []knownKey // about the name alone, where the port is not 22
	unread     error      // a file that cannot be read
	algorithms []string   // to be offered

	revocations *revocations // nil where none are configured
	keygen      string       // the ssh-keygen that reads lists of them, "" for none

	ask    func(key gossh.PublicKey) error                           // asks the person; nil is nobody there
	hold   func(limit time.Duration, silence error) (release func()) // holds the bound of the connection
	arrive func()                                                    // tells that the key is there
	met    func(key gossh.PublicKey)                                 // is told of a new key that is taken unasked; nil is nobody

	mu      sync.Mutex
	checked bool
	key     gossh.PublicKey // that the server has shown
	differs bool
	refused *shell.Error
}

// of prepares the verdict for a host: the lines about it are looked for once.
// ctx bounds the reading of files, and the verdict.
func (k *KnownHosts) of(ctx context.Context, h *config.Host, warn func(string, ...any)) (*verifier, error) {
	v := &verifier{hosts: k, host: h, ctx: ctx, warn: warn}
	files, err := k.filesOf(ctx, h)
	if err != nil {
		return nil, err
	}
	if v.revocations, err = k.revocations(ctx, h.RevokedHostKeys); err != nil {
		return nil, err
	}
	all := names(h)
	v.known, v.unread = k.about(all[0], files)
	if len(all) > 1 {
		v.bare, _ = k.about(all[1], files)
	}
	return v, nil
}

// check is the [gossh.HostKeyCallback].
func (v *verifier) check(_ string, remote net.Addr, key gossh.PublicKey) error {
	v.arrive()
	v.mu.Lock()
	v.checked, v.key = true, key
	v.mu.Unlock()
	refused := v.verdict(remote, key) // it may ask: nobody else is to wait for that
	v.mu.Lock()
	defer v.mu.Unlock()
	v.refused = refused
	if refused != nil {
		return refused
	}
	return nil
}

func (v *verifier) verdict(remote net.Addr, key gossh.PublicKey) *shell.Error {
	shown, parts := key, parts(key)
	cert, isCert := key.(*gossh.Certificate)
	if isCert {
		key = cert.Key // OpenSSH falls back to the key in a certificate that no authority vouches for
	}
	if v.revocations != nil {
		release := v.hold(2*listBound, nil) // ssh-keygen may be asked, which says nothing about the host
		err := v.revocations.against(v.ctx, v.keygen, shown)
		release()
		if ended, ok := errors.AsType[*shell.Error](err); ok {
			return ended
		}
		if err != nil {
			return v.refuse("", "the host key of %s, %s: %w", address(v.host), gossh.FingerprintSHA256(key), err)
		}
	}
	if bits := short(key, v.host.MinRSA); bits > 0 {
		return v.refuse("a longer key for the host, or a smaller RequiredRSASize in ~/.ssh/config", "the host key of %s is an RSA key of %d bits", address(v.host), bits)
	}
	if v.host.NoHostAuthForLocal && v.host.HostKeyAlias == "" && loopback(remote) {
		return nil
	}
	for _, k := range slices.Concat(v.known, v.bare) {
		if k.marker == revokedMarker && slices.ContainsFunc(parts, func(part gossh.PublicKey) bool { return same(k.key, part) }) {
			return v.refuse("", "the host key of %s is revoked at %s", address(v.host), k.at())
		}
	}
	if isCert && v.vouched(cert) || listed(v.known, key) {
		return nil
	}
	if old, changed := v.other(key); changed {
		return v.different(old, key)
	}
	if listed(v.bare, key) {
		return nil
	}
	return v.unknown(key)
}

// different is the verdict on a key where another one is known.
func (v *verifier) different(old knownKey, key gossh.PublicKey) *shell.Error {
	if v.host.Strict == config.No {
		v.mu.Lock()
		v.differs = true
		v.mu.Unlock()
		v.warn("%s: the host key has changed; the known one is at %s. StrictHostKeyChecking no: connected all the same", v.host.Name, old.at())
		return nil
	}
	var remove []string
	for _, k := range v.known {
		command := "ssh-keygen -R " + shell.Quote(names(v.host)[0]) + " -f " + word(k.file)
		if k.marker == "" && !slices.Contains(remove, command) {
			remove = append(remove, command)
		}
	}
	return v.refuse("if the change is right: "+strings.Join(remove, " && "),
		"the host key of %s has changed: %s, not the one at %s", address(v.host), gossh.FingerprintSHA256(key), old.at())
}

// word is a path as one word of sh, in quotes only where it needs them.
func word(path string) string {
	if strings.ContainsFunc(path, func(r rune) bool {
		return !strings.ContainsRune("/._-+,:@%", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		return shell.Quote(path)
	}
	return path
}

// unknown is the verdict on a key where none is known.
func (v *verifier) unknown(key gossh.PublicKey) *shell.Error {
	shown := gossh.FingerprintSHA256(key)
	hint, why := notKnown(v.host, shown)
	switch {
	case v.unread != nil && v.host.Strict != config.No: // it may know another key
		return v.refuse("", "%w; %w", why, v.unread)
	case v.host.Strict == config.AcceptNew || v.host.Strict == config.No:
		if v.met != nil {
			v.met(key)
		}
	case v.host.Strict == config.Ask && v.ask != nil:
		release := v.hold(answerBound, nil)
		err := v.ask(key)
		release()
		if ended, ok := errors.AsType[*shell.Error](err); ok {
			return ended // the time is over, or the user interrupted
		}
		if err != nil {
			return v.refuse(hint, "%w; %w", why, err)
		}
	default:
		return v.refuse(hint+"; or StrictHostKeyChecking accept-new in ~/.ssh/config", "%w", why)
	}
	defer v.hold(2*queueBound, nil)() // who holds the lock of a file says nothing about the host
	if err := v.hosts.add(v.ctx, v.host, key); err != nil {
		v.warn("%s: its host key %s could not be remembered: %v", v.host.Name, shown, err)
	}
	return nil
}

func (v *verifier) refuse(hint, format string, args ...any) *shell.Error {
	return shell.Errorf(shell.ClassHostKey, hint, format, args...)
}

// loopback reports whether a connection ends on this machine. One through a bastion or a
// command has no such address.
func loopback(remote net.Addr) bool {
	tcp, ok := remote.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// listed reports whether the key is one of those known.
func listed(known []knownKey, key gossh.PublicKey) bool {
	return slices.ContainsFunc(known, func(k knownKey) bool { return k.marker == "" && same(k.key, key) })
}

// other is a key that is known instead. The name without its port can vouch for a key, and
// says nothing against one.
func (v *verifier) other(key gossh.PublicKey) (knownKey, bool) {
	var found *knownKey
	for i, k := range v.known {
		if k.marker == "" && (found == nil || k.key.Type() == key.Type()) {
			found = &v.known[i]
		}
	}
	if found == nil {
		return knownKey{}, false
	}
	return *found, true
}

// vouched reports whether a known authority has signed the certificate for this host.
func (v *verifier) vouched(cert *gossh.Certificate) bool {
	checker := gossh.CertChecker{IsHostAuthority: func(authority gossh.PublicKey, _ string) bool {
		return slices.ContainsFunc(slices.Concat(v.known, v.bare), func(k knownKey) bool {
			return k.marker == authorityMarker && same(k.key, authority)
		})
	}}
	name := v.host.HostName
	if v.host.HostKeyAlias != "" {
		name = v.host.HostKeyAlias
	}
	algorithms := chosen(v.host.CASignatureAlgorithms, standardAuthorities, keyAlgorithms)
	return cert.CertType == gossh.HostCert && slices.Contains(algorithms, cert.Signature.Format) && checker.IsHostAuthority(cert.SignatureKey, "") && checker.CheckCert(name, cert) == nil
}

// seen reports whether the server has shown its key.
func (v *verifier) seen() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.checked
}

// refusal is why the key was refused, nil if it was not.
func (v *verifier) refusal() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.refused == nil {
		return nil
	}
	return v.refused
}

// changed reports whether the connection goes on though the key is not the known one: then,
// as with OpenSSH, nothing may be typed into it that an impostor could use.
func (v *verifier) changed() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.differs
}
