package keys

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"sparkops/shell"
)

// Facts are what a host's account has to do with keys, as its user can see it.
type Facts struct {
	User, UID, Home string
	SELinux         string // Enforcing, Permissive, Disabled or ""
	Log             string // sshd's last word about a refused key
	Parts           []Part // authorized_keys, then the directories above it up to the home
	Settings        []Setting
	Unreadable      []string // files of sshd's configuration
}

// Part is one step of a path.
type Part struct{ Path, Mode, Owner, Context string }

// Setting is a line of sshd's configuration.
type Setting struct{ Name, Value, At, Match string }

// ReadFacts reads the answer to Explain.
func ReadFacts(stdout []byte) (Facts, error) {
	records, err := shell.Records(stdout)
	var f Facts
	for _, r := range records {
		switch r["kind"] {
		case "account":
			f.User, f.UID, f.Home, f.SELinux, f.Log = r["user"], r["uid"], r["home"], r["selinux"], r["log"]
		case "part":
			f.Parts = append(f.Parts, Part{r["path"], r["mode"], r["owner"], r["context"]})
		case "setting":
			f.Settings = append(f.Settings, Setting{r["name"], r["value"], r["at"], r["match"]})
		case "unreadable":
			f.Unreadable = append(f.Unreadable, r["path"])
		}
	}
	return f, err
}

// Verdict is why sshd does not take a key that is in authorized_keys: all that speaks
// against it, the surest first, and what to do about the first. No reason found is no reasons.
func (f Facts) Verdict(k Key) (reasons []string, hint string) {
	for _, look := range []func(Key) (string, string){f.denied, f.method, f.elsewhere, f.modes, f.context, f.algorithm} {
		why, do := look(k)
		if why == "" {
			continue
		}
		reasons = append(reasons, why)
		if hint == "" {
			hint = do
		}
	}
	if len(reasons) == 0 && f.Log != "" {
		reasons = append(reasons, "sshd has said: "+f.Log)
	}
	return reasons, hint
}

const reload = ", and reload sshd there: systemctl reload ssh || systemctl reload sshd"

func (f Facts) denied(Key) (string, string) {
	if s, ok := f.setting("pubkeyauthentication"); ok && s.Value == "no" {
		return s.said("PubkeyAuthentication"), "PubkeyAuthentication yes in " + s.At + reload
	}
	if s, ok := f.setting("permitrootlogin"); ok && f.UID == "0" && (s.Value == "no" || s.Value == "forced-commands-only") {
		return s.said("PermitRootLogin"), "PermitRootLogin prohibit-password in " + s.At + reload
	}
	return "", ""
}

func (f Facts) method(Key) (string, string) {
	s, ok := f.setting("authenticationmethods")
	if !ok || slices.ContainsFunc(strings.Fields(s.Value), func(m string) bool { return m == "publickey" || m == "any" }) {
		return "", ""
	}
	return s.said("AuthenticationMethods"), "AuthenticationMethods publickey in " + s.At + reload
}

// elsewhere is an AuthorizedKeysFile that does not name the file that was written.
func (f Facts) elsewhere(Key) (string, string) {
	s, ok := f.setting("authorizedkeysfile")
	if !ok {
		return "", ""
	}
	var places []string
	for _, place := range strings.Fields(s.Value) {
		place = strings.NewReplacer("%%", "%", "%h", f.Home, "%u", f.User, "%U", f.UID).Replace(place)
		if !path.IsAbs(place) && place != "none" {
			place = path.Join(f.Home, place)
		}
		if path.Clean(place) == path.Join(f.Home, ".ssh/authorized_keys") {
			return "", ""
		}
		places = append(places, place)
	}
	return s.said("AuthorizedKeysFile"), "the key into " + strings.Join(places, " or ") + " there, or AuthorizedKeysFile .ssh/authorized_keys in " + s.At + reload
}

// modes are what StrictModes does not like. That Debian's sshd lets the user's own group write
// is not known here, and said only where a key was refused.
func (f Facts) modes(Key) (string, string) {
	if s, ok := f.setting("strictmodes"); ok && s.Value == "no" {
		return "", ""
	}
	var bad, repair []string
	for _, p := range f.Parts {
		switch {
		case p.Owner != "0" && p.Owner != f.UID && p.Owner != "":
			bad = append(bad, fmt.Sprintf("%s belongs to user %s (mode %s)", p.Path, p.Owner, p.Mode))
			repair = append(repair, "chown "+f.User+" "+p.Path)
		case len(p.Mode) >= 10 && (p.Mode[5] == 'w' || p.Mode[8] == 'w') && p.Mode[0] != 'l':
			bad = append(bad, fmt.Sprintf("%s is %s: others may write to it", p.Path, p.Mode))
			repair = append(repair, "chmod go-w "+p.Path)
		}
	}
	if len(bad) == 0 {
		return "", ""
	}
	return "sshd believes no file that others may change: " + strings.Join(bad, ", "), strings.Join(repair, " && ") + ", there"
}

func (f Facts) context(Key) (string, string) {
	if f.SELinux != "Enforcing" {
		return "", ""
	}
	for _, p := range f.Parts[:min(2, len(f.Parts))] { // the file and its directory
		if p.Context != "" && !strings.Contains(p.Context, "ssh_home_t") {
			return fmt.Sprintf("SELinux is enforcing, and %s is %s, not ssh_home_t", p.Path, p.Context), "restorecon -RF " + path.Join(f.Home, ".ssh") + ", there, as root"
		}
	}
	return "", ""
}

func (f Facts) algorithm(k Key) (string, string) {
	for _, name := range []string{"pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes"} {
		s, ok := f.setting(name)
		if !ok || strings.ContainsAny(s.Value[:min(1, len(s.Value))], "+-^") || strings.ContainsAny(s.Value, "*?") {
			continue
		}
		kind := k.Type()
		if kind == "ssh-rsa" {
			kind = "rsa-sha2-"
		}
		if !strings.Contains(s.Value, kind) {
			return s.said("PubkeyAcceptedAlgorithms") + ", and this is " + k.Type(), "a key of a type that it takes, by --key"
		}
	}
	return "", ""
}

// setting is the first line of a name that applies to the user: one in a Match block beats
// those outside. A criterion that cannot be judged here is taken to be met, and said.
func (f Facts) setting(name string) (Setting, bool) {
	var found *Setting
	for i, s := range f.Settings {
		if s.Name != name || !f.matches(s.Match) {
			continue
		}
		if found == nil || found.Match == "" && s.Match != "" {
			found = &f.Settings[i]
		}
	}
	if found == nil {
		return Setting{}, false
	}
	return *found, true
}

func (f Facts) matches(match string) bool {
	words := strings.Fields(match)
	for i := 0; i+1 < len(words); i += 2 {
		if strings.EqualFold(words[i], "user") && !matchList(words[i+1], f.User) {
			return false
		}
	}
	return true
}

// matchList is a pattern list of sshd_config(5): of names, with * and ?, and ! in front.
func matchList(list, name string) bool {
	found := false
	for _, pattern := range strings.Split(list, ",") {
		pattern, negated := strings.CutPrefix(pattern, "!")
		if ok, _ := path.Match(pattern, name); ok {
			if negated {
				return false
			}
			found = true
		}
	}
	return found
}

// said is a setting as a reason.
func (s Setting) said(name string) string {
	at := s.At
	if s.Match != "" {
		at += ", Match " + s.Match
	}
	return name + " " + abridged(s.Value) + " (" + at + ")"
}

func abridged(s string) string {
	const most = 100
	if len(s) > most {
		return s[:most] + "... (" + strconv.Itoa(len(s)) + " characters)"
	}
	return s
}
