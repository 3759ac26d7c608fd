package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sparkops/envfile"
	"sparkops/envfile/lint"
	"sparkops/report"
	"sparkops/spark"
)

// dry prints the plan as if every host needed every file. The text of files is shown with its
// secrets hidden.
func (p *pushing) dry(ctx context.Context) error {
	all := spark.Files{}
	for _, h := range p.Hosts {
		for i := range p.Files {
			all[h.Name] = append(all[h.Name], i)
		}
	}
	for _, f := range p.Files {
		for _, hosts := range sameText(p.Push, f) {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			masked := lint.MaskFile(f.Name, f.Content[hosts[0]])
			for _, host := range hosts {
				f.Content[host] = masked
			}
		}
	}
	p.Run = spark.Run{} // the same bytes each time
	return p.job.dry(p.Compare(p.wanted), p.Stage(all, p.wanted), p.Switch(all, p.wanted))
}

// diff shows what a push would change.
func (p *pushing) diff(ctx context.Context) error {
	var rows []report.Row
	var all []spark.Answer
	for _, r := range p.carry(ctx, p.Compare(p.wanted), nil) {
		all = append(all, p.Read(r))
	}
	p.formers(all)
	for _, a := range all {
		for i := range a.Files {
			p.judge(&a.Files[i])
		}
		p.fits(a)
		for i := range a.Files {
			o := &a.Files[i]
			row := p.row(*o)
			if o.OK() && ctx.Err() == nil {
				row.State = string(o.State)
				row.Changes = p.changes(o)
			}
			rows = append(rows, row)
		}
	}
	p.warnOfFit()
	exit := exitOfRows(rows)
	if p.format == report.Text {
		rows = p.printer.Differences(rows)
	}
	return p.job.finish(ctx, report.Report{Rows: rows}, exit)
}

// changes are what would change in a file, secrets hidden. Hosts often have the same: what was
// found for one is kept.
func (p *pushing) changes(o *spark.Pushed) []string {
	if o.State == spark.Same {
		return nil
	}
	wanted, old := string(p.Files[o.Number].Content[o.Host]), ""
	if p.Rollback {
		if o.Former == nil {
			return []string{"too large to show"}
		}
		wanted = *o.Former
	}
	if o.Text != nil {
		old = *o.Text
	} else if o.State != spark.Absent {
		return []string{"too large to show"}
	}
	both := o.File + sum([]byte(old)) + sum([]byte(wanted))
	if _, known := p.shown[both]; !known {
		p.shown[both] = differences(o.File, old, wanted)
	}
	return p.shown[both]
}

// differences are what is different in two texts of a file: of an env file variable by
// variable, then the other lines.
func differences(file, old, wanted string) []string {
	before, after := side(file, old), side(file, wanted)
	if strings.HasSuffix(file, ".sh") {
		a, ok := envfile.ReadAssigned([]byte(old))
		b, ok2 := envfile.ReadAssigned([]byte(wanted))
		if ok && ok2 {
			all := append(variables(a, b, lint.SecretsOf([]byte(old+"\n"+wanted))), lines(of(before, a.Rest), of(after, b.Rest))...)
			if slices.Sort(a.Statements); len(all) > 0 {
				return all
			}
			if slices.Sort(b.Statements); slices.Equal(a.Statements, b.Statements) {
				return []string{"comments, blanks or the order of lines only"}
			}
		}
	}
	if all := lines(before, after); len(all) > 0 {
		return all
	}
	return []string{"the newline at the end only"}
}

// variables are the differences of two env files, variable by variable.
func variables(before, after envfile.Assigned, secret func(string) bool) []string {
	var all []string
	for _, name := range after.Order {
		old, had := before.Values[name]
		value := after.Values[name]
		switch shown, was := shownValues(secret, name, value), shownValues(secret, name, old); {
		case !had:
			all = append(all, fmt.Sprintf("+ %s=%s", name, shown))
		case slices.Equal(old, value):
		case shown == was:
			all = append(all, fmt.Sprintf("~ %s=%s changed", name, shown))
		default:
			all = append(all, fmt.Sprintf("~ %s=%s (was %s)", name, shown, was))
		}
	}
	for _, name := range before.Order {
		if _, has := after.Values[name]; !has {
			all = append(all, fmt.Sprintf("- %s=%s", name, shownValues(secret, name, before.Values[name])))
		}
	}
	return all
}

// shownValues are the values of a variable, one after another, as they may be shown.
func shownValues(secret func(string) bool, name string, values []string) string {
	var all []string
	for _, value := range values {
		shown := strings.TrimPrefix(string(lint.MaskFile(".sh", []byte(name+"="+value))), name+"=")
		if secret(name) && value != "" {
			shown = lint.Masked
		}
		all = append(all, shown)
	}
	return strings.Join(all, ", then ")
}
