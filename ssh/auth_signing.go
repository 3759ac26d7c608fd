package ssh

import (
	"slices"
	"strings"
)

// signing are the signature algorithms for keys of a type, among those allowed. Only RSA has
// more than one.
func signing(ofKey string, allowed []string) []string {
	isCert := strings.HasSuffix(ofKey, certificate)
	var all []string
	for _, a := range allowed {
		name, certAlgorithm := strings.CutSuffix(a, certificate)
		if certAlgorithm != isCert || keyType(a) != keyType(ofKey) {
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
