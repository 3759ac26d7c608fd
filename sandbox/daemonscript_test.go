package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sparkops/sandbox"
	"sparkops/sandbox/standin"
	"sparkops/shell/shelltest"
)

// realSpark is the Spark that SPARKOPS_TEST_SPARK_HOME names.
func realSpark(t *testing.T) string {
	t.Helper()
	home := os.Getenv("SPARKOPS_TEST_SPARK_HOME")
	if home == "" {
		t.Skip("no real Spark: SPARKOPS_TEST_SPARK_HOME is not set")
	}
	return home
}

// Spark's own sbin/spark-daemon.sh takes the stand-in for what it knows.
func TestSparkDaemonScript(t *testing.T) {
	t.Parallel()
	real := realSpark(t)
	c := open(t, sandbox.Options{Workers: 1})
	m := c.Host("master")
	for _, script := range []string{"spark-daemon.sh", "spark-config.sh"} {
		if err := os.MkdirAll(filepath.Join(m.SparkHome, "sbin"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(real, "sbin", script), filepath.Join(m.SparkHome, "sbin", script)); err != nil {
			t.Fatal(err)
		}
	}
	script := "SPARK_HOME=" + m.SparkHome + " " + m.SparkHome + "/sbin/spark-daemon.sh "
	for _, step := range []struct{ command, want string }{
		{"start " + standin.MasterClass + " 1 --host " + m.Address, "starting " + standin.MasterClass + ", logging to "},
		{"status " + standin.MasterClass + " 1", standin.MasterClass + " is running."},
		{"stop " + standin.MasterClass + " 1", "stopping " + standin.MasterClass},
	} {
		out := ssh(t, c, "master", script+step.command)
		if !strings.HasPrefix(out, step.want) || strings.Contains(out, "failed") {
			t.Errorf("%s: %s", step.command, out)
		}
	}
	logs, _ := filepath.Glob(filepath.Join(m.Logs, "spark-spark-"+standin.MasterClass+"-1-*.out"))
	if len(logs) != 1 {
		t.Fatalf("logs: %v", logs)
	}
	log, _ := os.ReadFile(logs[0])
	if !strings.HasPrefix(string(log), "Spark Command: ") || !strings.Contains(string(log), "New state: ALIVE") {
		t.Errorf("the log:\n%s", log)
	}
}

// A real Spark runs in the same sandbox, and leaves as little behind.
func TestRealSpark(t *testing.T) {
	real := realSpark(t)
	shelltest.Program(t, "java")
	dir := t.TempDir()
	c := open(t, sandbox.Options{Workers: 2, Dir: dir, SparkHome: real})
	launchMaster(t, c)
	launchWorker(t, c, "worker1")
	launchWorker(t, c, "worker2")
	waitForLog(t, c.Host("worker1"), standin.WorkerClass, "Successfully registered")
	m := waitForAlive(t, c, 2)
	if m.URL != c.MasterURL() || m.Cores != 4 {
		t.Errorf("master: %+v", m)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("left: %v", entries)
	}
}
