package commands

import (
	"regexp"
	"slices"
	"strings"

	"sparkops/inventory"
)

// forOne are the lines to type for one host: what stands in front, sudo's terminal, the host, and
// the command, if that is all of the rest.
var forOne = regexp.MustCompile(`^((?:.*[\s(])?)ssh (-t )?([^\s'-]\S*) ('.*'|[^\s']+)$`)

// together is a line to type for the first of several hosts, so that it is for all of them; as it
// is where that cannot be told.
func together(hint string, hosts []string) string {
	first, all := hosts[0], quoteWords([]string{inventory.Fold(hosts)})
	if parts := forOne.FindStringSubmatch(hint); parts != nil && parts[3] == quoteWords([]string{first}) {
		switch front, command := parts[1], parts[4]; {
		case command == "true", strings.Contains(command, first): // it is about ssh; each has a command of its own
			return hint
		case parts[2] != "": // sudo may ask for a password, which takes a terminal
			return front + "for host in " + quoteWords(hosts) + `; do ssh -t "$host" ` + command + "; done"
		default:
			return front + "sparkops exec --role all -w " + all + " -- " + command
		}
	}
	words := strings.Split(hint, " ")
	switch i := slices.Index(words, "-w"); {
	case slices.Equal(words, []string{"ssh-copy-id", first}):
		return "sparkops push-keys -w " + all
	case i > 0 && i+1 < len(words) && words[i+1] == first && slices.Contains(words[:i], "sparkops") && strings.Count(hint, first) == 1:
		words[i+1] = all
		return strings.Join(words, " ")
	}
	return hint
}
