package doctor

import (
	"fmt"
	"slices"
	"strings"
)

// Login is what the launcher saw of a host when it logged in there.
type Login struct {
	Kind, Print string // type and SHA-256 fingerprint of the key that the host has shown; "" if it is not known
	Typed       bool   // a password was typed for it
	Known       []KnownKey
}

// KnownKey is a line of the launcher's known_hosts files with a key for the host's name or its
// address.
type KnownKey struct {
	Name, File  string
	Line        int
	Kind, Print string
}

func (k KnownKey) at() string { return fmt.Sprintf("%s:%d", k.File, k.Line) }

// launchersLogins are the rows of family access about what the launcher has for its logins.
func launchersLogins() []Check {
	return []Check{{
		ID: "access.key", Title: "a key opens every host, and no password has to be typed", run: keyWorks,
		Cause:  "The public key of this account is not in ~/.ssh/authorized_keys there, and sshd takes a password.",
		Effect: "somebody has to be there for every run of sparkops; from cron, or another tool, the host is not reached",
		Cure:   "sparkops push-keys installs the key, and proves that it works.",
	}, {
		ID: "access.known-hosts", Title: "known_hosts of this machine has the keys that the hosts show, and no others", run: staleKeys,
		Cause:  "A host was installed anew, or its address was another machine's before, and the line with the old key was left.",
		Effect: "whoever has that old key is taken for the host; and as soon as another name or type of key is asked for, ssh refuses: REMOTE HOST IDENTIFICATION HAS CHANGED",
		Cure:   "ssh-keygen -R NAME -f FILE takes the lines of a name out; the next login remembers the right one.",
	}}
}

func keyWorks(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.reached() {
		if s.Launcher.Logins[h.Host.Name].Typed {
			all = append(all, Finding{Host: h.Host.Name, Level: Warn, What: "the login needs what somebody types", Do: "sparkops push-keys -w " + word(h.Host.Name)})
		}
	}
	return all
}

// staleKeys compares a line with the key that the host shows where both are of one type: a host
// has a key of each type, and shows one. Of the other types two lines can only disagree.
func staleKeys(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.reached() {
		l := s.Launcher.Logins[h.Host.Name]
		var names, seen, do []string
		tell := func(k KnownKey, why string) {
			command := "ssh-keygen -R " + word(k.Name) + " -f " + word(k.File)
			names, seen, do = addNew(names, k.Name), append(seen, k.at()+": "+k.Kind+" "+k.Print+why), addNew(do, command)
		}
		first := map[string]KnownKey{}
		for _, k := range l.Known {
			f, known := first[k.Name+" "+k.Kind]
			switch {
			case k.Kind == l.Kind && k.Print != l.Print:
				tell(k, "; the host shows "+l.Print)
			case k.Kind != l.Kind && known && f.Print != k.Print:
				tell(k, "; another one at "+f.at())
			case !known:
				first[k.Name+" "+k.Kind] = k
			}
		}
		if len(seen) > 0 {
			all = append(all, Finding{
				Host: h.Host.Name, Level: Warn, Seen: seen, Do: strings.Join(do, " && "),
				What: "known_hosts of this machine has another key for " + strings.Join(names, " and "),
			})
		}
	}
	return all
}

// addNew adds to a list what is not in it.
func addNew(all []string, s string) []string {
	if slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}
