package sandbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sparkops/sandbox"
	"sparkops/sandbox/standin"
	"sparkops/shell/shelltest"
)

func TestRegistration(t *testing.T) {
	t.Parallel()
	c := open(t, sandbox.Options{})
	// A worker that comes first is registered when its master comes.
	early := launchWorker(t, c, "worker1")
	log := waitForLog(t, c.Host("worker1"), standin.WorkerClass, "Connection refused")
	for _, want := range []string{
		"Spark Command: " + c.Host("worker1").SparkHome + "/jdk/bin/java -cp ", strings.Repeat("=", 40),
		fmt.Sprintf("INFO Worker: Started daemon with process name: %d@", early),
		"INFO Utils: Successfully started service 'sparkWorker' on port ",
		"INFO Worker: Starting Spark worker " + c.Host("worker1").Address + ":",
		" with 2 cores, 1024.0 MiB RAM", "INFO Worker: Spark home: " + c.Host("worker1").SparkHome,
		"WARN Worker: Failed to connect to master " + strings.TrimPrefix(c.MasterURL(), "spark://"),
		"Caused by: java.net.ConnectException: Connection refused",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
	launchMaster(t, c)
	launchWorker(t, c, "worker2")
	victim := launchWorker(t, c, "worker3")
	m := waitForAlive(t, c, 3)
	if m.URL != c.MasterURL() || m.Status != "ALIVE" || m.Cores != 6 || m.Memory != 3072 || m.ActiveApps == nil {
		t.Errorf("master: %+v", m)
	}
	w := m.Workers[slices.IndexFunc(m.Workers, func(w worker) bool { return w.Host == c.Host("worker1").Address })]
	if w.Host != c.Host("worker1").Address || w.Cores != 2 || w.CoresFree != 2 || w.MemoryFree != 1024 || w.State != "ALIVE" ||
		w.WebUIAddress != fmt.Sprintf("http://%s:%d", w.Host, c.Host("worker1").WebUIPort) || !strings.HasSuffix(w.ID, fmt.Sprintf("-%s-%d", w.Host, w.Port)) {
		t.Errorf("worker: %+v", w)
	}
	var own struct{ ID, MasterURL string }
	readJSON(t, w.WebUIAddress+"/json/", &own)
	if own.ID != w.ID || own.MasterURL != c.MasterURL() {
		t.Errorf("worker's own view: %+v", own)
	}
	waitForLog(t, c.Host("worker1"), standin.WorkerClass, "Successfully registered with master "+c.MasterURL())

	syscall.Kill(victim, syscall.SIGKILL)
	if m = waitForAlive(t, c, 2); len(m.Workers) != 3 || m.Cores != 4 {
		t.Errorf("after a kill: %+v", m)
	}
}

func TestMasterRestart(t *testing.T) {
	t.Parallel()
	c := open(t, sandbox.Options{Workers: 1})
	pid := launchMaster(t, c)
	launchWorker(t, c, "worker1")
	waitForAlive(t, c, 1)
	syscall.Kill(pid, syscall.SIGTERM)
	waitGone(t, pid)
	waitForLog(t, c.Host("master"), standin.MasterClass, "ERROR Master: RECEIVED SIGNAL TERM")
	if launchMaster(t, c); waitForAlive(t, c, 1).Status != "ALIVE" {
		t.Error("the master is not ALIVE")
	}
}

func TestHostsAreApart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, two := open(t, sandbox.Options{Workers: 2, Dir: dir}), open(t, sandbox.Options{Workers: 1, Dir: dir})
	launchMaster(t, one)
	launchMaster(t, two)
	launchWorker(t, one, "worker1")
	launchWorker(t, one, "worker2")
	launchWorker(t, two, "worker1")
	waitForAlive(t, one, 2)
	waitForAlive(t, two, 1)
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	if m := masterView(t, two); m.AliveWorkers != 1 {
		t.Errorf("the other sandbox: %+v", m)
	}
	got := ssh(t, two, "worker1", "echo $HOME:$USER:$SHELL:$(env | grep SPARK)")
	if w := two.Host("worker1"); got != w.Home+":spark:/bin/sh:SPARK_CONF_DIR="+w.SparkHome+"/conf\n" {
		want := "SPARK_CONF_DIR and nothing else of Spark"
		t.Errorf("login environment %q, not %q", got, want)
	}
}

// Goroutines are counted by TestMain, when all tests are over.
func TestCloseLeavesNothing(t *testing.T) {
	shelltest.Unwatched(t) // it waits for what is stubborn
	t.Parallel()
	dir := t.TempDir()
	c, err := sandbox.Start(t.Context(), sandbox.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	tweak(t, c, "worker1", "SPARKOPS_STANDIN_STUBBORN=1")
	pids := []int{launchMaster(t, c), launchWorker(t, c, "worker1"), launchWorker(t, c, "worker2")}
	waitForAlive(t, c, 2)
	if err := c.Unplug("worker3"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, pid := range pids {
		if !isGone(pid) {
			t.Errorf("process %d is still there", pid)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("left: %v", entries)
	}
}

// The owner file of a sandbox is rewritten to that of a process that has ended.
func TestCleanUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	crashed, live := open(t, sandbox.Options{Workers: 1, Dir: dir}), open(t, sandbox.Options{Workers: 1, Dir: dir})
	dead, alive := launchMaster(t, crashed), launchMaster(t, live)
	if err := os.WriteFile(filepath.Join(crashed.Dir(), "owner"), fmt.Appendf(nil, "%d 1\n", os.Getpid()), 0o644); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(dir, "sparkops-sandbox-fresh") // between the two steps of its making
	old := filepath.Join(dir, "sparkops-sandbox-old")     // and one that died there
	for _, d := range []string{fresh, old} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	os.Chtimes(old, time.Time{}, time.Now().Add(-time.Hour))
	if err := sandbox.CleanUp(dir); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{crashed.Dir(): false, live.Dir(): true, fresh: true, old: false} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	if !isGone(dead) || isGone(alive) {
		t.Errorf("daemons: of the crashed gone %v, of the live gone %v", isGone(dead), isGone(alive))
	}
}

// A daemon whose sandbox was removed by hand ends by itself.
func TestOrphanEnds(t *testing.T) {
	t.Parallel()
	c := open(t, sandbox.Options{Workers: 1})
	pid := launchMaster(t, c)
	if err := os.RemoveAll(c.Dir()); err != nil {
		t.Fatal(err)
	}
	waitGone(t, pid)
}

// tweak gives the daemons of a host one more variable.
func tweak(t *testing.T, c *sandbox.Cluster, host, line string) {
	t.Helper()
	f, err := os.OpenFile(c.Host(host).EnvFile, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(line + "\n"); err != nil {
		t.Fatal(err)
	}
}
