package ssh

import (
	"net"
	"slices"
	"strings"
	"sync"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/ssh/config"
)

// verifier gives the verdict on the host key of one connection.
type verifier struct {
	hosts *KnownHosts
	host  *config.Host
	warn  func(format string, args ...any)
	known []knownKey // about the name with its port
	bare  []knownKey // about the name alone, where the port is not 22
	err   error      // a file that cannot be read

	mu      sync.Mutex
	checked bool
	refused *shell.Error
}

// of prepares the verdict for a host: the lines about it are looked for once.
func (k *KnownHosts) of(h *config.Host, warn func(string, ...any)) *verifier {
	v := &verifier{hosts: k, host: h, warn: warn}
	all := names(h)
	if v.known, v.err = k.about(h, all[0]); v.err == nil && len(all) > 1 {
		v.bare, v.err = k.about(h, all[1])
	}
	return v
}

// order puts the algorithms of known keys first, so that the server shows a key that can be
// compared; where an authority is known, those of certificates. The rest stays: it is what
// the server may have instead, which then is a changed key and not a failed negotiation.
func (v *verifier) order(supported []string) []string {
	var first []string
	for _, k := range slices.Concat(v.known, v.bare) {
		for _, algorithm := range supported {
			isCert := strings.Contains(algorithm, "-cert-")
			if k.marker == "@cert-authority" && isCert || k.marker == "" && !isCert && algorithmOf(algorithm) == k.key.Type() {
				first = append(first, algorithm)
			}
		}
	}
	var all []string
	rest := slices.Clone(supported)
	slices.SortStableFunc(rest, func(a, b string) int { return rank(a) - rank(b) })
	for _, algorithm := range append(first, rest...) {
		if !slices.Contains(all, algorithm) {
			all = append(all, algorithm)
		}
	}
	return all
}

// algorithmOf is the key type of a signature algorithm.
func algorithmOf(algorithm string) string {
	if algorithm == gossh.KeyAlgoRSASHA256 || algorithm == gossh.KeyAlgoRSASHA512 {
		return gossh.KeyAlgoRSA
	}
	return algorithm
}

// check is the [gossh.HostKeyCallback].
func (v *verifier) check(_ string, _ net.Addr, key gossh.PublicKey) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.checked = true
	v.refused = v.verdict(key)
	if v.refused != nil {
		return v.refused
	}
	return nil
}

func (v *verifier) verdict(key gossh.PublicKey) *shell.Error {
	if v.err != nil {
		return v.refuse("", "%w", v.err)
	}
	cert, isCert := key.(*gossh.Certificate)
	if isCert {
		key = cert.Key // OpenSSH falls back to the key in a certificate that no authority vouches for
	}
	for _, k := range slices.Concat(v.known, v.bare) {
		if k.marker == "@revoked" && (same(k.key, key) || isCert && same(k.key, cert.SignatureKey)) {
			return v.refuse("", "the host key of %s is revoked at %s", address(v.host), k.at())
		}
	}
	if isCert && v.vouched(cert) || listed(v.known, key) {
		return nil
	}
	old, changed := v.other(key)
	switch {
	case changed:
		if v.host.Strict == config.No {
			v.warn("%s: the host key has changed; the known one is at %s. StrictHostKeyChecking no: connected all the same", v.host.Name, old.at())
			return nil
		}
		return v.refuse("if the change is right: ssh-keygen -R '"+names(v.host)[0]+"' -f "+old.file,
			"the host key of %s has changed: %s, not the one at %s", address(v.host), gossh.FingerprintSHA256(key), old.at())
	case listed(v.bare, key):
		return nil
	case v.host.Strict == config.AcceptNew || v.host.Strict == config.No:
		if err := v.hosts.add(v.host, key); err != nil {
			v.warn("%s: its host key %s could not be remembered: %v", v.host.Name, gossh.FingerprintSHA256(key), err)
		}
		return nil
	}
	return v.refuse("ssh "+v.host.Name+" true, and compare the fingerprint; or StrictHostKeyChecking accept-new in ~/.ssh/config",
		"the host key of %s is not known: %s", address(v.host), gossh.FingerprintSHA256(key))
}

func (v *verifier) refuse(hint, format string, args ...any) *shell.Error {
	return shell.Errorf(shell.ClassHostKey, hint, format, args...)
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
			return k.marker == "@cert-authority" && same(k.key, authority)
		})
	}}
	name := v.host.HostName
	if v.host.HostKeyAlias != "" {
		name = v.host.HostKeyAlias
	}
	return cert.CertType == gossh.HostCert && checker.IsHostAuthority(cert.SignatureKey, "") && checker.CheckCert(name, cert) == nil
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

// preferred are the key types in OpenSSH's order, which is not x/crypto's: it decides by which
// key a host is remembered that has several.
var preferred = []string{
	"ed25519-cert", "nistp256-cert", "nistp384-cert", "nistp521-cert", "512-cert", "256-cert",
	"ed25519", "nistp256", "nistp384", "nistp521", "rsa-sha2-512", "rsa-sha2-256",
}

func rank(algorithm string) int {
	i := slices.IndexFunc(preferred, func(part string) bool { return strings.Contains(algorithm, part) })
	if i < 0 {
		return len(preferred)
	}
	return i
}
