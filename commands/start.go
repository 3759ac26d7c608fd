package commands

import (
	"context"
	"time"

	"github.com/urfave/cli/v2"

	"sparkops/spark"
)

// start is start-all, start-master and start-workers.
func (a *app) start(name string, masters, workers bool, aliases ...string) *cli.Command {
	usage := map[bool]string{true: "start every master, then every worker, and see them registered", false: "start every worker and see it registered"}[masters]
	if !workers {
		usage = "start every master and see it ALIVE"
	}
	return &cli.Command{
		Name: name, Aliases: aliases, Usage: usage, UsageText: "sparkops " + name + " [flags]",
		Flags: a.flags(timeoutFlag(2*time.Minute), dryRunFlag(), noWaitFlag(), noCheckFlag(),
			waitTimeoutFlag(2*time.Minute, "masters to be ALIVE and workers to register")),
		Before: a.noArguments,
		Action: a.onHosts(daemonColumns(), func(ctx context.Context, c *cli.Context, j *job) error {
			start, err := j.starter(c, masters, workers)
			if err == nil {
				err = j.someone(masters, workers)
			}
			if err != nil {
				return err
			}
			release, err := j.alone(c, starts)
			if err != nil {
				return err
			}
			defer release()
			if err := j.preflight(ctx, c, start); err != nil {
				return err
			}
			if c.Bool("dry-run") {
				return j.dry(start.Plan())
			}
			outcomes := j.diagnosed(ctx, start, start.Outcomes(ctx, j.carry(ctx, start.Plan(), nil)))
			if start.NoWait {
				return j.finishDaemons(ctx, outcomes, nil)
			}
			return j.finishDaemons(ctx, outcomes, closing(outcomes, spark.URL(j.cluster.Addresses)))
		}),
	}
}

func noWaitFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-wait", Usage: "do not wait for workers to register"}
}

// starter is the start that the flags describe.
func (j *job) starter(c *cli.Context, masters, workers bool) (*spark.Start, error) {
	pace, err := j.site.pace()
	return &spark.Start{
		Cluster: j.cluster, Connect: j.reach.connect, Bounds: bounds(c),
		Masters: masters, Workers: workers, NoWait: c.Bool("no-wait"), Pace: pace,
		Seen: func(o spark.Outcome) { j.printer.Row(row(o)) },
	}, err
}
