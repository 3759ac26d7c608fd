//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sparkops/e2e"
	"sparkops/sandbox"
)

// standInBed is the sandbox with a number of workers a host.
type standInBed struct {
	*sandbox.Cluster
	instances int
}

// stockStart is start-all.sh on the sandbox: the master here, the workers over ssh.
func (s standInBed) stockStart(ctx context.Context) error {
	m := s.Hosts()[0]
	var script strings.Builder
	fmt.Fprintf(&script, "%s/sbin/spark-daemon.sh start %s 1 --host %s --port %d --webui-port %d\n",
		m.SparkHome, e2e.MasterClass, m.Address, m.RPCPort, m.WebUIPort)
	s.onWorkers(&script, func(h sandbox.Host) string {
		return fmt.Sprintf("start %s $i --webui-port $((%d + i)) %s", e2e.WorkerClass, h.WebUIPort-1, s.MasterURL())
	})
	if err := s.asMaster(ctx, script.String()); err != nil {
		return err
	}
	return s.registered(ctx)
}

// stockStop is stop-all.sh on the sandbox, with the wait that it lacks.
func (s standInBed) stockStop(ctx context.Context) error {
	var script strings.Builder
	s.onWorkers(&script, func(sandbox.Host) string { return "stop " + e2e.WorkerClass + " $i" })
	fmt.Fprintf(&script, "%s/sbin/spark-daemon.sh stop %s 1\n", s.Hosts()[0].SparkHome, e2e.MasterClass)
	if err := s.asMaster(ctx, script.String()); err != nil {
		return err
	}
	return s.gone(ctx)
}

// onWorkers writes the fan-out of workers.sh with the loop of start-worker.sh in it.
func (s standInBed) onWorkers(script *strings.Builder, words func(sandbox.Host) string) {
	config := filepath.Join(s.Dir(), "ssh", "config")
	for _, h := range s.Hosts()[1:] {
		fmt.Fprintf(script, `ssh -F %s -o StrictHostKeyChecking=no %s 'export SPARK_HOME=%s; cd $SPARK_HOME; for i in $(seq 1 %d); do sbin/spark-daemon.sh %s; done' 2>&1 | sed "s/^/%s: /" &
`, config, h.Name, h.SparkHome, s.instances, words(h), h.Name)
	}
	script.WriteString("wait\n")
}

// asMaster runs a script as somebody does who is logged in on the master.
func (s standInBed) asMaster(ctx context.Context, script string) error {
	m := s.Hosts()[0]
	env := []string{"HOME=" + m.Home, "USER=spark", "LOGNAME=spark", "PATH=" + os.Getenv("PATH"), "SPARK_HOME=" + m.SparkHome}
	return command(ctx, env, "bash", "-c", script)
}

// registered waits until the master lists every instance as ALIVE.
func (s standInBed) registered(ctx context.Context) error {
	m := s.Hosts()[0]
	want := standInWorkers * s.instances
	client := &http.Client{Timeout: 5 * time.Second}
	return e2e.Until(ctx, fmt.Sprintf("%d stand-ins are registered", want), func() (bool, error) {
		state, err := e2e.ReadMaster(ctx, client, net.JoinHostPort(m.Address, strconv.Itoa(m.WebUIPort)))
		return err == nil && state.Total() == want, nil
	})
}

// gone waits until no daemon of the sandbox is left.
func (s standInBed) gone(ctx context.Context) error {
	return e2e.Until(ctx, "no stand-in is left", func() (bool, error) {
		dirs, err := filepath.Glob("/proc/[0-9]*") // with /cmdline in it, Glob would read every one of them
		for _, dir := range dirs {
			line, _ := os.ReadFile(dir + "/cmdline") // one that ended meanwhile has none
			if bytes.Contains(line, []byte(s.Dir())) && bytes.Contains(line, []byte("org.apache.spark.deploy.")) {
				return false, nil
			}
		}
		return true, err
	})
}

// command runs a command that has to succeed, with its output for an error.
func command(ctx context.Context, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = env
	cmd.WaitDelay = 2 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}
