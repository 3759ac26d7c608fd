package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"sparkops/sandbox"
	"sparkops/shell"
)

// sandbox makes a practice cluster on this machine and shows the verbs on it.
func (a *app) sandbox() *cli.Command {
	return &cli.Command{
		Name: "sandbox", Usage: "a practice cluster on this machine: no Spark, Java or sshd needed", UsageText: "sparkops sandbox [flags]",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "workers", Value: 3, Usage: "`N` workers beside the master"},
			&cli.BoolFlag{Name: "keep", Usage: "leave it up until Ctrl-C, for another terminal"},
			&cli.StringFlag{Name: "spark-home", Usage: "use the real Spark in `DIR` instead of the stand-in"},
		},
		Before: noSandboxArguments,
		Action: func(c *cli.Context) error { return a.practise(c.Context, c) },
	}
}

func noSandboxArguments(c *cli.Context) error {
	if c.NArg() > 0 {
		return mistakef("sparkops sandbox --workers "+c.Args().First(), "sandbox takes no arguments, and there is %q", c.Args().First())
	}
	if n := c.Int("workers"); n < 1 || n > sandbox.MaxWorkers {
		return mistakef("sparkops sandbox --workers 3", "--workers %d: 1 to %d", n, sandbox.MaxWorkers)
	}
	return nil
}

// practise brings the sandbox up, types the verbs, and clears everything away.
func (a *app) practise(ctx context.Context, c *cli.Context) (err error) {
	out := a.world.Stdout
	s, err := sandbox.Start(ctx, sandbox.Options{
		Workers: c.Int("workers"), SparkHome: c.String("spark-home"), Executable: a.world.Executable, Env: a.javaHome(),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	daemons := "Its daemons are STAND-INS: real processes that speak like Spark's, and no Spark."
	if home := c.String("spark-home"); home != "" {
		daemons = "Its daemons are those of the real Spark in " + home + "."
	}
	fmt.Fprintf(out, "A practice cluster in %s: a master and %s.\nEvery host has an SSH server in this process, an address, a home and a SPARK_HOME of its own.\n%s\n", s.Dir(), count(c.Int("workers"), "worker"), daemons)
	if c.Bool("keep") {
		return a.keep(ctx, s)
	}
	for _, verb := range [][]string{{"config", "-w", "worker1"}, {"push-env"}, {"start-all"}, {"status"}, {"exec", "--", "pwd"}, {"stop-all"}} {
		fmt.Fprintf(out, "\n$ sparkops %s\n", strings.Join(verb, " "))
		world := a.world
		world.Args = append([]string{"sparkops"}, verb...)
		world.Env = append(pointedAt(a.world.Env), s.Env()...)
		if code := Run(ctx, world); code != exitOK {
			a.exit = code
			return nil
		}
	}
	fmt.Fprintf(out, "\nAll of it is cleared away. To keep one for another terminal: sparkops sandbox --keep\n")
	return nil
}

// keep leaves the sandbox up until the user ends it.
func (a *app) keep(ctx context.Context, s *sandbox.Cluster) error {
	out := a.world.Stdout
	fmt.Fprint(out, "\nIn another terminal:\n\n")
	fmt.Fprintln(out, "unset SPARK_HOME SPARK_CONF_DIR SPARK_WORKERS SPARK_SLAVES SPARK_SSH_OPTS HOSTLIST")
	for _, entry := range s.Env() {
		name, value, _ := strings.Cut(entry, "=")
		fmt.Fprintf(out, "export %s=%s\n", name, shell.Quote(value))
	}
	fmt.Fprintf(out, "%s start-all\n\nCtrl-C here clears everything away.\n", quoteWords([]string{a.world.Executable}))
	<-ctx.Done()
	return nil
}

// pointedAt is the environment without what would lead the verbs elsewhere than to the sandbox.
func pointedAt(env []string) []string {
	var kept []string
	for _, entry := range env {
		if !strings.HasPrefix(entry, "SPARK") && !strings.HasPrefix(entry, "HOSTLIST=") {
			kept = append(kept, entry)
		}
	}
	return kept
}

// javaHome hands JAVA_HOME on to a real Spark.
func (a *app) javaHome() []string {
	if home, ok := a.world.Getenv("JAVA_HOME"); ok {
		return []string{"JAVA_HOME=" + home}
	}
	return nil
}
