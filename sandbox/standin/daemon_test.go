package standin_test

import (
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"sparkops/sandbox/standin"
)

// What Spark refuses is refused in Spark's words.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ env, line, want string }{
		{"", standin.MasterClass + " --colour blue", "Usage: Master [options]"},
		{"", standin.MasterClass + " stray", "Usage: Master [options]"},
		{"", standin.WorkerClass, "Usage: Worker [options] <master>"},
		{"", standin.WorkerClass + " spark://a:1 spark://b:2", "Usage: Worker [options] <master>"},
		{"", standin.WorkerClass + " spark://a_b:7077", "org.apache.spark.SparkException: Invalid master URL: spark://a_b:7077"},
		{"", standin.WorkerClass + " spark://:", "Invalid master URL: spark://:"},
		{"SPARK_MASTER_PORT=tcp://10.0.0.1:7077", standin.MasterClass, `java.lang.NumberFormatException: For input string: "tcp://10.0.0.1:7077"`},
		{"SPARK_WORKER_MEMORY=1024", standin.WorkerClass + " spark://h:1", "Memory can't be 0, missing a M or G"},
		{"", standin.MasterClass + " --host h1:7077", "Expected hostname or IPv6 IP enclosed in [] but got h1:7077"},
		{"", standin.MasterClass + " --host 127.0.0.1 --port 80", "startPort should be between 1024 and 65535"},
		{"", standin.MasterClass + " --host 192.0.2.1", "java.net.BindException: Cannot assign requested address: Service 'sparkMaster' failed after 16 retries (starting from 7077)!"},
		{"", standin.WorkerClass + " --host 192.0.2.1 spark://h:1", "Service 'sparkWorker' could not bind on a random free port."},
		{"", "org.apache.spark.deploy.SparkSubmit", "Could not find or load main class org.apache.spark.deploy.SparkSubmit"},
		{"SPARKOPS_STANDIN_DIE=Killed", standin.MasterClass, "\nKilled\n"},
		{"SPARKOPS_STANDIN_RETRIES=1", standin.WorkerClass + " spark://127.0.0.1:1", "ERROR Worker: All masters are unresponsive! Giving up."},
	} {
		p := java(t, c.env, strings.Fields(c.line)...)
		if code := p.code(); code != 1 || !strings.Contains(p.log(), c.want) {
			t.Errorf("%s %s: exit %d, no %q in\n%s", c.env, c.line, code, c.want, p.log())
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for _, option := range []string{"-version", "--version"} {
		p := java(t, "", option)
		if p.code() != 0 || !strings.HasPrefix(p.log(), `openjdk version "17.`) || !strings.Contains(p.log(), "stand-in") {
			t.Errorf("%s: %s", option, p.log())
		}
	}
}

// block takes two ports in a row, as programs do that Spark has to slide past.
func block(t *testing.T) (first int) {
	t.Helper()
	for range 100 {
		a, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		first = a.Addr().(*net.TCPAddr).Port
		b, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first+1))
		if err == nil {
			t.Cleanup(func() { a.Close(); b.Close() })
			return first
		}
		a.Close()
	}
	t.Fatal("no two free ports in a row")
	return 0
}

func TestPortFallback(t *testing.T) {
	t.Parallel()
	rpc, ui := block(t), block(t)
	p := java(t, "", standin.MasterClass, "--host", "127.0.0.1", "--port", fmt.Sprint(rpc), "--webui-port", fmt.Sprint(ui))
	log := p.await(t, "New state: ALIVE")
	for _, want := range []string{
		fmt.Sprintf("WARN Utils: Service 'sparkMaster' could not bind on port %d. Attempting port %d.", rpc, rpc+1),
		fmt.Sprintf("WARN Utils: Service 'sparkMaster' could not bind on port %d. Attempting port %d.", rpc+1, rpc+2),
		"INFO Utils: Successfully started service 'sparkMaster' on port ",
		fmt.Sprintf("WARN Utils: Service 'MasterUI' could not bind on port %d. Attempting port %d.", ui, ui+1),
		"INFO MasterWebUI: Bound MasterWebUI to 127.0.0.1, and started at http://127.0.0.1:",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
	p.term()
	if code := p.code(); code != 143 {
		t.Errorf("exit %d after TERM", code)
	}
}

func TestSwitches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env, class string
		term       bool   // once the first line is there
		then       string // the last line for a long time
		never      string
	}{
		{"SPARKOPS_STANDIN_DELAY=1h", standin.MasterClass, false, "Started daemon", "Successfully started service"},
		{"SPARKOPS_STANDIN_STANDBY=1", standin.MasterClass, false, "Bound MasterWebUI", "New state: ALIVE"},
		{"SPARKOPS_STANDIN_DEAF=1", standin.WorkerClass, false, "Connecting to master", "Failed to connect"},
		{"SPARKOPS_STANDIN_STOP_DELAY=1h", standin.MasterClass, true, "RECEIVED SIGNAL TERM", "Shutdown hook called"},
		{"SPARKOPS_STANDIN_STUBBORN=1", standin.MasterClass, true, "RECEIVED SIGNAL TERM", "Shutdown hook called"},
	} {
		args := []string{c.class, "--host", "127.0.0.1", "--port", "0", "--webui-port", "0"}
		if c.class == standin.WorkerClass {
			args = append(args, "spark://127.0.0.1:1")
		}
		p := java(t, c.env, args...)
		p.await(t, "Started daemon")
		if c.term {
			p.term()
		}
		p.await(t, c.then)
		time.Sleep(50 * time.Millisecond)
		if strings.Contains(p.log(), c.never) {
			t.Errorf("%s: %q in\n%s", c.env, c.never, p.log())
		}
		if err := p.Process.Signal(syscall.Signal(0)); err != nil {
			t.Errorf("%s: it has ended: %v", c.env, err)
		}
	}
}
