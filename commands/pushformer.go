package commands

import (
	"fmt"
	"slices"

	"sparkops/spark"
)

// former is where a rollback takes a file. A push may not have reached every host: the backup of
// one that it passed by is older than what the others had before it, and must stay where it is.
type former struct {
	common string // SHA-256 of what all hosts come to have, but for their own parts; "" if there is no such content
	unlike bool   // there is none, since the backups are not the same
}

// warning says of a host that it comes to have what others do not.
func (former) warning(o spark.Pushed) string {
	return fmt.Sprintf("not all hosts come to have the same: the former file here is SHA-256 %.8s", o.Older)
}

// of is the SHA-256 of what a host is to have: its backup, or what it has; "" if it has neither.
func (f former) of(o *spark.Pushed) string {
	if f.common != "" && o.Older != f.common && o.Common == f.common {
		return o.Before
	}
	return o.Backup
}

// formers decides where each file goes, by what all hosts have.
func (p *pushing) formers(all []spark.Answer) {
	if !p.Rollback {
		return
	}
	p.former = make([]former, len(p.Files))
	for i := range p.Files {
		var have []*spark.Pushed
		for _, a := range all {
			if o := &a.Files[i]; o.OK() && o.Backup != "" {
				have = append(have, o)
			}
		}
		p.former[i] = formerOf(have)
	}
}

// formerOf is the one content that every host with a backup has, as that or in place already,
// and that most would go back to.
func formerOf(have []*spark.Pushed) former {
	votes := map[string]int{}
	for _, o := range have {
		votes[o.Older] += 0
		if o.Backup != o.Before {
			votes[o.Older]++
		}
	}
	best, tie := "", false
	for sum := range votes {
		elsewhere := func(o *spark.Pushed) bool { return o.Older != sum && o.Common != sum }
		switch {
		case votes[sum] == 0 || slices.ContainsFunc(have, elsewhere):
		case votes[sum] > votes[best]:
			best, tie = sum, false
		case votes[sum] == votes[best]:
			tie = true
		}
	}
	if best != "" && !tie || len(votes) < 2 {
		return former{common: best}
	}
	return former{unlike: true}
}
