package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"sparkops/fleet"
	"sparkops/report"
	"sparkops/spark"
	"sparkops/ssh"
)

// job is one run of a verb that goes to hosts: what was typed, what was read, and the way
// to the hosts.
type job struct {
	*app
	settings
	verb    string
	site    *site
	reach   *reach
	cluster *spark.Cluster
	printer *report.Printer
	begun   time.Time
}

// onHosts wraps a verb: it reads flags and files, gives the verb its job, and lets go of all
// connections afterwards.
func (a *app) onHosts(columns []report.Column, do func(context.Context, *cli.Context, *job) error) cli.ActionFunc {
	return func(c *cli.Context) (err error) {
		ctx := c.Context
		j := &job{app: a, verb: c.Command.Name, begun: time.Now()}
		if j.settings, err = a.settings(c); err != nil {
			return err
		}
		if j.verbose {
			columns = verboseColumns(columns)
		}
		j.printer = a.printer(j.settings, columns)
		j.printer.Again = func(hint string) string { return a.again(hint, true) }
		var warm sync.WaitGroup
		warm.Go(ssh.Warm) // while bash reads spark-env.sh
		defer warm.Wait()
		if j.site, err = a.readSite(ctx, j.settings); err != nil {
			return err
		}
		if j.reach, err = a.newReach(ctx, j.site, j.settings); err != nil {
			return err
		}
		defer j.reach.close()
		if j.cluster, err = j.site.cluster(ctx, j.reach); err != nil {
			return err
		}
		if !j.quiet {
			j.site.warn(a.world.Stderr)
		}
		if j.verbose {
			j.site.envSaid(a.world.Stderr)
		}
		return do(ctx, c, j)
	}
}

// someone refuses a selection that leaves a verb nothing to do.
func (j *job) someone(masters, workers bool) error {
	if masters && len(j.cluster.SelectedMasters()) > 0 || workers && len(j.cluster.Workers) > 0 {
		return nil
	}
	return mistakef("sparkops status shows the hosts of each role", "%s: none of the selected hosts is in that role", j.verb)
}

// fleet is the hosts as a plan meets them. SPARK_SSH_FOREGROUND is one host at a time.
func (j *job) fleet() fleet.Fleet {
	fanout := j.fanout
	if j.site.value("SPARK_SSH_FOREGROUND") != "" {
		fanout = 1
	}
	return fleet.Fleet{Connect: j.reach.connect, Fanout: fanout}
}

// carry carries out a plan and shows how far it is. With seen, each result is handed on as
// it comes.
func (j *job) carry(ctx context.Context, plan fleet.Plan, seen func(fleet.Result)) []fleet.Result {
	total := 0
	for _, stage := range plan.Stages {
		total += len(stage.Tasks)
	}
	progress := report.NewProgress(j.reach.person.quiet(j.world.Stderr), j.progress, j.verb, total)
	defer progress.Stop()
	f := j.fleet()
	f.Done = func(r fleet.Result) {
		progress.Done(r.Task.Host, r.Err == nil)
		if seen != nil {
			seen(r)
		}
	}
	results := f.Run(ctx, plan)
	if j.verbose {
		j.said(results)
	}
	return results
}

// stream writes results as they come, where one result is the whole story of a host.
func (j *job) stream(outcomes func([]fleet.Result) []spark.Outcome) func(fleet.Result) {
	return func(r fleet.Result) {
		for _, o := range outcomes([]fleet.Result{r}) {
			j.printer.Row(row(o))
		}
	}
}

// said shows what hosts wrote beside their answers: login banners, what spark-env.sh echoes.
func (j *job) said(results []fleet.Result) {
	for _, r := range results {
		for _, text := range [][]byte{r.Output.Noise, r.Output.Stderr} {
			if len(text) > 0 {
				prefix(j.world.Stderr, r.Task.Host+" said: ", bytes.NewReader(text))
			}
		}
	}
}

// bounds are --timeout and --wait-timeout.
func bounds(c *cli.Context) spark.Bounds {
	b := spark.Bounds{Script: c.Duration("timeout"), Wait: c.Duration("wait-timeout")}
	if b.Script == 0 {
		b.Script = forever
	}
	return b
}

// forever is the bound of --timeout 0.
const forever = 100 * 365 * 24 * time.Hour

// dry prints the plans instead of carrying them out.
func (j *job) dry(plans ...fleet.Plan) error {
	var all fleet.Plan
	for _, plan := range plans {
		all.Stages = append(all.Stages, plan.Stages...)
	}
	if j.format != report.Text {
		return j.printer.Plan(j.verb, stages(all))
	}
	return all.Print(j.world.Stdout)
}

// stages are a plan as the JSON of a dry run has it.
func stages(plan fleet.Plan) []report.Stage {
	var all []report.Stage
	for _, stage := range plan.Stages {
		s := report.Stage{Name: stage.Name}
		for _, task := range stage.Tasks {
			text, _ := task.Script.Text() // what cannot be written is told when it is run
			s.Tasks = append(s.Tasks, report.Task{Host: task.Host, Role: task.Role, Script: task.Script.Name, Text: text})
		}
		all = append(all, s)
	}
	return all
}

// finish reports the results and settles the exit code.
func (j *job) finish(ctx context.Context, r report.Report, exit int) error {
	r.Command, r.TookMS = j.verb, time.Since(j.begun).Milliseconds()
	r.Exit = exit
	if i, ok := errors.AsType[Interrupt](context.Cause(ctx)); ok {
		r.Exit = i.ExitCode()
		r.Closing = append(r.Closing, "interrupted: what is marked unknown may or may not have happened")
	}
	j.exit = r.Exit
	for i := range r.Rows {
		if route := j.reach.routes[r.Rows[i].Host]; route != nil {
			r.Rows[i].Dialled = net.JoinHostPort(route.HostName, strconv.Itoa(route.Port))
		}
	}
	if err := j.printer.Report(r); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}

// finishDaemons is finish for outcomes of daemons.
func (j *job) finishDaemons(ctx context.Context, outcomes []spark.Outcome, closing []string) error {
	all := rows(outcomes)
	return j.finish(ctx, report.Report{Rows: all, Closing: closing}, exitOfRows(all))
}
