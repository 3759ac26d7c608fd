package inventory

import (
	"path"
	"slices"
	"strings"

	"sparkops/shell"
)

// index finds the keys of hosts by what a user may type for them.
type index struct {
	names  map[string][]string
	inside []string // the keys of names, in order, for globs and near names
}

func (c *Cluster) index() *index {
	x := &index{names: map[string][]string{}}
	seen := map[string]bool{}
	for _, hosts := range [][]Host{c.Masters, c.Workers} {
		for _, h := range hosts {
			if seen[h.key()] {
				continue
			}
			seen[h.key()] = true
			user, host := h.Split()
			x.put(strings.ToLower(host), h.key())
			if user != "" {
				x.put(h.key(), h.key())
			}
		}
	}
	return x
}

func (x *index) put(name, key string) {
	if x.names[name] == nil {
		x.inside = append(x.inside, name)
	}
	x.names[name] = append(x.names[name], key)
}

// Near is up to three names of hosts that name may be a slip for, the nearest first.
func (c *Cluster) Near(name string) []string { return c.index().near(name) }

// match is the keys of the hosts that a list names.
func (x *index) match(flag, list string) (map[string]bool, error) {
	matched := map[string]bool{}
	for _, word := range splitList(list) {
		names, err := expandGlob(word)
		if err != nil {
			return nil, shell.Errorf(shell.ClassConfig, "", "selecting hosts: %s %s: %w", flag, word, err)
		}
		var missing []string
		for _, name := range names {
			keys := x.find(name)
			if len(keys) == 0 {
				missing = append(missing, name)
			}
			for _, key := range keys {
				matched[key] = true
			}
		}
		if len(missing) > 0 {
			return nil, x.unknown(flag, missing)
		}
	}
	return matched, nil
}

// expandGlob writes the ranges of a word out; brackets that hold more than numbers are left
// to the glob.
func expandGlob(word string) ([]string, error) {
	names, err := expand(word, maxHosts)
	if _, inner, _, _ := cutRange(word); err != nil && strings.Trim(inner, "0123456789,-") == "" {
		return nil, err
	}
	if err != nil {
		names = []string{word}
	}
	_, err = path.Match(names[0], "")
	return names, err
}

// find is the keys of the hosts that one name or glob matches.
func (x *index) find(name string) (keys []string) {
	folded := strings.ToLower(name)
	user, host := Host{Name: name}.Split()
	if user != "" {
		folded = user + "@" + strings.ToLower(host)
	}
	if !strings.ContainsAny(folded, "*?[") {
		return x.names[folded]
	}
	for _, name := range x.inside {
		if ok, _ := path.Match(folded, name); ok {
			keys = append(keys, x.names[name]...)
		}
	}
	return keys
}

// unknown is the error for names that match nothing.
func (x *index) unknown(flag string, names []string) error {
	bare := slices.DeleteFunc(slices.Clone(x.inside), func(name string) bool { return strings.Contains(name, "@") })
	hint, like := flag+" "+Fold(bare), "" // all that there are
	if len(hint) > 100 {
		hint = "sparkops config   shows the hosts"
	}
	if near := x.near(names[0]); len(near) > 0 {
		hint = flag + " " + Fold(near)
		like = ", but " + Fold(near)
	}
	return shell.Errorf(shell.ClassConfig, hint, "selecting hosts: %s: the cluster has no %s%s", flag, Fold(names), like)
}
