package config

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Host is the configuration for a name, which may be user@host; that user then wins over
// all files, but not over the command line. What applies to the name and cannot be honoured
// is an [*Error].
func (f *Files) Host(_ context.Context, name string) (*Host, error) {
	user, name := cutUser(name)
	r := &resolution{files: f, lines: f.lines, name: name}
	h, err := r.host(user, 0)
	if err == nil {
		err = r.loops(h)
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}

// resolution is one look-up.
type resolution struct {
	files      *Files
	lines      []line // those that count
	name       string
	first      map[string]line // the first line of each keyword that applies
	identities []line
	tokens     map[byte]string
}

// collect finds the lines that apply; the first of a keyword wins, key files add up.
func (r *resolution) collect() error {
	r.first = map[string]line{}
	var within *block // of the line before: most stand in the same
	applies := true
	for _, l := range r.lines {
		if l.within != within {
			within, applies = l.within, l.within.match(r.name)
		}
		if !applies {
			continue
		}
		kind, slot := keywords[l.keyword], l.keyword
		if slot == "proxycommand" {
			slot = "proxyjump" // the two exclude each other
		}
		first, taken := r.first[slot]
		if taken && first.keyword == "proxyjump" && l.keyword == "proxycommand" && first.args[0] == "none" {
			taken = false
		}
		switch {
		case taken:
		case l.keyword == "identityfile":
			if !slices.ContainsFunc(r.identities, func(o line) bool { return o.args[0] == l.args[0] }) {
				r.identities = append(r.identities, l)
			}
		case kind == interval && l.args[0] == "none": // as if it were not there: a later value counts
		case kind != refuse:
			r.first[slot] = l
		case !strings.EqualFold(l.args[0], harmless[l.keyword]):
			return l.refuse("sparkops -F FILE, with a FILE that reaches "+r.name+" without it", "it applies to %s, and this version does not honour it", r.name)
		case l.keyword != "certificatefile": // these add up
			r.first[slot] = l
		}
	}
	return nil
}

// word is the value of a keyword, "" if there is none.
func (r *resolution) word(keyword string) string {
	if l, ok := r.first[keyword]; ok {
		return l.args[0]
	}
	return ""
}

// host is the answer, but for what ProxyJump said of user and port.
func (r *resolution) host(user string, number int) (*Host, error) {
	if err := r.collect(); err != nil {
		return nil, err
	}
	h := &Host{Name: r.name, Port: 22, From: map[string]string{}}
	for _, l := range r.first {
		h.From[l.keyword] = l.at()
	}
	// The values were checked when they were read.
	if v := r.word("port"); v != "" {
		h.Port, _ = parsePort(v)
	}
	h.Port = cmp.Or(number, h.Port)
	h.Strict, _ = parsePolicy(r.word("stricthostkeychecking"))
	h.IdentitiesOnly, _ = parseFlag(r.word("identitiesonly"))
	h.Batch, _ = parseFlag(r.word("batchmode"))
	h.HashKnownHosts, _ = parseFlag(r.word("hashknownhosts"))
	h.ConnectTimeout, _ = parseTime(r.word("connecttimeout"))
	h.AliveInterval, _ = parseTime(r.word("serveraliveinterval"))
	h.AliveMax, _ = parseNumber(r.word("serveralivecountmax"))
	h.HostKeyAlias = strings.ToLower(r.word("hostkeyalias"))
	for _, step := range []func(*Host) error{r.hostName, func(h *Host) error { return r.user(h, user) }, r.way, r.filePaths, r.agent} {
		if err := step(h); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// hostName is the name to connect to. Tokens in it are %h and %%.
func (r *resolution) hostName(h *Host) error {
	h.HostName = strings.ToLower(r.name)
	l, ok := r.first["hostname"]
	if !ok {
		return nil
	}
	name, err := expand(l.args[0], map[byte]string{'%': "%", 'h': h.HostName}, nil)
	if err != nil {
		return l.refuse("", "%w", err)
	}
	h.HostName = strings.ToLower(name)
	return nil
}

// user is who logs in: by the command line, by name, by the files. What looks like a token
// is one from OpenSSH 10.0 on and none before.
func (r *resolution) user(h *Host, typed string) error {
	l, ok := r.first["user"]
	if ok && l.number > 0 && typed == "" && (strings.Contains(l.args[0], "%") || strings.Contains(l.args[0], "${")) {
		return l.refuse("", "%s: tokens are not understood by this version", l.args[0])
	}
	if !ok || l.number > 0 && typed != "" {
		h.User = cmp.Or(typed, r.files.User)
		return nil
	}
	h.User = l.args[0]
	return nil
}

// filePaths fills in everything that is a path.
func (r *resolution) filePaths(h *Host) (err error) {
	f := r.files
	r.tokens = map[byte]string{
		'%': "%", 'd': f.Home, 'h': h.HostName, 'i': strconv.Itoa(f.UID), 'k': cmp.Or(h.HostKeyAlias, r.name), 'n': r.name,
		'p': strconv.Itoa(h.Port), 'r': h.User, 'u': f.User, 'l': f.LocalHost,
	}
	r.tokens['L'], _, _ = strings.Cut(f.LocalHost, ".")
	ssh := filepath.Join(f.Home, ".ssh")
	for _, name := range []string{"id_rsa", "id_ecdsa", "id_ed25519"} {
		h.Identities = append(h.Identities, filepath.Join(ssh, name))
	}
	h.KnownHosts = []string{filepath.Join(ssh, "known_hosts"), filepath.Join(ssh, "known_hosts2")}
	h.GlobalKnownHosts = []string{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"}
	if len(r.identities) > 0 {
		h.IdentitiesSet, h.Identities = true, nil
		h.From["identityfile"] = r.identities[0].at()
	}
	for _, l := range r.identities {
		if h.Identities, err = r.paths(l, h.Identities); err != nil {
			return err
		}
	}
	if l, ok := r.first["userknownhostsfile"]; ok {
		if h.KnownHosts, err = r.paths(l, nil); err != nil {
			return err
		}
	}
	if l, ok := r.first["globalknownhostsfile"]; ok {
		h.GlobalKnownHosts = slices.DeleteFunc(slices.Clone(l.args), isNone) // ssh expands nothing here
	}
	return nil
}
