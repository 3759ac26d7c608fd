//go:build linux

package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"sparkops/e2e"
)

// side is one way to bring a cluster up and down; both return when it is so.
type side struct {
	name        string
	start, stop func(context.Context) error
}

// spark measures on hosts with a real Spark and the JVM's own default options: the time
// from typing to all registered, and to all stopped.
func (b *bench) spark() (table, error) {
	t := table{
		title: "Apache Spark " + e2e.Versions[0] + ", one master and three worker hosts, " + fmt.Sprint(runtime.NumCPU()) + " cores in all",
		stock: "spark-daemon.sh over ssh",
		cpu:   "the JVMs' own processor time, share of the cores",
	}
	from, err := e2e.SparkDir(e2e.Versions[0])
	if err != nil {
		return t, err
	}
	cluster, err := e2e.NewCluster(from, b.sparkops)
	if err != nil {
		return t, err
	}
	defer cluster.Close()
	// The first start reads Spark's jars from the disk, whoever makes it: it does not count.
	if err := b.sparkRound(cluster, 1, 0, new(contest), new(contest)); err != nil {
		return t, err
	}
	for _, instances := range []int{1, 4} {
		started := contest{what: fmt.Sprintf("typed to all registered, %d a host", instances)}
		stopped := contest{what: fmt.Sprintf("typed to all stopped, %d a host", instances)}
		for round := range b.rounds {
			if err := b.sparkRound(cluster, instances, round, &started, &stopped); err != nil {
				return t, err
			}
		}
		t.rows = append(t.rows, started, stopped)
	}
	return t, nil
}

// sparkRound takes one sample of each side, in turns first.
func (b *bench) sparkRound(cluster *e2e.Cluster, instances, round int, started, stopped *contest) error {
	stock := e2e.Stock{Cluster: cluster, Instances: instances}
	sides := []side{
		{"sparkops", typed(cluster, "start-all"), typed(cluster, "stop-all")},
		{"stock", stock.Start, stock.Stop},
	}
	if round%2 == 1 {
		slices.Reverse(sides)
	}
	for _, s := range sides {
		settings := append(slices.Clone(e2e.Plain), fmt.Sprintf("SPARK_WORKER_INSTANCES=%d", instances))
		if err := cluster.Reset(settings); err != nil {
			return err
		}
		up, err := b.timed(s.start, stock.Registered)
		if err != nil {
			return fmt.Errorf("%s, start: %w", s.name, err)
		}
		up.cpu = daemonsCPU(cluster)
		down, err := b.timed(s.stop, stock.Gone)
		if err != nil {
			return fmt.Errorf("%s, stop: %w", s.name, err)
		}
		say("spark, %d a host, %s: up %v, down %v", instances, s.name, up.took.Round(time.Millisecond), down.took.Round(time.Millisecond))
		if s.name == "stock" {
			started.stock, stopped.stock = append(started.stock, up), append(stopped.stock, down)
		} else {
			started.sparkops, stopped.sparkops = append(started.sparkops, up), append(stopped.sparkops, down)
		}
	}
	return nil
}

// typed is a verb of sparkops, which has to succeed.
func typed(cluster *e2e.Cluster, verb string) func(context.Context) error {
	return func(ctx context.Context) error {
		run, err := cluster.Sparkops(ctx, verb)
		if err == nil && run.Exit != 0 {
			err = fmt.Errorf("%s", run)
		}
		return err
	}
}

// timed takes the time of a step, and the time until its promise holds in it.
func (b *bench) timed(step, holds func(context.Context) error) (sample, error) {
	began := time.Now()
	if err := step(b.ctx); err != nil {
		return sample{}, err
	}
	err := holds(b.ctx)
	return sample{took: time.Since(began)}, err
}

// daemonsCPU is the processor time that the daemons have used since they were launched.
func daemonsCPU(cluster *e2e.Cluster) time.Duration {
	var used time.Duration
	for _, h := range cluster.Hosts() {
		daemons, _ := h.Daemons() // a host that is gone fails the next step
		for _, p := range daemons {
			used += p.CPU()
		}
	}
	return used
}
