//go:build linux

package e2e

import (
	"strings"
	"testing"
)

// Faults of several masters: they are about the cluster, and each has a run of its own.
func TestDoctorOfMasters(t *testing.T) {
	onFirst(t, func(b *bed) {
		m1, w1 := b.Host("m1"), b.Host("w1")
		b.must(b.Launcher.Write(Spark, ConfDir+"/masters", "m1\nw1\n", 0o644))
		run := b.sparkops(3, "doctor", "--check", "ha")
		b.wantFound(run, "m1 ha.recovery fail", "w1 ha.recovery fail")
		b.wantText(b.row(run, "w1"), "2 masters, and spark.deploy.recoveryMode is not set there")

		const zookeeper = "SPARK_MASTER_OPTS='-Dspark.deploy.recoveryMode=ZOOKEEPER -Dspark.deploy.zookeeper.url=m1:2181 -Dspark.deploy.zookeeper.dir="
		b.env(zookeeper+"/spark'", m1)
		b.env(zookeeper+"/other'", w1)
		run = b.sparkops(3, "doctor", "--check", "ha.same")
		b.wantFound(run, "w1 ha.same fail")
		b.wantText(b.row(run, "w1"), "spark.deploy.zookeeper.dir is /other; on m1 it is /spark")
		b.env(zookeeper+"/spark'", w1)
		b.wantFound(b.sparkops(0, "doctor", "--check", "ha.recovery,ha.same"))
	})
}

// A daemon without its pid file is found while it runs, and a start writes it again.
func TestDoctorOfRunningDaemons(t *testing.T) {
	onFirst(t, func(b *bed) {
		b.sparkops(0, "start-all")
		b.on(b.Host("w2"), Root, "rm "+workers1)
		run := b.sparkops(0, "doctor", "--check", "daemons")
		b.wantFound(run, "w2 daemons.no-pid-file warn")
		b.wantText(b.row(run, "w2"), "worker 1 runs as [0-9]+, and "+workers1+" does not say so")
		b.sparkops(0, "start-workers")
		b.wantFound(b.sparkops(0, "doctor"))
		b.sparkops(0, "stop-all")
		b.wantNothingLeft()
	})
}

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
