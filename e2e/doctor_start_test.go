//go:build linux

package e2e

import (
	"strings"
	"testing"
)

// A start sees the fatal part by itself, in doctor's words: there no JVM runs and no log is
// written. The others start.
func TestStartRefusesWhatCannotWork(t *testing.T) {
	onFirst(t, func(b *bed) {
		w1, w2, w3 := b.Host("w1"), b.Host("w2"), b.Host("w3")
		b.on(w1, Root, noMaster)
		b.Cleanup(func() { b.on(w1, Root, oldHosts) })
		b.env("SPARK_LOCAL_IP=192.0.2.7", w2)
		run := b.sparkops(5, "start-all")
		b.wantText(b.row(run, "w1"), "the name of the master, m1, is not known there: the worker runs and never registers(.|\\s)*getent hosts m1")
		b.wantText(b.row(run, "w2"), "SPARK_LOCAL_IP=192.0.2.7 is no address of this host")
		if class := b.row(run, "w1").Class; class != "dns" {
			b.Errorf("class %s", class)
		}
		b.wantDaemons(map[string]int{"m1 Master": 1, "w3 Worker": 1})
		for _, h := range []*Host{w1, w2} {
			b.on(h, Root, "! ls "+SparkHome+"/logs/*.out")
		}

		// The same file as the launcher's, with a value that no daemon takes.
		bad := b.SparkEnv(Small) + "SPARK_WORKER_PORT=80\n"
		b.must(b.Launcher.Write(Spark, ConfDir+"/spark-env.sh", bad, 0o644))
		b.must(w3.Write(Spark, SparkHome+"/conf/spark-env.sh", bad, 0o644))
		b.sparkops(0, "stop-workers", "-w", "w3")
		run = b.sparkops(5, "start-workers", "-w", "w3")
		b.wantText(b.row(run, "w3"), "SPARK_WORKER_PORT=80")
		if run = b.sparkops(5, "start-workers", "-w", "w3", "--no-check"); !strings.Contains(b.row(run, "w3").State, "died") {
			b.Errorf("--no-check: %+v", run.Report.Results)
		}
		b.sparkops(0, "stop-all")
		b.wantNothingLeft()
	})
}
