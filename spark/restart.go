package spark

import (
	"errors"
	"slices"

	"sparkops/fleet"
	"sparkops/shell"
)

// Restarted is the report of a restart: what did not stop, and what became of the start.
// Where the start of a daemon was not tried, that it was stopped is the last that is known.
func Restarted(stopped, left, started []Outcome) []Outcome {
	all := left
	for _, o := range started {
		skipped := false
		if _, ok := errors.AsType[*fleet.SkippedError](o.Err); ok {
			for _, s := range stopped {
				if s.Host == o.Host && s.Role == o.Role && s.OK() && s.Changed {
					s.fail(shell.ClassDied, "stopped, and not started again: "+o.Err.Error(), "sparkops start-all")
					all, skipped = append(all, s), true
				}
			}
		}
		if !skipped {
			all = append(all, o)
		}
	}
	return all
}

// Without takes the hosts out of the start whose stop did not succeed, and returns what
// went wrong there: a daemon that still runs would be taken for one that has been
// started again.
func (s *Start) Without(stopped []Outcome) (left []Outcome) {
	type place struct {
		host string
		role Role
	}
	bad := map[place]bool{}
	for _, o := range stopped {
		if !o.OK() {
			bad[place{o.Host, o.Role}] = true
			left = append(left, o)
		}
	}
	c := *s.Cluster
	c.Selected, c.Workers = slices.Clone(c.Selected), nil
	for i, m := range c.Masters {
		c.Selected[i] = c.Selected[i] && !bad[place{m.Name, Master}]
	}
	for _, w := range s.Cluster.Workers {
		if !bad[place{w.Name, Worker}] {
			c.Workers = append(c.Workers, w)
		}
	}
	s.Cluster = &c
	return left
}
