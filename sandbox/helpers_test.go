package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sparkops/sandbox"
	"sparkops/sandbox/standin"
	"sparkops/shell/shelltest"
)

// open makes a sandbox that the test closes at its end.
func open(t *testing.T, o sandbox.Options) *sandbox.Cluster {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	o.Env = append(o.Env, shelltest.EndsAtOnce)
	c, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// ssh runs a command on a host as a user would, by OpenSSH and the sandbox's own config.
func ssh(t *testing.T, c *sandbox.Cluster, host, command string) string {
	t.Helper()
	shelltest.Program(t, "ssh")
	out, err := exec.Command("ssh", "-F", filepath.Join(c.Dir(), "ssh", "config"), "-o", "BatchMode=yes", host, command).CombinedOutput()
	if err != nil {
		t.Fatalf("ssh %s %s: %v\n%s", host, command, err, out)
	}
	return string(out)
}

// launch starts a daemon on a host, detached, and returns its pid.
func launch(t *testing.T, c *sandbox.Cluster, host, class, args string) (pid int) {
	t.Helper()
	h := c.Host(host)
	out := ssh(t, c, host, fmt.Sprintf("export SPARK_HOME=%s SPARK_PRINT_LAUNCH_COMMAND=1; setsid $SPARK_HOME/bin/spark-class %s %s >>%s 2>&1 </dev/null & echo $!",
		h.SparkHome, class, args, logOf(h, class)))
	if _, err := fmt.Sscan(out, &pid); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	return pid
}

func launchMaster(t *testing.T, c *sandbox.Cluster) int {
	t.Helper()
	m := c.Host("master")
	os.Remove(logOf(m, standin.MasterClass)) // of an earlier one
	pid := launch(t, c, "master", standin.MasterClass, fmt.Sprintf("--host %s --port %d --webui-port %d", m.Address, m.RPCPort, m.WebUIPort))
	waitForLog(t, m, standin.MasterClass, "New state: ALIVE")
	return pid
}

func launchWorker(t *testing.T, c *sandbox.Cluster, host string) int {
	t.Helper()
	return launch(t, c, host, standin.WorkerClass, fmt.Sprintf("--webui-port %d %s", c.Host(host).WebUIPort, c.MasterURL()))
}

func logOf(h sandbox.Host, class string) string { return filepath.Join(h.Logs, class+".out") }

// waitForLog returns the log of a daemon as soon as want is in it.
func waitForLog(t *testing.T, h sandbox.Host, class, want string) string {
	t.Helper()
	var log string
	eventually(t, want, func() bool {
		text, _ := os.ReadFile(logOf(h, class))
		log = string(text)
		return strings.Contains(log, want)
	}, func() string { return log })
	return log
}

// eventually waits for is, and shows now at the end of its patience.
func eventually(t *testing.T, what string, is func() bool, now func() string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("never: %s; at last:\n%s", what, now())
}

type worker struct {
	ID, Host, State, WebUIAddress                             string
	Port, Cores, CoresFree, Memory, MemoryFree, LastHeartbeat int
}

type master struct {
	URL, Status                 string
	AliveWorkers, Cores, Memory int
	Workers                     []worker
	ActiveApps                  []any
}

func masterView(t *testing.T, c *sandbox.Cluster) (m master) {
	t.Helper()
	h := c.Host("master")
	readJSON(t, fmt.Sprintf("http://%s:%d/json/", h.Address, h.WebUIPort), &m)
	return m
}

func readJSON(t *testing.T, url string, to any) {
	t.Helper()
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
}

// waitForAlive waits until the master lists so many workers as ALIVE.
func waitForAlive(t *testing.T, c *sandbox.Cluster, n int) (m master) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d workers alive", n), func() bool {
		m = masterView(t, c)
		return m.AliveWorkers == n
	}, func() string { return fmt.Sprintf("%+v", m) })
	return m
}

// isGone reports whether a process has ended, a zombie being one that has.
func isGone(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(text), ") Z ")
}

func waitGone(t *testing.T, pid int) {
	t.Helper()
	eventually(t, "the process ends", func() bool { return isGone(pid) }, func() string { return fmt.Sprint(pid) })
}
