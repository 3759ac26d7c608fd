package report

import (
	"fmt"
	"strings"
)

// Differences shows rows of --diff: hosts of which the same is to be said stand together, each
// change on a line of its own. It returns the rows that it has not shown: what went wrong.
func (p *Printer) Differences(rows []Row) (left []Row) {
	type group struct {
		rows []Row
	}
	var groups []*group
	at := map[string]*group{}
	for _, r := range rows {
		if !r.Status.Good() {
			left = append(left, r)
			continue
		}
		key := strings.Join(append([]string{r.Placed.File, r.State}, r.Changes...), "\x00")
		g := at[key]
		if g == nil {
			g = &group{}
			at[key], groups = g, append(groups, g)
		}
		g.rows = append(g.rows, r)
	}
	for _, g := range groups {
		first := g.rows[0]
		fmt.Fprintf(p.Out, "%-7s  %s  %s\n", first.State, p.names(g.rows), first.Placed.File)
		for _, line := range first.Changes {
			fmt.Fprintf(p.Out, "         %s\n", printable(line))
		}
	}
	return left
}
