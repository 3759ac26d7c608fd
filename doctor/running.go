package doctor

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"sparkops/inventory"
	"sparkops/spark"
	"sparkops/spark/facts"
)

// running are the rows of family daemons about those that run, against what is wanted and what
// the masters say.
func running() []Check {
	return []Check{{
		ID: "daemons.masters", Title: "one master leads, each answers, and they run where they are wanted only", needs: []spark.Role{spark.Master}, run: masters,
		Cause:  "A master was started on another host, or twice, or several do not meet in ZooKeeper; one that does not answer hangs, is stopped (SIGSTOP), or has used up its memory.",
		Effect: "workers and applications part between the masters: each has some of the cluster",
		Cure:   "Stop the one that is not wanted, as the user that started it; for several masters see sparkops explain ha.recovery.",
	}, {
		ID: "daemons.strangers", Title: "no daemon of another SPARK_HOME or user runs", run: strangers,
		Cause:  "Spark was started by another user, from another directory, or from a version that has since been replaced.",
		Effect: "it takes cores, memory and ports of the host, and stop-all, of sparkops or of Spark, does not end it",
		Cure:   "Stop it as that user with the sbin/ of that SPARK_HOME; leave it if it is another cluster's on purpose (--skip daemons.strangers).",
	}, {
		ID: "daemons.registered", Title: "every worker that runs is in the list of this cluster's master", needs: []spark.Role{spark.Master, spark.Worker}, run: registered,
		Cause:  "It was started with the URL of another master, or the master has lost it.",
		Effect: "the worker runs for another cluster, or for nobody: this one gives it no work",
		Cure:   "sparkops restart-all for that host; where that does not help, sparkops doctor --check names",
	}, {
		ID: "daemons.instances", Title: "as many workers run as are wanted", needs: []spark.Role{spark.Worker}, run: instances,
		Cause:  "SPARK_WORKER_INSTANCES was changed since the start, a pid file was lost and a second start made more, one has died, or the host was left out of a start.",
		Effect: "the host offers more cores and memory than it has, or less than it could",
		Cure:   "sparkops restart-all for that host.",
	}, {
		ID: "daemons.dead", Title: "the master misses no worker", needs: []spark.Role{spark.Master}, run: dead,
		Cause:  "The worker was killed or its host went down; the master keeps it in its list for 15 minutes. UNKNOWN is one that has not come back since another master took over.",
		Effect: "its cores are gone, and what ran there is started again elsewhere",
		Cure:   "sparkops start-workers; if it is gone for good, wait, or take it out of conf/workers.",
	}, {
		ID: "daemons.port", Title: "every daemon has the port that it was told to take", run: slid,
		Cause:  "The port was taken when the daemon started, often by the one before it, which had not ended yet.",
		Effect: "firewalls and monitoring look at the wrong port",
		Cure:   "End what holds the port, then: sparkops restart-all",
	}, {
		ID: "daemons.log", Title: "no log ends with the memory or the disk used up", run: logs,
		Cause:  "SPARK_DAEMON_MEMORY (1g) is too small for the number of applications and workers, or a disk is full.",
		Effect: "the daemon hangs, ends, or loses what it had to write down",
		Cure:   "Raise SPARK_DAEMON_MEMORY in spark-env.sh, or make room on the disk; then restart the daemon.",
	}}
}

// daemonsOf are those of a role that run on a host.
func daemonsOf(h *Host, role spark.Role) []facts.Daemon {
	return slices.DeleteFunc(slices.Clone(h.Facts.Daemons), func(d facts.Daemon) bool { return !d.Running || d.Role != string(role) })
}

func masters(s *Snapshot) []Finding {
	var all []Finding
	var leading []string
	for _, v := range s.Views {
		if v.Err != nil {
			all = append(all, Finding{
				Level: Fail, Host: v.Master, What: fmt.Sprintf("the master runs as %d and does not answer: %v", v.PID, v.Err), Do: "sparkops status, and if it stays so and the log of that master says nothing: sparkops restart-all",
				Effect: "who is registered is not known; a master that hangs gives no work and loses every worker",
			})
		}
		if v.Status == "ALIVE" {
			leading = append(leading, v.Master)
		}
	}
	if len(leading) > 1 {
		all = append(all, Finding{Level: Fail, What: fmt.Sprintf("%d masters lead at once: %s", len(leading), strings.Join(leading, " ")), Do: "sparkops explain ha.recovery"})
	}
	for _, h := range s.reached() {
		own := daemonsOf(h, spark.Master)
		if len(own) > 1 {
			all = append(all, Finding{Level: Fail, Host: h.Host.Name, What: fmt.Sprintf("%d masters run on this host", len(own)), Seen: pidsOf(own), Do: "sparkops restart-all"})
		}
		wanted := slices.ContainsFunc(s.Masters, func(m inventory.Host) bool { return s.sameMachine(h, m.Name) })
		for _, d := range own {
			if !wanted && !slices.Contains(s.Addresses, d.Address) {
				all = append(all, Finding{
					Level: Fail, Host: h.Host.Name, Do: onHost(h, fmt.Sprintf("kill %d", d.PID), false), Seen: pidsOf([]facts.Daemon{d}),
					What: strings.TrimSpace("a master runs here, and this host is none of the masters: " + d.Address),
				})
			}
		}
	}
	return all
}

func pidsOf(all []facts.Daemon) []string {
	var lines []string
	for _, d := range all {
		lines = append(lines, fmt.Sprintf("%s %d is process %d %s", d.Role, d.Instance, d.PID, d.Address))
	}
	return lines
}

// strangers leaves out a host that listens at a loopback address only: that is one of a
// practice cluster, whose hosts share a machine.
func strangers(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.reached() {
		if a, ok := localAddress(h); ok && a.IsLoopback() {
			continue
		}
		for _, d := range h.Facts.Strangers {
			if s.known(h, d.PID) {
				continue
			}
			f := Finding{
				Level: Warn, Host: h.Host.Name, What: fmt.Sprintf("a %s of %s runs as %d", d.Role, d.Owner, d.PID),
				Do: onHost(h, fmt.Sprintf("tr '\\0' ' ' </proc/%d/cmdline", d.PID), d.Owner != h.Facts.Access.User),
			}
			if d.Home != "" {
				f.What += ", from " + d.Home
			}
			if told := toldOf(d.Args); len(told) > 0 {
				f.What += ", for the master at " + strings.Join(told, " ")
				if slices.ContainsFunc(told, func(m string) bool { return slices.Contains(s.Addresses, m) }) {
					f.Level, f.Effect = Fail, "the host is in this cluster twice, and offers its cores and memory twice; stop-all does not end that worker"
				}
			}
			all = append(all, f)
		}
	}
	return all
}

// known reports whether a process of the machine is a daemon of one of the other hosts, which
// is this machine too.
func (s *Snapshot) known(h *Host, pid int) bool {
	return slices.ContainsFunc(s.reached(), func(o *Host) bool {
		return sameKernel(h, o) && slices.ContainsFunc(o.Facts.Daemons, func(d facts.Daemon) bool { return d.Running && d.PID == pid })
	})
}

func registered(s *Snapshot) []Finding {
	var all []Finding
	leads := slices.ContainsFunc(s.Views, func(v spark.View) bool { return v.Status == "ALIVE" })
	for _, h := range s.reached() {
		for _, d := range daemonsOf(h, spark.Worker) {
			told := toldOf(d.Args)
			ours := len(told) == 0 || slices.ContainsFunc(told, func(m string) bool { return slices.Contains(s.Addresses, m) })
			f := Finding{Level: Fail, Host: h.Host.Name, Do: "sparkops restart-all -w " + word(h.Host.Name), Seen: pidsOf([]facts.Daemon{d})}
			switch {
			case s.lists(d) || leads && d.Address == "" && ours:
				continue // it may be there, and nothing tells which of them it is
			case !ours:
				if !leads {
					f.Level = Warn // it may be another name of this one: no list tells
				}
				f.What = fmt.Sprintf("worker %d was started for the master at %s; this cluster's is at %s", d.Instance, strings.Join(told, " "), strings.Join(s.Addresses, " "))
			case leads:
				f.What = fmt.Sprintf("worker %d runs, and the master that leads does not list it as ALIVE", d.Instance)
			default:
				continue
			}
			all = append(all, f)
		}
	}
	return all
}

// instances says nothing of a host on which none runs unless a master does: a cluster that is
// stopped lacks nothing.
func instances(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withRole(spark.Worker) {
		n, wanted := len(daemonsOf(h, spark.Worker)), h.Facts.Home.Instances
		if n == wanted || n == 0 && !s.masterRuns() {
			continue
		}
		f := Finding{Level: Warn, Host: h.Host.Name, Do: "sparkops restart-all -w " + word(h.Host.Name)}
		switch n {
		case 0:
			f.What = fmt.Sprintf("the master runs and no worker does, and SPARK_WORKER_INSTANCES wants %d", wanted)
		case 1:
			f.What = fmt.Sprintf("1 worker runs, and SPARK_WORKER_INSTANCES wants %d", wanted)
		default:
			f.What = fmt.Sprintf("%d workers run, and SPARK_WORKER_INSTANCES wants %d", n, wanted)
		}
		if n < wanted {
			f.Do, f.Effect = "sparkops start-workers -w "+word(h.Host.Name), "the host offers fewer cores and less memory than it could"
		}
		all = append(all, f)
	}
	return all
}

// masterRuns reports whether one of the cluster's masters runs.
func (s *Snapshot) masterRuns() bool {
	return slices.ContainsFunc(s.withRole(spark.Master), func(h *Host) bool { return len(daemonsOf(h, spark.Master)) > 0 })
}

func slid(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.reached() {
		for _, d := range h.Facts.Daemons {
			wanted := ""
			for i, m := range s.Masters {
				if m.Name == h.Host.Name && d.Role == string(spark.Master) {
					_, wanted, _ = net.SplitHostPort(s.Addresses[i])
				}
			}
			_, port, err := net.SplitHostPort(d.Address)
			switch {
			case !d.Running || err != nil:
			case wanted != "" && port != wanted:
				all = append(all, Finding{
					Level: Fail, Host: h.Host.Name, What: fmt.Sprintf("the master runs at port %s, and %s was asked for", port, wanted), Do: "sparkops restart-all",
					Effect: fmt.Sprintf("the workers call port %s and never register", wanted),
				})
			case d.Slid && d.Role == string(spark.Worker):
				all = append(all, Finding{Level: Warn, Host: h.Host.Name, What: fmt.Sprintf("the port of worker %d was taken, and it runs at %s", d.Instance, port), Do: "sparkops restart-all -w " + word(h.Host.Name)})
			}
		}
	}
	return all
}

func logs(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.reached() {
		for _, d := range h.Facts.Daemons {
			why, do, seen := spark.Exhausted(d.Tail)
			if why == "" {
				continue
			}
			f := Finding{Level: Warn, Host: h.Host.Name, What: fmt.Sprintf("the log of %s %d ends with it: %s", d.Role, d.Instance, why), Seen: append(seen, d.Log), Do: do}
			if !d.Running {
				f.Level, f.Effect = Fail, "it has ended, and will end again"
			}
			all = append(all, f)
		}
	}
	return all
}
