//go:build linux

package e2e

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Stock does what Spark's sbin/start-all.sh and stop-all.sh do. A Spark from a
// package registry holds spark-daemon.sh but not the scripts around it, so those
// are written here, with the loops of start-worker.sh and workers.sh in them.
type Stock struct {
	Cluster   *Cluster
	Instances int // workers a host
}

// stockSSH is how workers.sh calls ssh.
const stockSSH = "ssh -o StrictHostKeyChecking=no"

// Start starts the master on its own host, then all workers over ssh from there,
// as start-all.sh has to, and waits until the master lists all as ALIVE.
func (s Stock) Start(ctx context.Context) error {
	script := fmt.Sprintf(`cd %[1]s
%[1]s/sbin/spark-daemon.sh start %[2]s 1 --host m1 --port 7077 --webui-port 8080
for h in %[3]s; do
  %[4]s $h 'cd %[1]s; for i in $(seq 1 %[5]d); do %[1]s/sbin/spark-daemon.sh start %[6]s $i --webui-port $((8080 + i)) spark://m1:7077; done' 2>&1 | sed "s/^/$h: /" &
done
wait`, SparkHome, MasterClass, s.workerNames(), stockSSH, s.Instances, WorkerClass)
	if err := s.run(ctx, script); err != nil {
		return err
	}
	return s.Registered(ctx)
}

// Registered waits until the master lists all workers as ALIVE.
func (s Stock) Registered(ctx context.Context) error {
	want := s.Instances * len(s.Cluster.Workers)
	return Until(ctx, fmt.Sprintf("%d workers are registered", want), func() (bool, error) {
		// A master that does not answer yet is one to ask again.
		state, err := s.Cluster.Master.Master(ctx)
		return err == nil && state.Total() == want, nil
	})
}

// Stop stops the workers over ssh, then the master, and waits until no JVM is left.
func (s Stock) Stop(ctx context.Context) error {
	script := fmt.Sprintf(`for h in %[1]s; do
  %[2]s $h 'cd %[3]s; for i in $(seq 1 %[4]d); do %[3]s/sbin/spark-daemon.sh stop %[5]s $i; done' 2>&1 | sed "s/^/$h: /" &
done
wait
%[3]s/sbin/spark-daemon.sh stop %[6]s 1`, s.workerNames(), stockSSH, SparkHome, s.Instances, WorkerClass, MasterClass)
	if err := s.run(ctx, script); err != nil {
		return err
	}
	return s.Gone(ctx)
}

// Gone waits until no host has a JVM.
func (s Stock) Gone(ctx context.Context) error {
	return Until(ctx, "no JVM is left", func() (bool, error) {
		for _, h := range s.Cluster.Hosts() {
			if running, err := h.JVMs(); err != nil || len(running) > 0 {
				return false, err
			}
		}
		return true, nil
	})
}

func (s Stock) workerNames() string {
	var names []string
	for _, h := range s.Cluster.Workers {
		names = append(names, h.Name)
	}
	return strings.Join(names, " ")
}

func (s Stock) run(ctx context.Context, script string) error {
	answer, err := Finish(ctx, s.Cluster.Master.Command(ctx, Spark, nil, "bash", "-c", script))
	if err == nil && answer.Exit != 0 {
		err = fmt.Errorf("exit %d: %s%s", answer.Exit, answer.Stdout, answer.Stderr)
	}
	return err
}

// pollEvery is how often a wait looks; it costs little, as no process is started for it.
const pollEvery = 20 * time.Millisecond

// Until waits until the condition holds, at most until ctx ends.
func Until(ctx context.Context, what string, holds func() (bool, error)) error {
	for {
		ok, err := holds()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting until %s: %w", what, ctx.Err())
		case <-time.After(pollEvery):
		}
	}
}
