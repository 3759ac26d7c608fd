package sandbox_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"sparkops/inventory"
	"sparkops/sandbox"
)

// What cannot be started says why, and leaves nothing.
func TestStartRefuses(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		o    sandbox.Options
		want string
	}{
		{t.Context(), sandbox.Options{Workers: sandbox.MaxWorkers + 1}, "a sandbox has 1 to 500 workers, not 501"},
		{t.Context(), sandbox.Options{Workers: -1}, "not -1"},
		{t.Context(), sandbox.Options{SparkHome: "/nowhere"}, "making the sandbox: no Spark in /nowhere"},
		{cancelled, sandbox.Options{}, "context canceled"},
	} {
		c.o.Dir = t.TempDir()
		if _, err := sandbox.Start(c.ctx, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.o, err)
		}
		if entries, _ := os.ReadDir(c.o.Dir); len(entries) > 0 {
			t.Errorf("%+v left %v", c.o, entries)
		}
	}
}

// More hosts than one network has room for.
func TestManyHosts(t *testing.T) {
	t.Parallel()
	c := open(t, sandbox.Options{Workers: 256})
	seen := map[string]bool{}
	for _, h := range c.Hosts() {
		if net.ParseIP(h.Address) == nil || seen[h.Address] {
			t.Errorf("%s: address %s", h.Name, h.Address)
		}
		seen[h.Address] = true
	}
	if len(seen) != 257 {
		t.Errorf("%d addresses", len(seen))
	}
	if got := ssh(t, c, "worker256", "pwd"); got != c.Host("worker256").Home+"\n" {
		t.Errorf("worker256 begins in %q", got)
	}
}

// A program that listens on all addresses has a port of Spark's: the sandbox takes another.
func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:8081")
	if err != nil {
		t.Skip("the port is taken already: ", err)
	}
	defer l.Close()
	c := open(t, sandbox.Options{Workers: 1})
	launchMaster(t, c)
	launchWorker(t, c, "worker1")
	port := c.Host("worker1").WebUIPort
	if w := waitForAlive(t, c, 1).Workers[0]; port != 8181 || !strings.HasSuffix(w.WebUIAddress, fmt.Sprint(":", port)) {
		t.Errorf("port %d, %+v", port, w)
	}
}

// What a pushed spark-env.sh replaces is the same on every host; a path with blanks works.
func TestFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/with blanks"
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c := open(t, sandbox.Options{Workers: 1, Dir: dir, Env: []string{"COLOUR=it's blue"}})
	h := c.Host("worker1")
	ours, _ := os.ReadFile(c.Dir() + "/conf/spark-env.sh")
	theirs, _ := os.ReadFile(h.SparkHome + "/conf/spark-env.sh")
	if len(ours) == 0 || string(ours) != string(theirs) {
		t.Errorf("spark-env.sh here\n%s\nand there\n%s", ours, theirs)
	}
	script := `set -a; . "$SPARK_HOME/conf/spark-env.sh"; echo "$SPARK_LOCAL_IP|$SPARK_PID_DIR|$COLOUR|$("$JAVA_HOME/bin/java" -version 2>&1 | grep -c stand-in)"`
	cmd := exec.Command("bash", "-c", script)
	cmd.Env = append(os.Environ(), "SPARK_HOME="+h.SparkHome)
	out, err := cmd.CombinedOutput()
	if want := h.Address + "|" + h.Pids + "|it's blue|2\n"; err != nil || string(out) != want {
		t.Errorf("%q, not %q: %v", out, want, err)
	}
	hosts, err := inventory.Load(inventory.Options{ConfDir: c.Dir() + "/conf"})
	if err != nil {
		t.Fatal(err)
	}
	if hosts.Workers[0].SparkHome != h.SparkHome || hosts.Masters[0].Name != "master" {
		t.Errorf("host lists: %+v", hosts)
	}
	if got := ssh(t, c, "worker1", "pwd"); got != h.Home+"\n" {
		t.Errorf("worker1 begins in %q", got)
	}
	if env := strings.Join(c.Env(), "\n"); !strings.Contains(env, "SPARKOPS_SSH_CONFIG="+c.Dir()+"/ssh/config") {
		t.Error(env)
	}
}
