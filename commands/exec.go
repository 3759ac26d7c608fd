package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"syscall"

	"github.com/urfave/cli/v2"

	"sparkops/fleet"
	"sparkops/inventory"
	"sparkops/report"
	"sparkops/shell"
	"sparkops/spark"
)

// execute is exec: a command on every selected host.
func (a *app) execute() *cli.Command {
	columns := []report.Column{{Cell: execCell}}
	return &cli.Command{
		Name: "exec", Usage: "a command on every selected host", UsageText: "sparkops exec [flags] -- COMMAND...",
		Flags: a.flags(timeoutFlag(0), dryRunFlag(),
			&cli.StringFlag{Name: "role", Value: "worker", Usage: "on these hosts: worker, master or all"}),
		Before: a.needsCommand,
		Action: a.onHosts(columns, func(ctx context.Context, c *cli.Context, j *job) error {
			targets, err := j.targets(c.String("role"))
			if err != nil {
				return err
			}
			if len(targets) == 0 {
				return mistakef("sparkops exec --role all ...", "the selection holds no %s", c.String("role"))
			}
			plan := spark.Exec(targets, spark.Role(c.String("role")), spark.CommandLine(c.Args().Slice()), bounds(c))
			if c.Bool("dry-run") {
				return j.dry(plan)
			}
			if j.progress == "live" && j.world.StdoutTTY {
				j.progress = "none" // the hosts' lines are progress enough, and would be drawn over
			}
			e := newExecution(j, plan)
			results := j.carry(ctx, plan, e.done)
			return e.finish(ctx, results)
		}),
	}
}

// needsCommand refuses an exec without a command, and one without the -- before it: flags
// of the command would be taken for flags of sparkops.
func (a *app) needsCommand(c *cli.Context) error {
	given := a.given
	if c.NArg() == 0 {
		return mistakef("sparkops exec -- uptime", "exec needs a command")
	}
	if !given.dashes {
		line := append(append([]string{"sparkops", "exec"}, given.flags...), "--")
		return mistakef(quoteWords(append(line, given.args...)), "the command stands behind --")
	}
	return nil
}

// targets are the hosts of a role, each once.
func (j *job) targets(role string) ([]inventory.Host, error) {
	switch role {
	case "worker":
		return j.cluster.Workers, nil
	case "master":
		return j.cluster.SelectedMasters(), nil
	case "all":
		var all []inventory.Host
		seen := map[string]bool{}
		for _, h := range append(append(all, j.cluster.SelectedMasters()...), j.cluster.Workers...) {
			if !seen[h.Name] {
				seen[h.Name] = true
				all = append(all, h)
			}
		}
		return all, nil
	}
	return nil, mistakef("--role worker, master or all", "--role %s is unknown", role)
}

// execution collects what the commands write and shows it: to a person each host's as soon as
// it is there, else in the order of the host list, so that the same input gives the same bytes.
type execution struct {
	job     *job
	order   []string
	outputs map[string]*outputs
	results map[string]fleet.Result
	shown   int
	lost    bool // not all of it could be shown
}

// outputs are the two streams of one host.
type outputs struct{ out, err capture }

func newExecution(j *job, plan fleet.Plan) *execution {
	e := &execution{job: j, outputs: map[string]*outputs{}, results: map[string]fleet.Result{}}
	tasks := plan.Stages[0].Tasks
	for i := range tasks {
		o := &outputs{}
		tasks[i].Script.Stdout, tasks[i].Script.Stderr = &o.out, &o.err
		e.outputs[tasks[i].Host] = o
		e.order = append(e.order, tasks[i].Host)
	}
	return e
}

// done takes a result as it comes.
func (e *execution) done(r fleet.Result) {
	if e.job.format != report.Text {
		if e.job.format == report.JSONL {
			e.job.printer.Row(e.row(r))
		}
		return
	}
	if e.job.world.StdoutTTY {
		e.show(r.Task.Host)
		return
	}
	e.results[r.Task.Host] = r
	for e.shown < len(e.order) {
		if _, ok := e.results[e.order[e.shown]]; !ok {
			return
		}
		e.show(e.order[e.shown])
		e.shown++
	}
}

// show writes a host's lines with its name in front.
func (e *execution) show(host string) {
	o := e.outputs[host]
	for _, stream := range []struct {
		c *capture
		w io.Writer
	}{{&o.out, e.job.world.Stdout}, {&o.err, e.job.world.Stderr}} {
		err := stream.c.show(stream.w, host+": ")
		if err != nil && !errors.Is(err, syscall.EPIPE) { // who reads with head has had enough
			e.lost = true
			fmt.Fprintf(e.job.world.Stderr, "warning: %s: its output is not whole: %v\n", host, err)
		}
	}
}

// finish reports; in text the lines have been shown, and only failures are left to tell.
func (e *execution) finish(ctx context.Context, results []fleet.Result) error {
	var all, bad []report.Row
	for _, r := range results {
		row := e.row(r)
		all = append(all, row)
		if !row.Status.Good() {
			bad = append(bad, row)
		}
	}
	exit := exitOfRows(all)
	if e.job.format == report.Text {
		e.job.printer.Out = e.job.world.Stderr // standard output is the commands' own
		all = bad
	}
	if e.lost && exit == exitOK {
		exit = exitError
	}
	return e.job.finish(ctx, report.Report{Rows: all}, exit)
}

// row is one host's answer.
func (e *execution) row(r fleet.Result) report.Row {
	row := report.Row{Host: r.Task.Host, Status: report.OK, TookMS: r.Took.Milliseconds(), Command: &report.Command{}}
	if r.Err != nil {
		row.Status = verdictOnError(r.Err)
	}
	if ran := row.Status == report.OK || row.Status == report.Unknown; ran && e.job.format != report.Text { // text has shown them already
		o := e.outputs[r.Task.Host]
		row.Stdout, row.StdoutBase64, row.StdoutFile = o.out.json()
		row.Stderr, row.StderrBase64, row.StderrFile = o.err.json()
		if err := errors.Join(o.out.trouble(), o.err.trouble()); err != nil && r.Err == nil {
			row.Status, row.Message = report.Warn, "its output is not whole: "+err.Error()
		}
	}
	if r.Err != nil {
		failure := shell.AsError(r.Err, shell.ClassLost)
		row.Message, row.Hint = failure.Error(), failure.Hint
		if row.Status != report.Skipped {
			row.Class = string(failure.Class)
		}
		return row
	}
	code := r.Output.Code
	row.ExitCode = &code
	if code != 0 {
		row.Status, row.Class = report.Fail, string(shell.ClassExit)
		row.Message = "exit status " + strconv.Itoa(code)
	}
	return row
}

// execCell is the class of a failure, in text.
func execCell(r report.Row) string { return r.Class }
