//go:build linux

package e2e

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

//go:embed testdata/job.py
var job string

// Point 1, and point 8: it is typed on a machine that is neither master nor worker.
func TestStartJobStop(t *testing.T) {
	onEach(t, func(b *bed) {
		run := b.sparkops(0, "start-all")
		b.wantStatus(run, 4, "changed", "registered")
		b.wantDaemons(all(1))
		b.wantAlive(all(1))
		b.wantIdleLauncher()
		b.wantStatus(b.sparkops(0, "status"), 4, "ok", "registered")
		b.wantJobOnAllWorkers()
		b.wantStatus(b.sparkops(0, "stop-all"), 4, "changed", "stopped")
		b.wantNothingLeft()
		b.wantStatus(b.sparkops(0, "stop-all"), 4, "ok", "not-running")
		b.sparkops(3, "status")
	})
}

// wantIdleLauncher wants no trace of a daemon on the machine where sparkops is typed.
func (b *bed) wantIdleLauncher() {
	b.Helper()
	jvms, err := b.Launcher.JVMs()
	b.must(err)
	ports, err := b.Launcher.Listening()
	b.must(err)
	logs, err := b.Launcher.List(SparkHome + "/logs")
	b.must(err)
	files, err := b.Launcher.PidFiles()
	b.must(err)
	if len(jvms) > 0 || !slices.Equal(ports, []int{22}) || len(logs) > 0 || len(files) > 0 {
		b.Errorf("the launcher has JVMs %v, ports %v, logs %v, pid files %v", jvms, ports, logs, files)
	}
}

// wantJobOnAllWorkers runs a job from the launcher and wants tasks of it on each worker host.
func (b *bed) wantJobOnAllWorkers() {
	b.Helper()
	b.must(b.Launcher.Write(Spark, "/tmp/job.py", job, 0o644))
	out := b.on(b.Launcher, Spark, SparkHome+"/bin/spark-submit --driver-java-options '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' /tmp/job.py spark://m1:7077 "+b.Launcher.Address)
	var tasks map[string]int
	b.must(json.Unmarshal([]byte(strings.TrimSpace(out)), &tasks))
	total := 0
	for _, n := range tasks {
		total += n
	}
	if len(tasks) != 3 || tasks["w1"] == 0 || tasks["w2"] == 0 || tasks["w3"] == 0 || total != 30 {
		b.Errorf("30 tasks ran on %v, want some on each of w1, w2 and w3", tasks)
	}
}
