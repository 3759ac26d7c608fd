package ssh

import (
	"path"
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
		*l.names = choose(l.list, *l.names, l.more)
		if len(*l.names) == 0 && lacking == "" {
			lacking = l.keyword + " " + l.list
		}
	}
	return algorithms, lacking
}

// choose applies a list of ssh_config(5) to the defaults: a + in front adds, a - takes away,
// a ^ puts in front, else the list is the choice. Of its names, which may be patterns, those
// count that are known: the defaults and more.
func choose(list string, defaults, more []string) []string {
	if list == "" {
		return defaults
	}
	names := func(list string) []string {
		var all []string
		for pattern := range strings.SplitSeq(list, ",") {
			for _, name := range slices.Concat(defaults, more) {
				if ok, _ := path.Match(pattern, name); ok && !slices.Contains(all, name) {
					all = append(all, name)
				}
			}
		}
		return all
	}
	first, rest := names(list), []string(nil)
	switch list[0] {
	case '+':
		first, rest = defaults, names(list[1:])
	case '^':
		first, rest = names(list[1:]), defaults
	case '-':
		gone := names(list[1:])
		first = slices.DeleteFunc(slices.Clone(defaults), func(name string) bool { return slices.Contains(gone, name) })
	}
	chosen := slices.Clone(first)
	for _, name := range rest {
		if !slices.Contains(chosen, name) {
			chosen = append(chosen, name)
		}
	}
	return chosen
}
