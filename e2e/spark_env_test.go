//go:build linux

package e2e

import (
	"strings"
	"testing"
)

// What real files hold and Spark's own scripts stumble over does no harm.
func TestOddSparkEnv(t *testing.T) {
	odd := map[string]string{
		"m1": "SPARK_MASTER=spark://m1:7077\nSPARK_NO_DAEMONIZE=1\necho noise\nexit 0",
		"w1": "echo noise\necho more noise >&2\nexit 0",
		"w2": "set -u\nSPARK_NO_DAEMONIZE=",
		"w3": "SPARK_MASTER=spark://m1:7077\nset -e\nfalse || true",
	}
	onFirst(t, func(b *bed) {
		for name, lines := range odd {
			b.env(lines, b.Host(name))
		}
		b.env(odd["m1"], b.Master)
		for _, h := range []*Host{b.Master, b.Host("w3")} {
			b.must(h.Write(Spark, "/home/spark/.bashrc", "echo welcome to $HOSTNAME\nexport SPARK_ENV_LOADED=1\n", 0o644))
		}
		run := b.sparkops(0, "start-all")
		for host, want := range map[string]string{"m1": "warn", "w1": "warn", "w2": "changed", "w3": "changed"} {
			row := b.row(run, host)
			if row.Status != want || row.Role == "worker" && row.State != "registered" {
				b.Errorf("want %s: %+v", want, row)
			}
			if want == "warn" {
				b.wantText(row, "ends the shell that reads it") // so it would end Spark's own scripts
			}
		}
		b.wantDaemons(all(1))
		b.wantAlive(all(1))
		for _, h := range b.Workers {
			daemons, err := h.Daemons()
			b.must(err)
			env, err := daemons[0].Environ()
			b.must(err)
			if env["SPARK_WORKER_MEMORY"] != "512m" || !strings.Contains(strings.Join(daemons[0].Args, " "), "TieredStopAtLevel=1") {
				b.Errorf("%s did not read its spark-env.sh: %v", h.Name, env)
			}
		}
		b.sparkops(0, "status")
		b.sparkops(0, "stop-all")
		b.wantNothingLeft()
	})
}

// The same in the launcher's own conf directory.
func TestOddSparkEnvOfLauncher(t *testing.T) {
	onFirst(t, func(b *bed) {
		b.must(b.Launcher.Write(Spark, ConfDir+"/spark-env.sh", b.SparkEnv(Small)+"set -u\necho noise\nexit 0\n", 0o644))
		b.sparkops(0, "start-all", "-w", "m1,w1")
		b.wantDaemons(map[string]int{"m1 Master": 1, "w1 Worker": 1})
	})
}
