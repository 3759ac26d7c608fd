package ssh

import (
	"crypto/rsa"
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh/config"
)

// curve25519LibSSH is the older name of curve25519-sha256, which x/crypto knows and does not list.
const curve25519LibSSH = "curve25519-sha256@libssh.org"

// algorithmsFor are the algorithms to offer a host. OpenSSH's defaults hold all that x/crypto
// holds for safe, so the defaults are those, in x/crypto's order; what is configured by name
// may also be what it holds for unsafe. lacking is the keyword, with its value, that leaves
// none: only OpenSSH can do what it asks for.
func algorithmsFor(h *config.Host) (algorithms gossh.Algorithms, lacking string) {
	algorithms = gossh.SupportedAlgorithms()
	unsafe := gossh.InsecureAlgorithms()
	for _, l := range []struct {
		keyword, list string
		names         *[]string
		more          []string // known, and not among the defaults
	}{
		{"Ciphers", h.Ciphers, &algorithms.Ciphers, unsafe.Ciphers},
		{"MACs", h.MACs, &algorithms.MACs, unsafe.MACs},
		{"KexAlgorithms", h.KexAlgorithms, &algorithms.KeyExchanges, append(unsafe.KeyExchanges, curve25519LibSSH)},
	} {
		*l.names = chosen(l.list, *l.names, slices.Concat(*l.names, l.more))
		if len(*l.names) == 0 && lacking == "" {
			lacking = l.keyword + " " + l.list
		}
	}
	return algorithms, lacking
}

// chosen is a list of algorithms as configured: + appends to the standard, - takes from it, ^
// puts to its head, and anything else replaces it; patterns stand for those of all.
func chosen(list string, standard, all []string) []string {
	if list == "" {
		return standard
	}
	var patterns []string
	switch named := strings.Split(strings.TrimLeft(list, "+-^"), ","); list[0] {
	case '-':
		return slices.DeleteFunc(slices.Clone(standard), func(algorithm string) bool {
			return slices.ContainsFunc(named, func(pattern string) bool { return config.Glob(pattern, algorithm) })
		})
	case '+':
		patterns = slices.Concat(standard, named)
	case '^':
		patterns = slices.Concat(named, standard)
	default:
		patterns = named
	}
	var found []string
	for _, pattern := range patterns {
		for _, algorithm := range all {
			if config.Glob(pattern, algorithm) && !slices.Contains(found, algorithm) {
				found = append(found, algorithm)
			}
		}
	}
	return found
}

// short is the length in bits of an RSA key, or of the one in a certificate, that is below
// what is required (RequiredRSASize; ssh wants 1024 at least); 0 for any other key.
func short(key gossh.PublicKey, least int) int {
	plain, err := gossh.ParsePublicKey(key.Marshal()) // an agent's is of another type
	if cert, ok := plain.(*gossh.Certificate); ok {
		plain = cert.Key
	}
	parsed, ok := plain.(gossh.CryptoPublicKey)
	if err != nil || !ok {
		return 0
	}
	public, ok := parsed.CryptoPublicKey().(*rsa.PublicKey)
	if !ok || public.N.BitLen() >= max(least, 1024) {
		return 0
	}
	return public.N.BitLen()
}
