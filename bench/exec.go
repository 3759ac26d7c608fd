//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// hungLimit is the connect time-out of both sides where one host says nothing.
const hungLimit = 5 * time.Second

// exec measures one command on many hosts: sparkops exec against one ssh a host, as
// Spark's workers.sh does it.
func (b *bench) exec() (table, error) {
	t := table{title: fmt.Sprintf("exec -- echo done on %d hosts on loopback", farmHosts), stock: "one ssh a host", cpu: "the client's processor time, share of the cores"}
	dir := filepath.Join(b.dir, "farm")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return t, err
	}
	end, err := startFarm(b.ctx, dir)
	if err != nil {
		return t, err
	}
	defer end()
	contests := []struct {
		contest
		sparkops, stock client
	}{
		{contest{what: "against all at once", want: 8}, b.execAll(dir, "conf", 0), workersScript(dir, "conf", "&", "")},
		{contest{what: "against one after the other", want: 8}, b.execAll(dir, "conf", 0), workersScript(dir, "conf", "", "")},
		{contest{what: "all at once, one more host hangs, time-out " + hungLimit.String()}, b.execAll(dir, "hung", 1),
			workersScript(dir, "hung", "&", fmt.Sprintf("-o ConnectTimeout=%.0f", hungLimit.Seconds()))},
	}
	for _, c := range contests {
		for round := range b.rounds {
			if err := b.execRound(&c.contest, round, c.sparkops, c.stock); err != nil {
				return t, err
			}
		}
		t.rows = append(t.rows, c.contest)
	}
	return t, nil
}

// client runs a command on all hosts and shows what it took to do so.
type client func(context.Context) (*os.ProcessState, error)

func (b *bench) execRound(c *contest, round int, sparkops, stock client) error {
	runs := []struct {
		into *[]sample
		run  client
	}{{&c.sparkops, sparkops}, {&c.stock, stock}}
	if round%2 == 1 {
		slices.Reverse(runs)
	}
	for _, r := range runs {
		began := time.Now()
		ended, err := r.run(b.ctx)
		if err != nil {
			return err
		}
		*r.into = append(*r.into, sample{took: time.Since(began), cpu: ended.UserTime() + ended.SystemTime()})
	}
	say("exec, %s: sparkops %v, ssh %v", c.what, sorted(c.sparkops), sorted(c.stock))
	return nil
}

// execAll runs sparkops exec on the hosts of a conf directory, all of which have to answer
// but for the number that hang.
func (b *bench) execAll(dir, conf string, hang int) client {
	return func(ctx context.Context) (*os.ProcessState, error) {
		cmd := exec.CommandContext(ctx, b.sparkops, "exec", "--conf-dir", filepath.Join(dir, conf), "-F", filepath.Join(dir, "ssh_config"),
			"--connect-timeout", hungLimit.String(), "-o", "json", "--", "echo", "done")
		out, _ := cmd.Output() // the exit code is in the report
		var report struct{ Summary map[string]int }
		if err := json.Unmarshal(out, &report); err != nil {
			return nil, fmt.Errorf("sparkops exec: %w: %s", err, out)
		}
		if report.Summary["ok"] != farmHosts || report.Summary["unreachable"] != hang {
			return nil, fmt.Errorf("sparkops exec: %v", report.Summary)
		}
		return cmd.ProcessState, nil
	}
}

// workersScript is the loop of sbin/workers.sh; mode "&" is all at once, "" is one after
// the other, as with SPARK_SSH_FOREGROUND.
func workersScript(dir, conf, mode, options string) client {
	script := fmt.Sprintf(`for slave in $(sed 's/#.*$//;/^$/d' %[1]s/%[2]s/workers); do
  ssh -F %[1]s/ssh_config %[4]s $slave echo done 2>&1 | sed "s/^/$slave: /" %[3]s
done
wait`, dir, conf, mode, options)
	return func(ctx context.Context) (*os.ProcessState, error) {
		cmd := exec.CommandContext(ctx, "bash", "-c", script)
		cmd.WaitDelay = 2 * time.Second
		out, err := cmd.CombinedOutput()
		if n := strings.Count(string(out), ": done\n"); n != farmHosts {
			return nil, fmt.Errorf("ssh reached %d of %d hosts: %s: %w", n, farmHosts, out, err)
		}
		return cmd.ProcessState, nil
	}
}
