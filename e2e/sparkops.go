//go:build linux

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Report is the document that `sparkops -o json` writes.
type Report struct {
	Schema  int            `json:"schema"`
	Command string         `json:"command"`
	Exit    int            `json:"exit"`
	TookMS  int            `json:"took_ms"`
	Summary map[string]int `json:"summary"`
	Results []Result       `json:"results"`
	Error   string         `json:"error"` // before any host was touched
}

// Result is one row of a report.
type Result struct {
	Host     string `json:"host"`
	Role     string `json:"role"`
	Instance int    `json:"instance"`
	Status   string `json:"status"`
	State    string `json:"state"`
	PID      int    `json:"pid"`
	Log      string `json:"log"`
	Address  string `json:"address"`
	WebUI    string `json:"webui"`
	Class    string `json:"class"`
	Message  string `json:"message"`
	Hint     string `json:"hint"`
	Check    string `json:"check"` // of doctor

	Seen   []string `json:"seen"`   // last lines of the log
	Stdout string   `json:"stdout"` // of exec
	File   string   `json:"file"`   // of push-env and push-keys
	Proven *bool    `json:"proven"` // of push-keys
	SHA256 string   `json:"sha256"` // of push-env
	Before string   `json:"before"` // likewise
	Behind []struct {
		Role string `json:"role"`
		PID  int    `json:"pid"`
	} `json:"behind"` // likewise
}

// Of are the report's rows for one host.
func (r Report) Of(host string) []Result {
	return slices.DeleteFunc(slices.Clone(r.Results), func(row Result) bool { return row.Host != host })
}

// Daemons are the report's rows for instances of a role, those of a host that was
// not reached included.
func (r Report) Daemons(role string) []Result {
	return slices.DeleteFunc(slices.Clone(r.Results), func(row Result) bool { return row.Role != role })
}

// Run is one run of sparkops.
type Run struct {
	Answer
	Args   []string
	Report Report // of a run with -o json
}

func (r Run) String() string {
	return fmt.Sprintf("sparkops %s: exit %d in %v\nstdout: %s\nstderr: %s", strings.Join(r.Args, " "), r.Exit, r.Took.Round(1e6), r.Stdout, r.Stderr)
}

// Sparkops runs sparkops on the launcher as user spark with -o json, to its end.
func (c *Cluster) Sparkops(ctx context.Context, args ...string) (Run, error) {
	return c.SparkopsWith(ctx, nil, args...)
}

// SparkopsWith is Sparkops with more in its environment.
func (c *Cluster) SparkopsWith(ctx context.Context, environ []string, args ...string) (Run, error) {
	ctx, cancel := context.WithTimeout(ctx, RunLimit)
	defer cancel()
	args = append(args[:1:1], append([]string{"-o", "json"}, args[1:]...)...)
	env := append([]string{"SPARK_HOME=" + SparkHome, "SPARK_CONF_DIR=" + ConfDir}, environ...)
	run := Run{Args: args}
	var err error
	run.Answer, err = Finish(ctx, c.Launcher.Command(ctx, Spark, env, append([]string{Sparkops}, args...)...))
	if err != nil {
		return run, fmt.Errorf("%w\n%s", err, run)
	}
	if err := json.Unmarshal([]byte(run.Stdout), &run.Report); err != nil {
		return run, fmt.Errorf("standard output is not one JSON document: %w\n%s", err, run)
	}
	if run.Report.Exit != run.Exit {
		return run, fmt.Errorf("the report says exit %d\n%s", run.Report.Exit, run)
	}
	return run, nil
}
