package ssh

import (
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
)

// certificate is what tells the algorithms of certificates.
const certificate = "-cert-v01@openssh.com"

// keyAlgorithms are OpenSSH's (9.2, ssh -Q HostKeyAlgorithms), in the order in which it
// takes them from a pattern.
var keyAlgorithms = strings.Fields(`
	ssh-ed25519 ssh-ed25519-cert-v01@openssh.com sk-ssh-ed25519@openssh.com sk-ssh-ed25519-cert-v01@openssh.com
	ecdsa-sha2-nistp256 ecdsa-sha2-nistp256-cert-v01@openssh.com ecdsa-sha2-nistp384 ecdsa-sha2-nistp384-cert-v01@openssh.com
	ecdsa-sha2-nistp521 ecdsa-sha2-nistp521-cert-v01@openssh.com sk-ecdsa-sha2-nistp256@openssh.com
	sk-ecdsa-sha2-nistp256-cert-v01@openssh.com webauthn-sk-ecdsa-sha2-nistp256@openssh.com ssh-dss ssh-dss-cert-v01@openssh.com
	ssh-rsa ssh-rsa-cert-v01@openssh.com rsa-sha2-256 rsa-sha2-256-cert-v01@openssh.com rsa-sha2-512 rsa-sha2-512-cert-v01@openssh.com`)

// standardKeys are what OpenSSH takes where nothing is configured, of hosts
// (HostKeyAlgorithms) and of users (PubkeyAcceptedAlgorithms), the preferred first. x/crypto
// has another order: the order decides by which key a host is remembered.
var standardKeys = strings.Fields(`
	ssh-ed25519-cert-v01@openssh.com ecdsa-sha2-nistp256-cert-v01@openssh.com ecdsa-sha2-nistp384-cert-v01@openssh.com
	ecdsa-sha2-nistp521-cert-v01@openssh.com sk-ssh-ed25519-cert-v01@openssh.com sk-ecdsa-sha2-nistp256-cert-v01@openssh.com
	rsa-sha2-512-cert-v01@openssh.com rsa-sha2-256-cert-v01@openssh.com
	ssh-ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 sk-ssh-ed25519@openssh.com
	sk-ecdsa-sha2-nistp256@openssh.com rsa-sha2-512 rsa-sha2-256`)

// standardAuthorities are the algorithms with which an authority may sign a certificate.
var standardAuthorities = strings.Fields(`
	ssh-ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 sk-ssh-ed25519@openssh.com
	sk-ecdsa-sha2-nistp256@openssh.com rsa-sha2-512 rsa-sha2-256`)

// offer is what is offered to the server: of the configured algorithms first those of known
// keys, so that it shows a key that can be compared, and those of certificates where an
// authority is known. The rest stays: it is what the server may have instead, which then is
// a changed key and not a failed negotiation. As with OpenSSH, a list that says itself what
// comes first is left in its order, and so is one whose best type is known.
func (v *verifier) offer() ([]string, error) {
	list := v.host.HostKeyAlgorithms
	all := chosen(list, standardKeys, keyAlgorithms)
	if len(all) > 0 && (list == "" || list[0] == '+' || list[0] == '-') && !v.knows(all[0]) {
		authority := slices.ContainsFunc(v.known, func(k knownKey) bool { return k.marker == authorityMarker })
		first := func(algorithm string) bool {
			return authority && strings.Contains(algorithm, certificate) || v.knows(algorithm)
		}
		last := slices.DeleteFunc(slices.Clone(all), first)
		all = append(slices.DeleteFunc(slices.Clone(all), func(algorithm string) bool { return !first(algorithm) }), last...)
	}
	able := slices.Concat(gossh.SupportedAlgorithms().HostKeys, gossh.InsecureAlgorithms().HostKeys)
	all = slices.DeleteFunc(slices.Clone(all), func(algorithm string) bool { return !slices.Contains(able, algorithm) })
	if len(all) == 0 { // x/crypto would take its own
		return nil, shell.Errorf(shell.ClassConfig, "look at HostKeyAlgorithms in ~/.ssh/config", "HostKeyAlgorithms %s: none of them is supported here", list)
	}
	return all, nil
}

// knows reports whether a key of an algorithm's type is known; a certificate counts as the
// key in it, which is compared where no authority vouches for it.
func (v *verifier) knows(algorithm string) bool {
	plain := keyType(algorithm)
	return slices.ContainsFunc(v.known, func(k knownKey) bool { return k.marker == "" && k.key.Type() == plain })
}

// keyType is the type of the plain keys behind an algorithm.
func keyType(algorithm string) string {
	plain, isCert := strings.CutSuffix(algorithm, certificate)
	switch {
	case strings.HasPrefix(plain, "rsa-sha2-"):
		return gossh.KeyAlgoRSA
	case isCert && strings.HasPrefix(plain, "sk-"):
		return plain + "@openssh.com"
	}
	return plain
}
