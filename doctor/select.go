package doctor

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"sparkops/near"
	"sparkops/spark"
)

// Select is the checks that one of the patterns in only names, all if there is none, without
// those that one in skip names. A pattern is an ID, a glob (links.*), or a family. One that
// names no check is an error.
func Select(checks []Check, only, skip []string) ([]Check, error) {
	for _, pattern := range slices.Concat(only, skip) {
		if !slices.ContainsFunc(checks, func(c Check) bool { return c.named(pattern) }) {
			return nil, fmt.Errorf("there is no check %q", pattern)
		}
	}
	return slices.DeleteFunc(slices.Clone(checks), func(c Check) bool {
		return len(only) > 0 && !slices.ContainsFunc(only, c.named) || slices.ContainsFunc(skip, c.named)
	}), nil
}

// notSelected is what a check cannot tell, because it needs hosts that were not asked for.
func notSelected(s *Snapshot, c Check) []Finding {
	var all []Finding
	if slices.Contains(c.needs, spark.Master) {
		for _, m := range s.Masters {
			if !slices.ContainsFunc(s.Hosts, func(h Host) bool { return h.Host.Name == m.Name }) {
				all = append(all, Finding{Check: c.ID, Level: Skipped, Host: m.Name, What: "not looked at: the master is not among the selected hosts"})
			}
		}
	}
	if slices.Contains(c.needs, spark.Worker) && !slices.ContainsFunc(s.Hosts, func(h Host) bool { return slices.Contains(h.Roles, spark.Worker) }) {
		all = append(all, Finding{Check: c.ID, Level: Skipped, Host: Everywhere, What: "not looked at: no worker is among the selected hosts"})
	}
	return all
}

// named reports whether a pattern is one of the check. One that is no good names none.
func (c Check) named(pattern string) bool {
	if ok, err := path.Match(pattern, c.ID); err == nil && ok {
		return true
	}
	return pattern == c.Family()
}

// Near is the ID that may have been meant, "" if none looks like it.
func Near(checks []Check, typed string) string {
	var ids []string
	for _, c := range checks {
		if _, name, _ := strings.Cut(c.ID, "."); name == typed {
			return c.ID
		}
		ids = append(ids, c.ID, c.Family())
	}
	for _, id := range near.Names(strings.ToLower(typed), ids) {
		return id
	}
	return ""
}
