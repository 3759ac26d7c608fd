//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"sparkops/sandbox"
)

// doctorHosts is how many workers doctor looks at, beside the master.
const doctorHosts = 200

// doctor measures one doctor over the SSH servers of a sandbox that are up, with nothing to find;
// and once more with a host that is switched off.
func (b *bench) doctor() (table, error) {
	// As sshd has it: a python of the user's own, behind shims, would be most of what is measured.
	if err := os.Setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"); err != nil {
		return table{}, err
	}
	t := table{title: fmt.Sprintf("doctor on %d hosts on loopback, all on this machine", doctorHosts+1)}
	cluster, err := sandbox.Start(b.ctx, sandbox.Options{Workers: doctorHosts, Dir: b.dir, Executable: b.sparkops})
	if err != nil {
		return t, err
	}
	defer cluster.Close()
	well, err := b.doctorRounds(cluster, 0)
	if err != nil {
		return t, err
	}
	if err := cluster.Unplug("worker7"); err != nil {
		return t, err
	}
	dead, err := b.doctorRounds(cluster, 3)
	if err != nil {
		return t, err
	}
	t.text = fmt.Sprintf("| | time | processor time of hosts and client | a host |\n| --- | --- | --- | --- |\n| all hosts up | %s |%s\n| one host switched off | %s |%s\n",
		spread(well), costOf(well), spread(dead), costOf(dead))
	return t, nil
}

// costOf is the mean processor time of samples, and what of it one host has.
func costOf(samples []sample) string {
	var cpu time.Duration
	for _, s := range samples {
		cpu += s.cpu / time.Duration(len(samples))
	}
	return fmt.Sprintf(" %.2f s | %.1f ms |", cpu.Seconds(), float64(cpu.Microseconds())/1000/(doctorHosts+1))
}

// doctorRounds wants that exit code of each. The processor time is that of this process, which
// has the SSH servers in it, and of all its children: the hosts' programs and sparkops.
func (b *bench) doctorRounds(cluster *sandbox.Cluster, exit int) ([]sample, error) {
	var all []sample
	for range b.rounds {
		before, began := processorTime(), time.Now()
		cmd := exec.CommandContext(b.ctx, b.sparkops, "doctor", "-o", "json", "--connect-timeout", "1m", "--timeout", "3m")
		cmd.Env = append(os.Environ(), cluster.Env()...)
		out, _ := cmd.Output() // the exit code is in the report
		s := sample{took: time.Since(began), cpu: processorTime() - before}
		var report struct {
			Exit    int
			Results []struct{ Host, Check, Message string }
		}
		if err := json.Unmarshal(out, &report); err != nil {
			return nil, fmt.Errorf("sparkops doctor: %w: %s", err, out)
		}
		if report.Exit != exit || exit == 0 && len(report.Results) > 0 {
			for _, r := range report.Results {
				if r.Check == "access.reached" {
					say("%s: %s", r.Host, r.Message)
				}
			}
			return nil, fmt.Errorf("sparkops doctor: exit %d, %d findings after %v, such as %v", report.Exit, len(report.Results), s.took, report.Results[:min(3, len(report.Results))])
		}
		say("doctor: %v, processor time %v", s.took.Round(time.Millisecond), s.cpu.Round(time.Millisecond))
		all = append(all, s)
	}
	return all, nil
}

func processorTime() time.Duration {
	var total time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) == nil {
			total += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	return total
}
