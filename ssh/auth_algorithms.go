package ssh

import (
	"path"
	"slices"
	"strings"
)

const certSuffix = "-cert-v01@openssh.com"

// defaultAlgorithms are OpenSSH 9.2's PubkeyAcceptedAlgorithms, otherAlgorithms what it knows
// besides and does not use unless told to.
var (
	defaultAlgorithms = []string{
		"ssh-ed25519" + certSuffix, "ecdsa-sha2-nistp256" + certSuffix, "ecdsa-sha2-nistp384" + certSuffix, "ecdsa-sha2-nistp521" + certSuffix,
		"sk-ssh-ed25519" + certSuffix, "sk-ecdsa-sha2-nistp256" + certSuffix, "rsa-sha2-512" + certSuffix, "rsa-sha2-256" + certSuffix,
		"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
		"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512", "rsa-sha2-256",
	}
	otherAlgorithms = []string{"ssh-rsa", "ssh-dss", "ssh-rsa" + certSuffix, "ssh-dss" + certSuffix}
)

// allowedAlgorithms is PubkeyAcceptedAlgorithms applied: a list of patterns that replaces the
// default, or with + is added to it, with ^ put in front of it, with - taken away.
func allowedAlgorithms(list string) []string {
	if list == "" {
		return defaultAlgorithms
	}
	patterns := strings.Split(strings.TrimLeft(list, "+-^"), ",")
	if list[0] == '-' {
		return slices.DeleteFunc(slices.Clone(defaultAlgorithms), func(name string) bool {
			return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, name) })
		})
	}
	var named []string
	for _, p := range patterns {
		for _, name := range slices.Concat(defaultAlgorithms, otherAlgorithms) {
			if matches(p, name) {
				named = append(named, name)
			}
		}
	}
	switch list[0] {
	case '+':
		named = slices.Concat(defaultAlgorithms, named)
	case '^':
		named = slices.Concat(named, defaultAlgorithms)
	}
	return named // one may stand in it twice: the first counts
}

// matches is OpenSSH's match_pattern: * and ? are all there is, and these names have no
// character that path.Match would take for something else.
func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// signing are the signature algorithms for keys of a type, among those allowed. Only RSA has
// more than one.
func signing(keyType string, allowed []string) []string {
	plain, isCert := strings.CutSuffix(keyType, certSuffix)
	var all []string
	for _, a := range allowed {
		name, certAlgorithm := strings.CutSuffix(a, certSuffix)
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
