package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"sparkops/report"
	"sparkops/spark"
)

// status shows what runs, what the masters list, and where the two disagree.
func (a *app) status() *cli.Command {
	return &cli.Command{
		Name: "status", Usage: "what runs, what the masters list, where they disagree", UsageText: "sparkops status [flags]",
		Flags:  a.flags(timeoutFlag(2 * time.Minute)),
		Before: a.noArguments,
		Action: a.onHosts(statusColumns(), func(ctx context.Context, c *cli.Context, j *job) error {
			status := &spark.Status{Cluster: j.cluster, Connect: j.reach.connect, Bounds: bounds(c)}
			outcomes, views := status.Outcomes(ctx, j.carry(ctx, status.Plan(), nil))
			all := rows(outcomes)
			url := spark.URL(j.cluster.Addresses)
			if len(views) == 1 {
				url = views[0].URL // where it is, whatever port was asked for
			}
			r := report.Report{Rows: all, Closing: closing(outcomes, url)}
			if len(views) == 0 {
				r.Closing = []string{"no master was asked: nobody can say who is registered"}
			}
			for _, v := range views {
				if j.hosts != "" || j.exclude != "" {
					v.Unexpected = nil // a part of the cluster was asked about
				}
				r.Masters = append(r.Masters, report.Master(v))
				r.Closing = append(r.Closing, masterLine(v))
			}
			return j.finish(ctx, r, exitOfStatus(all, r.Masters))
		}),
	}
}

// exitOfStatus is 3 as soon as something does not run or is not registered.
func exitOfStatus(all []report.Row, masters []report.Master) int {
	code := exitOfRows(all)
	if code == exitFailed || code == exitNotRegistered {
		return exitNotWell
	}
	for _, m := range masters {
		if len(m.Unexpected) > 0 && code == exitOK {
			return exitNotWell
		}
	}
	return code
}

// masterLine is a master's own view in one line.
func masterLine(v spark.MasterView) string {
	line := fmt.Sprintf("%s is %s: %s alive", v.URL, v.Status, count(v.Alive, "worker"))
	if v.Dead > 0 {
		line += fmt.Sprintf(", %d dead or leaving", v.Dead)
	}
	if v.Alive > 0 {
		line += fmt.Sprintf(", %s, %s", count(v.Cores, "core"), mebi(v.Memory))
	}
	if len(v.Unexpected) > 0 {
		line += "; found on no host: " + strings.Join(v.Unexpected, " ")
	}
	return line
}
