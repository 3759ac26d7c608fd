//go:build linux

package e2e

import (
	_ "embed"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

//go:embed testdata/Sleep.java
var sleepJava string

const workerPidFile = "/tmp/spark-spark-" + WorkerClass + "-1.pid"

// Point 3: a worker that was killed is named, and brought back.
func TestKilledWorker(t *testing.T) {
	onEach(t, func(b *bed) {
		b.sparkops(0, "start-all")
		daemons, err := b.Host("w2").Daemons()
		b.must(err)
		b.must(daemons[0].Signal(syscall.SIGKILL))
		status := b.sparkops(3, "status")
		if row := b.row(status, "w2"); row.Status == "ok" || row.State == "registered" {
			b.Errorf("a killed worker is %+v", row)
		}
		for _, host := range []string{"m1", "w1", "w3"} {
			if row := b.row(status, host); row.Status != "ok" {
				b.Errorf("what still runs on %s is %+v", host, row)
			}
		}
		run := b.sparkops(0, "start-workers")
		if row := b.row(run, "w2"); row.Status != "changed" || row.State != "registered" {
			b.Errorf("start-workers made of a killed worker %+v", row)
		}
		b.wantDaemons(all(1))
		b.wantAlive(all(1))
		b.sparkops(0, "status")
	})
}

// Point 3: a daemon is found without its pid file.
func TestPidFileDeleted(t *testing.T) {
	onFirst(t, func(b *bed) {
		b.sparkops(0, "start-all")
		for _, h := range b.Hosts() {
			b.must(h.Empty("/tmp"))
		}
		b.sparkops(0, "start-all")
		b.wantDaemons(all(1))
		for _, h := range b.Hosts() {
			b.must(h.Empty("/tmp"))
		}
		b.sparkops(0, "stop-all")
		b.wantNothingLeft()
	})
}

// Point 3: a pid file that names a JVM of someone else's makes nobody signal it.
func TestPidFileOfForeignJava(t *testing.T) {
	onLast(t, func(b *bed) {
		w1 := b.Host("w1")
		b.must(w1.Write(Spark, "/home/spark/Sleep.java", sleepJava, 0o644))
		out := b.on(w1, Spark, "setsid "+b.java+"/bin/java Sleep.java >/dev/null 2>&1 </dev/null & echo $!")
		pid := strings.TrimSpace(out)
		b.must(Until(b.ctx, "the foreign java runs", func() (bool, error) {
			jvms, err := w1.JVMs()
			return len(jvms) == 1, err
		}))
		b.must(w1.Write(Spark, workerPidFile, pid+"\n", 0o644))
		b.sparkops(0, "stop-all")
		b.wantForeign(w1, pid)
		b.must(w1.Write(Spark, workerPidFile, pid+"\n", 0o644))
		b.sparkops(0, "start-all")
		b.wantDaemons(all(1))
		b.wantForeign(w1, pid)
		b.sparkops(0, "stop-all")
		b.wantDaemons(nil)
		b.wantForeign(w1, pid)
	})
}

// wantForeign wants that JVM to live.
func (b *bed) wantForeign(h *Host, pid string) {
	b.Helper()
	jvms, err := h.JVMs()
	b.must(err)
	for _, p := range jvms {
		if fmt.Sprint(p.PID) == pid {
			return
		}
	}
	b.Fatalf("the foreign java with pid %s is gone from %s", pid, h.Name)
}
