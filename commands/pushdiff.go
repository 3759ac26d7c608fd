package commands

import (
	"context"
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"sparkops/envfile"
	"sparkops/envfile/lint"
	"sparkops/report"
	"sparkops/spark"
)

// dry prints the plan as if every host needed every file. The text of files is shown with its
// secrets hidden.
func (p *pushing) dry() error {
	all := spark.Files{}
	for _, h := range p.Hosts {
		for i := range p.Files {
			all[h.Name] = append(all[h.Name], i)
		}
	}
	for i := range p.Files {
		for host, text := range p.Files[i].Content {
			p.Files[i].Content[host] = []byte(lint.Mask(string(text)))
		}
	}
	p.Run = spark.Run{} // the same bytes each time
	return p.job.dry(p.Compare(p.wanted), p.Stage(all, p.wanted), p.Switch(all, p.wanted))
}

// diff shows what a push would change.
func (p *pushing) diff(ctx context.Context) error {
	var rows []report.Row
	for _, r := range p.carry(ctx, p.Compare(p.wanted), nil) {
		a := p.Read(r)
		for i := range a.Files {
			o := &a.Files[i]
			p.judge(o)
			row := p.row(*o)
			if o.OK() {
				row.State = string(o.State)
				row.Changes = p.changes(o)
			}
			rows = append(rows, row)
		}
	}
	exit := exitOfRows(rows)
	if p.format == report.Text {
		rows = p.printer.Differences(rows)
	}
	return p.job.finish(ctx, report.Report{Rows: rows}, exit)
}

// changes are what would change in a file, secrets hidden.
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
	if strings.HasSuffix(o.File, ".sh") {
		before, ok := envfile.ReadAssigned([]byte(old))
		after, ok2 := envfile.ReadAssigned([]byte(wanted))
		if ok && ok2 {
			return variables(before, after)
		}
	}
	return orComments(lines(old, wanted))
}

// variables are the differences of two env files, variable by variable, then the other lines.
func variables(before, after envfile.Assigned) []string {
	var all []string
	for _, name := range after.Order {
		old, had := before.Values[name]
		value := after.Values[name]
		switch shown := shownValue(name, value); {
		case !had:
			all = append(all, fmt.Sprintf("+ %s=%s", name, shown))
		case old != value:
			all = append(all, fmt.Sprintf("~ %s=%s (was %s)", name, shown, shownValue(name, old)))
		}
	}
	for _, name := range before.Order {
		if _, has := after.Values[name]; !has {
			all = append(all, fmt.Sprintf("- %s=%s", name, shownValue(name, before.Values[name])))
		}
	}
	return orComments(append(all, lines(strings.Join(before.Rest, "\n"), strings.Join(after.Rest, "\n"))...))
}

func orComments(all []string) []string {
	if len(all) == 0 {
		return []string{"comments, blanks or the order of lines only"}
	}
	return all
}

// lines are the lines that differ.
func lines(old, wanted string) []string {
	var all []string
	_, text, _ := strings.Cut(string(diff.Diff("old", []byte(ended(old)), "new", []byte(ended(wanted)))), "\n@@")
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] != '+' && line[0] != '-' {
			continue
		}
		all = append(all, line[:1]+" "+lint.Mask(line[1:]))
	}
	return all
}

// ended is a text that ends in a newline, as the difference of two texts wants it.
func ended(s string) string {
	if s == "" || strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n"
}

// shownValue is the value of a variable as it may be shown.
func shownValue(name, value string) string {
	if lint.Secret(name) {
		return lint.Masked
	}
	return lint.Mask(value)
}
