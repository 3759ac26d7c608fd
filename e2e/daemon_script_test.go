//go:build linux

package e2e

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// footprint is what a daemon shows of how it was started.
type footprint struct {
	env      map[string]string
	nice     int
	pidFiles []string
	logs     []string
	jvm      []string // the command line up to the class
}

// Point 4: either tool stops what the other one started, as nothing tells them apart.
func TestDaemonScript(t *testing.T) {
	onEach(t, func(b *bed) {
		b.must(b.Reset(append(slices.Clone(Small), "SPARK_NICENESS=3", "SPARK_LOG_MAX_FILES=2")))
		stock := Stock{Cluster: b.Cluster, Instances: 1}
		b.must(stock.Start(b.ctx))
		want := b.footprints()
		b.wantStatus(b.sparkops(0, "start-all"), 4, "ok", "registered")
		b.wantStatus(b.sparkops(0, "stop-all"), 4, "changed", "stopped")
		b.wantNothingLeft()
		for _, h := range b.Hosts() {
			b.must(h.Remove(SparkHome + "/logs"))
		}
		b.sparkops(0, "start-all")
		b.compare(want, b.footprints())
		b.must(stock.Stop(b.ctx))
		b.wantNothingLeft()
	})
}

func (b *bed) footprints() map[string]footprint {
	b.Helper()
	found := map[string]footprint{}
	for _, h := range append([]*Host{b.Master}, b.Workers...) {
		daemons, err := h.Daemons()
		b.must(err)
		if len(daemons) != 1 {
			b.Fatalf("%s runs %v, want one daemon", h.Name, daemons)
		}
		p := daemons[0]
		files, err := h.PidFiles()
		b.must(err)
		logs, err := h.List(SparkHome + "/logs")
		b.must(err)
		env, err := p.Environ()
		b.must(err)
		found[h.Name] = footprint{
			env: env, nice: p.Nice(), logs: logs,
			pidFiles: slices.Sorted(maps.Keys(files)),
			jvm:      p.Args[:slices.Index(p.Args, p.Class())+1],
		}
	}
	return found
}

func (b *bed) compare(want, got map[string]footprint) {
	b.Helper()
	for host, w := range want {
		g := got[host]
		if w.nice != g.nice {
			b.Errorf("%s: niceness %d, spark-daemon.sh's %d", host, g.nice, w.nice)
		}
		if !slices.Equal(w.pidFiles, g.pidFiles) || !slices.Equal(w.logs, g.logs) {
			b.Errorf("%s: files %v %v, spark-daemon.sh's %v %v", host, g.pidFiles, g.logs, w.pidFiles, w.logs)
		}
		if !slices.Equal(w.jvm, g.jvm) {
			b.Errorf("%s: command %v, spark-daemon.sh's %v", host, g.jvm, w.jvm)
		}
		for name := range maps.Keys(union(w.env, g.env)) {
			// The master of the stock procedure is started without a login.
			matters := sparksOwn(name) || host != b.Master.Name && ofLogin(name)
			if matters && w.env[name] != g.env[name] {
				b.Errorf("%s: %s=%q, spark-daemon.sh's %q", host, name, g.env[name], w.env[name])
			}
		}
	}
}

func union(a, b map[string]string) map[string]string {
	both := maps.Clone(a)
	maps.Copy(both, b)
	return both
}

// sparksOwn are the variables that Spark sets or reads, but for one that tells
// whether standard input was a pipe when it was started.
func sparksOwn(name string) bool {
	if name == "SPARK_BEELINE_OPTS" {
		return false
	}
	for _, prefix := range []string{"SPARK_", "PYTHON", "PYSPARK", "JAVA_", "HADOOP_", "LD_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func ofLogin(name string) bool {
	return slices.Contains([]string{"HOME", "USER", "LOGNAME", "PATH", "SHELL"}, name)
}
