// Package fleet carries out a plan on many hosts at a time and keeps every result.
//
// A [Plan] is data: stages, one after the other, of tasks, side by side; a task is one
// script for one host. So a dry run can print it, and nothing is decided while it runs
// but by the gates between the stages. What the scripts mean is not known here; how a
// host is reached is handed in ([Fleet].Connect). Begin reading at [Fleet.Run].
package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sparkops/shell"
)

// Plan is what is to be done, in order.
type Plan struct{ Stages []Stage }

// Stage is a set of tasks that may run at the same time.
type Stage struct {
	Name  string
	Tasks []Task

	// Gate, if there is one, looks at the results of this stage. An error skips all
	// later stages, and is their reason. It must return soon after ctx is done.
	Gate func(ctx context.Context, done []Result) error

	// Release, if set, is a line of a script's answer after which the task holds nobody up: the
	// next stage begins when every task has written it or has ended. It leaves no room for a
	// Gate.
	Release string

	// Pace is the least time between the beginnings of two tasks; 0 for none.
	Pace time.Duration
}

// Task is one script for one host.
type Task struct {
	Host   string // the name that Connect is asked for
	Role   string // what the host is in this task: "master", "worker"
	Script shell.Script
	Bound  time.Duration // for the script, from its own start; 0 for none
}

// Result is what became of a task.
type Result struct {
	Task   Task
	Output shell.Output
	Err    error // nil; *SkippedError; or a *shell.Error: not run to its end
	Took   time.Duration
}

// SkippedError is the error of a task that was not tried.
type SkippedError struct{ Why error }

func (e *SkippedError) Error() string { return "not tried: " + e.Why.Error() }
func (e *SkippedError) Unwrap() error { return e.Why }

// Skipped reports whether the task was not tried.
func (r Result) Skipped() bool {
	_, ok := errors.AsType[*SkippedError](r.Err)
	return ok
}

// Print writes the plan for a reader: stages, hosts, and each different script once,
// as it would be typed into sh.
func (p Plan) Print(w io.Writer) error {
	for n, stage := range p.Stages {
		fmt.Fprintf(w, "stage %d: %s\n", n+1, stage.Name)
		for _, group := range sameScript(stage.Tasks) {
			text, err := group[0].Script.Text()
			if err != nil {
				return err
			}
			fmt.Fprint(w, "  hosts:")
			for _, task := range group {
				fmt.Fprintf(w, " %s", task.Host)
			}
			fmt.Fprintf(w, "\n  script %s, for %s:\n%s\n", group[0].Script.Name, shell.Command, indent(text))
		}
	}
	return nil
}
