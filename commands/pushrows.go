package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sparkops/fleet"
	"sparkops/report"
	"sparkops/shell"
	"sparkops/spark"
)

// judge compares what a host has with what is wanted there.
func (p *pushing) judge(o *spark.Pushed) {
	untouched(o)
	if !o.OK() {
		return
	}
	if p.Rollback {
		wanted := p.former[o.Number].of(o)
		if wanted == "" {
			o.Class, o.Message = shell.ClassConfig, "there is no former file: nothing was pushed over "+o.Path+" yet"
			return
		}
		p.wanted[o.Host][o.Number] = wanted
	}
	o.SHA256 = p.wanted[o.Host][o.Number]
	switch {
	case o.Before == o.SHA256:
		o.State = spark.Same
	case o.Source:
		o.State = spark.Same
		o.Warning = "this is the very file that is pushed: the part for this host is not appended to it"
		o.Hint = "keep what is pushed in a directory of its own: sparkops push-env --conf-dir DIR"
	}
}

// untouched says of a script that was cut short before anything was switched what is sure.
func untouched(o *spark.Pushed) {
	e, ok := errors.AsType[*shell.Error](o.Err)
	if _, skipped := errors.AsType[*fleet.SkippedError](o.Err); !ok || skipped || !e.Began {
		return
	}
	o.Message += "; the file there is as it was"
	o.Err = nil
	if e.Class == shell.ClassCancelled {
		o.Err = &fleet.SkippedError{Why: e}
	}
}

// note keeps what a host said at first.
func (p *pushing) note(a spark.Answer) {
	p.done[a.Host], p.behind[a.Host] = a.Files, a
	p.tell(a.Host)
}

// tell writes the results of a host that nothing can change any more, as they come.
func (p *pushing) tell(host string) {
	for _, o := range p.done[host] {
		if !o.OK() || o.State == spark.Same || o.State == spark.Switched {
			p.printer.Row(p.row(o))
		}
	}
}

// take keeps what became of some files of a host.
func (p *pushing) take(a spark.Answer, files []int) {
	for _, i := range files {
		o, n := &p.done[a.Host][i], a.Files[i]
		if n.Before != "" || n.State == spark.Switched {
			o.Before = n.Before
		}
		if n.Path != "" {
			o.Path = n.Path
		}
		if n.State != "" {
			o.State = n.State
		}
		if n.Warning != "" {
			o.Warning = n.Warning
		}
		o.Class, o.Message, o.Hint, o.Err = n.Class, n.Message, n.Hint, n.Err
		o.Took += n.Took
		o.ChangedAt = n.ChangedAt
	}
	p.tell(a.Host)
}

// bad reports whether some host cannot have what is wanted.
func (p *pushing) bad() bool {
	for _, files := range p.done {
		if slices.ContainsFunc(files, func(o spark.Pushed) bool { return !o.OK() }) {
			return true
		}
	}
	return false
}

// leave marks files of these hosts as left alone.
func (p *pushing) leave(set spark.Files, why string) {
	for host, files := range set {
		for _, i := range files {
			if o := &p.done[host][i]; o.OK() {
				o.Skip(why)
			}
		}
	}
}

// settle marks what was not come to because another file of the host failed.
func (p *pushing) settle(host string) {
	files := p.done[host]
	bad := slices.IndexFunc(files, func(o spark.Pushed) bool { return !o.OK() })
	for i := range files {
		if o := &files[i]; o.OK() && o.State != spark.Same && o.State != spark.Switched && bad >= 0 {
			o.Skip(files[bad].File + " cannot be pushed there")
		}
	}
}

// finish reports in the order of the host list.
func (p *pushing) finish(ctx context.Context) error {
	var rows []report.Row
	var behind []string
	for _, h := range p.Hosts {
		p.settle(h.Name)
		for i := range p.done[h.Name] {
			r := p.row(p.done[h.Name][i])
			if len(r.Behind) > 0 {
				behind = append(behind, p.named(h.Name, r.Behind)...)
			}
			rows = append(rows, r)
		}
	}
	if p.format == report.Text { // one line to type for all of them
		for i := range rows {
			if len(rows[i].Behind) > 0 {
				rows[i].Hint = restartHint(behind)
			}
		}
		p.chmodHints(rows)
	}
	return p.job.finish(ctx, report.Report{Rows: rows, Closing: p.closing()}, exitOfRows(rows))
}

// closing is the last line: how many hosts have what they were to have.
func (p *pushing) closing() []string {
	have := 0
	for _, files := range p.done {
		if !slices.ContainsFunc(files, func(o spark.Pushed) bool {
			return !o.OK() || o.State != spark.Switched && o.Before != o.SHA256
		}) {
			have++
		}
	}
	which, what := "this ", p.Files[0].Name+" is"
	if len(p.Files) > 1 {
		which, what = "these ", count(len(p.Files), "file")+" are"
	}
	if p.Rollback {
		which = "the former "
		if slices.ContainsFunc(p.former, func(f former) bool { return f.unlike }) {
			which = "each host's own former "
		}
	}
	return []string{fmt.Sprintf("%s%s on %d of %s", which, what, have, count(len(p.Hosts), "host"))}
}

// row is one file on one host, as the user reads it.
func (p *pushing) row(o spark.Pushed) report.Row {
	r := report.Row{
		Host: o.Host, Class: string(o.Class), Message: o.Message, Hint: o.Hint, TookMS: o.Took.Milliseconds(),
		Placed: &report.Placed{File: o.File, Path: o.Path, SHA256: o.SHA256, Before: o.Before, Mode: o.Mode, Owner: o.Owner},
	}
	if r.Hint == "bash -n "+o.File { // what the host has read came from here
		r.Hint = quoteWords([]string{"bash", "-n", p.site.confDir + "/" + o.File})
	}
	switch {
	case o.Err != nil:
		r.Status = verdictOnError(o.Err)
	case o.Class != "":
		r.Status = report.Fail
	case o.State == spark.Switched && o.Before != o.SHA256:
		r.Status = report.Changed
	default:
		r.Status = report.OK
	}
	if !r.Status.Good() {
		return r
	}
	if r.Mode == "" && o.State == spark.Switched {
		r.Mode = p.Files[o.Number].Mode[o.Host]
	}
	reasons := []string{}
	if o.Warning != "" {
		reasons = append(reasons, o.Warning)
	}
	if p.Rollback && p.former[o.Number].unlike {
		reasons = append(reasons, p.former[o.Number].warning(o))
		r.Hint = quoteWords([]string{"sparkops", "push-env", o.File})
	}
	if p.bared(o) {
		reasons = append(reasons, fmt.Sprintf("it holds a secret, and others than its owner may read it (mode %s): chmod 600", o.Mode))
		r.Hint = p.chmodHint(o)
	}
	if p.Files[o.Number].AtStart {
		for _, d := range p.behind[o.Host].Behind(o) {
			r.Behind = append(r.Behind, report.Named{Role: string(d.Role), Instance: d.Instance, PID: d.PID})
		}
		if len(r.Behind) > 0 {
			reasons = append(reasons, stillRun(r.Behind))
			r.Hint = restartHint(p.named(o.Host, r.Behind))
		}
	}
	if len(reasons) > 0 {
		r.Status, r.Message = report.Warn, strings.Join(reasons, "; ")
	}
	return r
}

// pushColumns are the cells of push-env.
func pushColumns() []report.Column {
	return []report.Column{
		{Cell: func(r report.Row) string { return r.File }},
		{Cell: pushedCell},
	}
}

// pushedCell says of a row that is to be looked at what was done all the same.
func pushedCell(r report.Row) string {
	switch {
	case r.Class != "":
		return r.Class
	case r.Status == report.Warn && r.Before != r.SHA256:
		return "changed"
	}
	return ""
}
