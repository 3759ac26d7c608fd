package commands

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"sparkops/spark"
)

// stop is stop-all, stop-master and stop-workers.
func (a *app) stop(name string, masters, workers bool, aliases ...string) *cli.Command {
	usage := map[bool]string{true: "stop every worker, then every master, and see them gone", false: "stop every worker and see it gone"}[masters]
	if !workers {
		usage = "stop every master and see it gone"
	}
	return &cli.Command{
		Name: name, Aliases: aliases, Usage: usage, UsageText: "sparkops " + name + " [flags]",
		Flags: a.flags(timeoutFlag(2*time.Minute), dryRunFlag(), killFlag(),
			waitTimeoutFlag(time.Minute, "the processes to end")),
		Before: a.noArguments,
		Action: a.onHosts(daemonColumns(), func(ctx context.Context, c *cli.Context, j *job) error {
			stop := &spark.Stop{Cluster: j.cluster, Bounds: bounds(c), Masters: masters, Workers: workers, Kill: c.Bool("kill")}
			if err := j.someone(masters, workers); err != nil {
				return err
			}
			release, err := j.alone(c, stops)
			if err != nil {
				return err
			}
			defer release()
			if c.Bool("dry-run") {
				return j.dry(stop.Plan())
			}
			outcomes := stop.Outcomes(j.carry(ctx, stop.Plan(), j.stream(stop.Outcomes)))
			what := map[bool]string{true: "daemon", false: "worker"}[masters]
			if !workers {
				what = "master"
			}
			return j.finishDaemons(ctx, outcomes, gone(outcomes, what))
		}),
	}
}

// gone is the last line: on how many hosts nothing is left of what was to be stopped.
func gone(outcomes []spark.Outcome, what string) []string {
	left := map[string]bool{}
	for _, o := range outcomes {
		left[o.Host] = left[o.Host] || !verdict(o).Good()
	}
	clear := 0
	for _, some := range left {
		if !some {
			clear++
		}
	}
	return []string{fmt.Sprintf("no %s is left on %d of %s", what, clear, count(len(left), "host"))}
}

func killFlag() cli.Flag {
	return &cli.BoolFlag{Name: "kill", Usage: "send KILL to what has not ended in --wait-timeout after its TERM"}
}
