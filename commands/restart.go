package commands

import (
	"context"
	"time"

	"github.com/urfave/cli/v2"

	"sparkops/spark"
)

// restart is restart-all: stop, then start, with one report.
func (a *app) restart() *cli.Command {
	return &cli.Command{
		Name: "restart-all", Usage: "stop everything, then start everything", UsageText: "sparkops restart-all [flags]",
		Flags: a.flags(timeoutFlag(2*time.Minute), dryRunFlag(), noWaitFlag(), noCheckFlag(), killFlag(),
			waitTimeoutFlag(2*time.Minute, "processes to end, masters to be ALIVE, workers to register")),
		Before: a.noArguments,
		Action: a.onHosts(daemonColumns(), func(ctx context.Context, c *cli.Context, j *job) error {
			stop := &spark.Stop{Cluster: j.cluster, Bounds: bounds(c), Masters: true, Workers: true, Kill: c.Bool("kill")}
			start, err := j.starter(c, true, true)
			if err != nil {
				return err
			}
			release, err := j.alone(c, "")
			if err != nil {
				return err
			}
			defer release()
			if err := j.preflight(ctx, c, start); err != nil { // before anything is stopped
				return err
			}
			if c.Bool("dry-run") {
				return j.dry(stop.Plan(), start.Plan())
			}
			stopped := stop.Outcomes(j.carry(ctx, stop.Plan(), nil))
			left := start.Without(stopped)
			started := j.diagnosed(ctx, start, start.Outcomes(ctx, j.carry(ctx, start.Plan(), nil)))
			outcomes := spark.Restarted(stopped, left, started)
			if start.NoWait {
				return j.finishDaemons(ctx, outcomes, nil)
			}
			return j.finishDaemons(ctx, outcomes, closing(outcomes, spark.URL(j.cluster.Addresses)))
		}),
	}
}
