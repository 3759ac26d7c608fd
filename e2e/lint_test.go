//go:build linux

package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sparkops/envfile/lint"
)

// lintCase is a spark-env.sh, what the lint says of it, and what a real daemon does with it.
type lintCase struct {
	text string
	id   string // of the finding, "" if there is to be none
	says string // by the daemon
	runs bool   // it goes on running, past the words
}

// What the lint says about daemons is what they do: each line is read by the real Spark's
// spark-class and its Master or Worker, on the loopback address.
var lintOfMasters = []lintCase{
	{"SPARK_MASTER_PORT=tcp://10.0.0.1:7077", "env.number", "NumberFormatException", false},
	{"SPARK_MASTER_PORT=80", "env.port", "startPort should be between 1024 and 65535", false},
	{"SPARK_DAEMON_MEMORY=1024", "env.memory", "Too small maximum heap", false},
	{"SPARK_DAEMON_MEMORY=4gb", "env.memory", "Invalid maximum heap size", false},
	{"SPARK_MASTER_OPTS=-Xmx1g", "env.heap", "is not allowed to specify max heap(Xmx)", false},
	{"SPARK_DAEMON_JAVA_OPTS='-Da=b -Xmx1g'", "env.heap", "is not allowed to specify max heap(Xmx)", false},
	{"SPARK_MASTER_HOST=spark://127.0.0.1:7077", "env.host", "Exception", false},
	{"SPARK_MASTER_HOST=127.0.0.1:7077", "env.host", "Exception", false},
	{"JAVA_HOME=/nowhere", "env.java-home", "/nowhere/bin/java: No such file or directory", false},
	{"SPARK_MASTER_OPTS=-Dspark.deploy.recoveryMode=ZOOKEPER", "env.recovery", "New state: ALIVE", true},
	{"SPARK_MASTER_OPTS=-Dspark.deploy.recoveryMode=NONE\nSPARK_DAEMON_MEMORY=512m", "", "New state: ALIVE", true},
}

var lintOfWorkers = []lintCase{
	{"SPARK_WORKER_MEMORY=4096", "env.memory", "missing a M/G at the end of the memory", false},
	{"SPARK_WORKER_MEMORY='4 GB'", "env.memory", "NumberFormatException", false},
	{"SPARK_WORKER_MEMORY=1.5g", "env.memory", "NumberFormatException", false},
	{"SPARK_WORKER_MEMORY=", "env.memory", "NumberFormatException", false},
	{"SPARK_WORKER_CORES=", "env.number", "NumberFormatException", false},
	{"SPARK_WORKER_INSTANCES=x", "env.number", "NumberFormatException", false},
	{"SPARK_WORKER_INSTANCES=", "env.number", "NumberFormatException", false},
	{"SPARK_WORKER_PORT=", "env.number", "NumberFormatException", false},
	{"SPARK_LOCAL_HOSTNAME=10.9.9.9", "env.per-host", "Exception", false},
	{"SPARK_LOCAL_IP=10.9.9.9", "env.per-host", "Cannot assign requested address", false},
	{"SPARK_WORKER_MEMORY=1073741824\nSPARK_WORKER_CORES=2\nSPARK_DAEMON_MEMORY=512M", "", "Starting Spark worker 127.0.0.1:", true},
	{"SPARK_WORKER_MEMORY=2GB\nSPARK_WORKER_CORES=2\nSPARK_WORKER_PORT=0", "", "with 2 cores, 2.0 GiB RAM", true},
}

func TestLintIsTrueOfDaemons(t *testing.T) {
	if os.Getenv("SPARKOPS_E2E") == "" {
		t.Skip("not tested: a real Apache Spark; `make e2e` does it")
	}
	home, err := SparkDir(Versions[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range lintOfMasters {
		t.Run("master/"+tt.text, func(t *testing.T) {
			tt.hold(t, home, "org.apache.spark.deploy.master.Master", "--webui-port", "0")
		})
	}
	for _, tt := range lintOfWorkers {
		t.Run("worker/"+tt.text, func(t *testing.T) {
			tt.hold(t, home, "org.apache.spark.deploy.worker.Worker", "--webui-port", "0", "--work-dir", t.TempDir(), "spark://127.0.0.1:9")
		})
	}
	t.Run("worker/underscore", func(t *testing.T) {
		tt := lintCase{"SPARK_MASTER_HOST=a_b", "env.underscore", "Invalid master URL", false}
		tt.hold(t, home, "org.apache.spark.deploy.worker.Worker", "--webui-port", "0", "spark://a_b:7077")
	})
}

// jvms bounds how many of them are at work at a time.
var jvms = make(chan struct{}, 2)

func (c lintCase) hold(t *testing.T, home, class string, args ...string) {
	t.Helper()
	t.Parallel()
	jvms <- struct{}{}
	defer func() { <-jvms }()
	in := lint.Input{Text: []byte(c.text + "\n"), Version: Versions[0], Hosts: 2, Facts: lint.Facts{Paths: map[string]bool{"/nowhere/bin/java": false}}}
	all := lint.Check(in)
	found := slices.ContainsFunc(all, func(f lint.Finding) bool { return f.ID == c.id })
	if c.id == "" && len(all) > 0 || c.id != "" && !found {
		t.Errorf("the lint says %v", all)
	}
	said, ended := daemon(t, home, c.text, c.says, append([]string{class}, args...))
	if !strings.Contains(said, c.says) || ended == c.runs {
		t.Errorf("no %q, or ended is %v:\n%s", c.says, ended, said)
	}
}

// daemon runs a daemon with that spark-env.sh until it ends, or has said the words.
func daemon(t *testing.T, home, env, words string, args []string) (said string, ended bool) {
	t.Helper()
	conf := t.TempDir()
	text := "SPARK_MASTER_PORT=0\nSPARK_MASTER_HOST=127.0.0.1\nSPARK_LOCAL_IP=127.0.0.1\n" + env + "\n"
	if err := os.WriteFile(filepath.Join(conf, "spark-env.sh"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(home, "bin", "spark-class"), args...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + conf, "SPARK_HOME=" + home, "SPARK_CONF_DIR=" + conf,
		"JAVA_TOOL_OPTIONS=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC", // begins sooner
	}
	cmd.WaitDelay = time.Second
	out := &wordWatch{words: words, seen: cancel}
	if strings.HasPrefix(words, "Exception") || !strings.Contains(words, " ") {
		out.words = "" // it is to end by itself
	}
	cmd.Stdout, cmd.Stderr = out, out
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited && ctx.Err() == nil {
		t.Fatal(err)
	}
	return out.String(), cmd.ProcessState.Exited()
}

// wordWatch keeps what is written, and ends the writer soon after the words have come.
type wordWatch struct {
	mu    sync.Mutex
	kept  bytes.Buffer
	words string
	seen  func()
}

func (w *wordWatch) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kept.Write(p)
	if w.words != "" && bytes.Contains(w.kept.Bytes(), []byte(w.words)) {
		w.words = ""
		time.AfterFunc(2*time.Second, w.seen) // one that ends on it has ended by then
	}
	return len(p), nil
}

func (w *wordWatch) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.kept.String()
}

// The same of what spark-daemon.sh reads by itself. Its spark-class and rsync are stand-ins
// that say how they were called.
func TestLintIsTrueOfDaemonScript(t *testing.T) {
	if os.Getenv("SPARKOPS_E2E") == "" {
		t.Skip("not tested: the scripts of a real Apache Spark; `make e2e` does it")
	}
	real, err := SparkDir(Versions[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ text, id, says string }{
		{"SPARK_NO_DAEMONIZE=", "env.no-daemonize", "spark-class: org.apache.spark.deploy.master.Master in the foreground"},
		{"SPARK_MASTER=h1:/opt/spark\nSPARK_NO_DAEMONIZE=1", "env.spark-master", "rsync: -a -e ssh --delete"},
		{"SPARK_LOG_MAX_FILES=0\nSPARK_NO_DAEMONIZE=1", "env.number", "SPARK_LOG_MAX_FILES must be a positive number"},
		{"SPARK_NICENESS=low\nSPARK_NO_DAEMONIZE=1", "env.number", "nice: invalid adjustment"},
		{"SPARK_NICENESS=1\nSPARK_LOG_DIR=logs\nSPARK_NO_DAEMONIZE=1", "env.relative-dir", "logs in here"},
	} {
		home, here := t.TempDir(), t.TempDir()
		stub := func(name, text string) {
			t.Helper()
			if err := os.MkdirAll(filepath.Dir(filepath.Join(home, name)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(home, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		stub("bin/spark-class", `echo "spark-class: $1 in the foreground"; [ ! -d logs ] || echo logs in here`)
		stub("path/rsync", `echo "rsync: $*"`)
		stub("conf/spark-env.sh", tt.text+"\nSPARK_PID_DIR="+home)
		for _, name := range []string{"sbin/spark-config.sh", "sbin/spark-daemon.sh", "bin/load-spark-env.sh"} {
			stub(name, "")
			text, err := os.ReadFile(filepath.Join(real, name))
			if err == nil {
				err = os.WriteFile(filepath.Join(home, name), text, 0o755)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, filepath.Join(home, "sbin/spark-daemon.sh"), "start", "org.apache.spark.deploy.master.Master", "1")
		cmd.Env, cmd.Dir = []string{"PATH=" + home + "/path:" + os.Getenv("PATH"), "SPARK_HOME=" + home, "USER=u"}, here
		out, _ := cmd.CombinedOutput()
		if !strings.Contains(string(out), tt.says) {
			t.Errorf("%q: no %q:\n%s", tt.text, tt.says, out)
		}
		if pids, _ := filepath.Glob(filepath.Join(home, "*.pid")); len(pids) > 0 {
			t.Errorf("%q: pid files: %q", tt.text, pids)
		}
		all := lint.Check(lint.Input{Text: []byte(tt.text), Version: Versions[0]})
		if !slices.ContainsFunc(all, func(f lint.Finding) bool { return f.ID == tt.id }) {
			t.Errorf("%q: the lint says %v", tt.text, all)
		}
	}
}
