//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/e2e"
	"sparkops/sandbox"
)

// standInWorkers is how many worker hosts the sandbox has.
const standInWorkers = 3

// standIns measures on the stand-in daemons of the sandbox, which start in no time: what is
// left is what the procedure itself costs.
func (b *bench) standIns() (table, error) {
	t := table{
		title: fmt.Sprintf("Stand-in daemons of the sandbox, one master and %d worker hosts", standInWorkers),
		stock: "spark-daemon.sh over ssh",
	}
	cluster, err := sandbox.Start(b.ctx, sandbox.Options{
		Workers: standInWorkers, Dir: b.dir, Executable: b.sparkops, SSH: b.sameKeyExchange,
	})
	if err != nil {
		return t, err
	}
	defer cluster.Close()
	if err := addDaemonScript(cluster); err != nil {
		return t, err
	}
	for _, instances := range []int{1, 4} {
		if err := setInstances(cluster, instances); err != nil {
			return t, err
		}
		started := contest{what: fmt.Sprintf("typed to all registered, %d a host", instances)}
		stopped := contest{what: fmt.Sprintf("typed to all stopped, %d a host", instances)}
		if instances == 4 {
			started.want, stopped.want = 4, 4
		}
		for round := range b.rounds {
			if err := b.standInRound(cluster, instances, round, &started, &stopped); err != nil {
				return t, err
			}
		}
		t.rows = append(t.rows, started, stopped)
	}
	return t, nil
}

// sameKeyExchange keeps the servers to what both sides agree on: an ssh before OpenSSH 9.9 has no
// ML-KEM, and sparkops alone would do that work.
func (b *bench) sameKeyExchange(c *gossh.ServerConfig) {
	known, _ := exec.CommandContext(b.ctx, "ssh", "-Q", "kex").Output()
	if !slices.Contains(strings.Fields(string(known)), gossh.KeyExchangeMLKEM768X25519) {
		c.KeyExchanges = []string{gossh.KeyExchangeCurve25519}
	}
}

func (b *bench) standInRound(cluster *sandbox.Cluster, instances, round int, started, stopped *contest) error {
	bed := standInBed{cluster, instances}
	sides := []side{
		{"sparkops", b.typedHere(cluster, "start-all"), b.typedHere(cluster, "stop-all")},
		{"stock", bed.stockStart, bed.stockStop},
	}
	if round%2 == 1 {
		slices.Reverse(sides)
	}
	for _, s := range sides {
		up, err := b.timed(s.start, bed.registered)
		if err != nil {
			return fmt.Errorf("%s, start: %w", s.name, err)
		}
		down, err := b.timed(s.stop, bed.gone)
		if err != nil {
			return fmt.Errorf("%s, stop: %w", s.name, err)
		}
		say("stand-ins, %d a host, %s: up %v, down %v", instances, s.name, up.took.Round(time.Millisecond), down.took.Round(time.Millisecond))
		if s.name == "stock" {
			started.stock, stopped.stock = append(started.stock, up), append(stopped.stock, down)
		} else {
			started.sparkops, stopped.sparkops = append(started.sparkops, up), append(stopped.sparkops, down)
		}
	}
	return nil
}

// typedHere is a verb of sparkops, typed on this machine at the sandbox.
func (b *bench) typedHere(cluster *sandbox.Cluster, verb string) func(context.Context) error {
	return func(ctx context.Context) error {
		return command(ctx, append(os.Environ(), cluster.Env()...), b.sparkops, verb, "-o", "json")
	}
}

// addDaemonScript gives every host the spark-daemon.sh of a real Spark and what that reads; what
// it calls is the stand-in's.
func addDaemonScript(cluster *sandbox.Cluster) error {
	from, err := e2e.SparkDir(e2e.Versions[0])
	if err != nil {
		return err
	}
	for _, h := range cluster.Hosts() {
		if err := os.MkdirAll(filepath.Join(h.SparkHome, "sbin"), 0o755); err != nil {
			return err
		}
		for _, name := range []string{"sbin/spark-daemon.sh", "sbin/spark-config.sh", "bin/load-spark-env.sh"} {
			script, err := os.ReadFile(filepath.Join(from, name))
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(h.SparkHome, name), script, 0o755); err != nil {
				return err
			}
		}
	}
	return nil
}

// setInstances is what every host's settings say from here on.
func setInstances(cluster *sandbox.Cluster, n int) error {
	for _, h := range cluster.Hosts() {
		f, err := os.OpenFile(h.EnvFile, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(f, "SPARK_WORKER_INSTANCES=%d\n", n)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
	return nil
}
