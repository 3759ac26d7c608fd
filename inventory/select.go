package inventory

import (
	"sparkops/shell"
)

// Select returns the part of the cluster that the lists of -w and -x name; "" for include is
// all hosts. A list holds names, globs and ranges, separated by commas or blanks:
// "m1,w[01-20,30],db*". A name without user matches the host of any user, case does not
// count. Both lists look at masters and workers alike, so that either may be empty in the
// result; no host at all, and a word that matches none, is an error.
//
// The master URL is that of the whole cluster: keep the cluster too.
func (c *Cluster) Select(include, exclude string) (*Cluster, error) {
	names := c.index()
	in, err := names.match("-w", include)
	if err != nil {
		return nil, err
	}
	out, err := names.match("-x", exclude)
	if err != nil {
		return nil, err
	}
	keep := func(hosts []Host) (kept []Host) {
		for _, h := range hosts {
			if (len(splitList(include)) == 0 || in[h.key()]) && !out[h.key()] {
				kept = append(kept, h)
			}
		}
		return kept
	}
	part := *c
	part.Masters, part.Workers = keep(c.Masters), keep(c.Workers)
	if len(part.Masters)+len(part.Workers) == 0 {
		return nil, shell.Errorf(shell.ClassConfig, "", "selecting hosts: -x %s leaves none", exclude)
	}
	return &part, nil
}
