package commands

import (
	"context"
	"fmt"
	"strings"

	"sparkops/doctor"
	"sparkops/fleet"
	"sparkops/inventory"
	"sparkops/report"
	"sparkops/spark"
)

// tried is a finding whose fix was carried out, and why that went wrong, or "".
type tried struct {
	doctor.Finding
	trouble string
}

// mend carries the fixes out, check by check, after each was shown and agreed to. What can only
// be done by a person stays with its line to type.
func (x *examination) mend(ctx context.Context, findings []doctor.Finding) []tried {
	var done []tried
	for _, c := range x.checks {
		var group []doctor.Finding
		for _, f := range findings {
			if f.Check == c.ID && f.Fix != nil && f.Fix.Able {
				group = append(group, f)
			}
		}
		if len(group) > 0 && x.agreed(ctx, c, group) {
			done = append(done, x.do(ctx, group)...)
		}
	}
	return done
}

// agreed shows the commands of a group and asks. Without a terminal nothing is done but with
// --yes.
func (x *examination) agreed(ctx context.Context, c doctor.Check, group []doctor.Finding) bool {
	var order []string
	hosts := map[string][]string{}
	for _, f := range group {
		line := f.Fix.Line()
		if hosts[line] == nil {
			order = append(order, line)
		}
		hosts[line] = append(hosts[line], f.Host)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %s\n", c.ID, c.Title)
	for _, line := range order {
		fmt.Fprintf(&text, "  on %s: %s\n", inventory.Fold(hosts[line]), line)
	}
	if x.yes {
		fmt.Fprint(x.world.Stderr, printableLines(text.String()))
		return true
	}
	if x.reach.person == nil {
		fmt.Fprint(x.world.Stderr, printableLines(text.String())+"  not done: nobody is there to ask; --yes does it\n")
		return false
	}
	yes, err := x.reach.person.Confirm(ctx, text.String()+"Do it?")
	return err == nil && yes
}

// do runs the fixes of one check, side by side; those of one host one after the other.
func (x *examination) do(ctx context.Context, group []doctor.Finding) []tried {
	var done []tried
	for len(group) > 0 {
		var plan fleet.Plan
		var now, later []doctor.Finding
		stage := fleet.Stage{Name: "mend"}
		busy := map[string]bool{}
		for _, f := range group {
			if busy[f.Host] {
				later = append(later, f)
				continue
			}
			busy[f.Host] = true
			now = append(now, f)
			stage.Tasks = append(stage.Tasks, spark.Mend(f.Host, f.Fix.Command, f.Fix.Sudo, x.bounds))
		}
		plan.Stages = []fleet.Stage{stage}
		for i, r := range x.carry(ctx, plan, nil) {
			done = append(done, tried{now[i], spark.Mended(r)})
		}
		group = later
	}
	return done
}

// after is what a second look found: what was mended and is no longer found is changed; what is
// found still is a failure, whatever it was before.
func (x *examination) after(done []tried, findings []doctor.Finding) []report.Row {
	var all []report.Row
	for _, f := range findings {
		row := findingRow(f)
		for _, t := range done {
			if t.Check == f.Check && t.Host == f.Host && t.What == f.What {
				no := false
				row.Status, row.Fixed = report.Fail, &no
				row.Message += ": the fix did not hold"
				if t.trouble != "" {
					row.Message += ": " + t.trouble
				}
			}
		}
		all = append(all, row)
	}
	for _, t := range done {
		still := false
		for _, f := range findings {
			still = still || f.Host == t.Host && (f.Check == t.Check && f.What == t.What || f.Level == doctor.Skipped && f.Class != "")
		}
		if !still {
			row, yes := findingRow(t.Finding), true
			row.Status, row.Fixed, row.Hint = report.Changed, &yes, ""
			all = append(all, row)
		}
	}
	return all
}
