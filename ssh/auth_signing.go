package ssh

import (
	"slices"
	"strings"
)

// signing are the signature algorithms for keys of a type, among those allowed. Only RSA has
// more than one.
func signing(keyType string, allowed []string) []string {
	plain, isCert := strings.CutSuffix(keyType, certificate)
	var all []string
	for _, a := range allowed {
		name, certAlgorithm := strings.CutSuffix(a, certificate)
		isRSA := plain == "ssh-rsa" && strings.HasPrefix(name, "rsa-sha2-")
		if certAlgorithm != isCert || name != plain && !isRSA {
			continue
		}
		if isCert && strings.HasPrefix(name, "sk-") {
			name += "@openssh.com"
		}
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}
