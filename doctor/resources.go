package doctor

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"sparkops/spark"
	"sparkops/spark/facts"
)

// resources is what the host and its system leave to the daemons; what these want together is in
// memory.go, full disks are in disks.go.
func resources() []Check {
	return slices.Concat(shareChecks(), []Check{{
		ID: "resources.files", Title: "a daemon may open enough files", run: openFiles,
		Cause:  "The hard limit of open files is low for the login; the JVM raises its own up to that one.",
		Effect: "shuffles of many partitions fail: Too many open files",
		Cure:   "Raise nofile in /etc/security/limits.conf or DefaultLimitNOFILE of systemd, and log in anew.",
	}, {
		ID: "resources.processes", Title: "a daemon may have enough threads", run: processes,
		Cause:  "The limit of processes is low for the login; each thread of a JVM counts as one, and executors have hundreds.",
		Effect: "executors end with OutOfMemoryError: unable to create native thread, with memory enough",
		Cure:   "Raise nproc in /etc/security/limits.conf, or TasksMax and DefaultLimitNPROC of systemd, and log in anew.",
	}, {
		ID: "resources.swap", Title: "no memory is swapped out", run: swapped,
		Cause:  "Daemons and others of the host want more memory than there is.",
		Effect: "collecting garbage touches the whole heap and waits for the disk: heartbeats come too late, executors and workers are taken for lost",
		Cure:   "Find what takes the memory; lower SPARK_WORKER_MEMORY; sysctl vm.swappiness=1, and swapoff -a && swapon -a when there is room.",
	}, {
		ID: "resources.huge-pages", Title: "transparent huge pages are not forced on every process", run: hugePages,
		Cause:  "The kernel's setting is always, the default of some distributions.",
		Effect: "the kernel stops threads to put pages together: pauses under load that no log of Spark explains",
		Cure:   "echo madvise >/sys/kernel/mm/transparent_hugepage/enabled, and the same on the kernel's command line: transparent_hugepage=madvise.",
	}, {
		ID: "resources.swept", Title: "nobody sweeps the pid files away while their daemons run", run: swept,
		Cause:  "SPARK_PID_DIR is in /tmp, its default, and systemd-tmpfiles removes what is some days old there.",
		Effect: "after some days Spark's own stop-all.sh says that there is nothing to stop, and its start-all.sh starts everything twice",
		Cure:   "Set SPARK_PID_DIR in spark-env.sh to a directory that lasts, such as $SPARK_HOME/pids, and sparkops restart-all.",
	}, {
		ID: "resources.logout", Title: "daemons outlive the login that has started them", run: logout,
		Cause:  "KillUserProcesses=yes in logind.conf: systemd ends all processes of a login with it, nohup or not.",
		Effect: "the daemons start, and are gone as soon as start-all has left the host",
		Cure:   "Name the user in KillExcludeUsers= of /etc/systemd/logind.conf, and systemctl restart systemd-logind.",
	}})
}

// fewFiles is what a worker with some executors' shuffle files soon needs more of.
const fewFiles = 4096

func openFiles(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withRole(spark.Worker) {
		if n, err := strconv.Atoi(h.Facts.Limits.FilesHard); err == nil && n < fewFiles {
			all = append(all, Finding{Level: Warn, Host: h.Host.Name, What: fmt.Sprintf("a process may open %d files at most", n), Do: onHost(h, "ulimit -Hn", false)})
		}
	}
	return all
}

// fewProcesses is what some executors with their threads soon need more of.
const fewProcesses = 4096

// processes goes by the soft limit: a JVM does not raise that one.
func processes(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withRole(spark.Worker) {
		if n, err := strconv.Atoi(h.Facts.Limits.Processes); err == nil && n < fewProcesses {
			all = append(all, Finding{Level: Warn, Host: h.Host.Name, What: fmt.Sprintf("a user may have %d processes and threads at most", n), Do: onHost(h, "ulimit -u; ulimit -Hu", false)})
		}
	}
	return all
}

// swapped lets pass what the kernel puts there in good times: a sixteenth of the memory.
func swapped(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withSpark() {
		m := h.Facts.Memory
		if used := m.Swap - m.SwapFree; m.Total > 0 && used > m.Total/16 {
			all = append(all, Finding{
				Level: Warn, Host: h.Host.Name, What: fmt.Sprintf("%d MiB are swapped out", used>>20), Do: onHost(h, "ps -eo rss,args --sort -rss | head", false),
				Seen: []string{fmt.Sprintf("%d MiB of %d MiB memory are available", m.Available>>20, m.Total>>20)},
			})
		}
	}
	return all
}

func hugePages(s *Snapshot) []Finding {
	const file = "/sys/kernel/mm/transparent_hugepage/enabled"
	var all []Finding
	for _, h := range s.withSpark() {
		if h.Facts.HugePages == "always" {
			all = append(all, Finding{Level: Warn, Host: h.Host.Name, What: "transparent huge pages are always on", Seen: []string{file}, Do: onHost(h, "echo madvise >"+file, true)})
		}
	}
	return all
}

// logout goes by logind.conf, of which the last line of a key is in force. As root, sshd's
// sessions are exempt unless somebody has changed that.
func logout(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withSpark() {
		user, last := h.Facts.Access.User, map[string]facts.Setting{"killexcludeusers": {Value: "root"}}
		for _, t := range h.Facts.Settings {
			last[t.Key] = t
		}
		kill := last["killuserprocesses"]
		only := strings.Fields(last["killonlyusers"].Value)
		yes := slices.Contains([]string{"yes", "true", "on", "1"}, strings.ToLower(strings.TrimSpace(kill.Value)))
		if !h.Facts.Access.Systemd || !yes || slices.Contains(strings.Fields(last["killexcludeusers"].Value), user) || len(only) > 0 && !slices.Contains(only, user) {
			continue
		}
		all = append(all, Finding{
			Level: Fail, Host: h.Host.Name, What: fmt.Sprintf("the end of a login of %s ends its daemons: KillUserProcesses=yes", user),
			Seen: []string{fmt.Sprintf("%s:%d: KillUserProcesses=%s", kill.File, kill.Line, kill.Value)},
			Do:   "KillExcludeUsers=root " + user + " in " + kill.File + ", then " + onHost(h, "systemctl restart systemd-logind", true),
		})
	}
	return all
}

// swept goes by the line of tmpfiles.d for /tmp: with an age, and no other line that excepts the
// directory.
func swept(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withSpark() {
		dir := h.Facts.Path(facts.Pids).Real
		if !h.Facts.Access.Systemd || dir != "/tmp" && !strings.HasPrefix(dir, "/tmp/") {
			continue
		}
		var by *facts.Setting
		excepted := false
		for i, t := range h.Facts.Settings {
			words := strings.Fields(t.Value)
			if t.Key != "tmpfiles" || len(words) != 3 {
				continue
			}
			if words[1] == "/tmp" && words[2] != "-" && strings.ContainsAny(words[0][:1], "dDqQve") {
				by = &h.Facts.Settings[i]
			}
			except, err := path.Match(words[1], dir)
			excepted = excepted || err == nil && except && strings.ContainsAny(words[0][:1], "xX")
		}
		if by != nil && !excepted {
			all = append(all, Finding{
				Level: Warn, Host: h.Host.Name, What: fmt.Sprintf("the pid files are in %s, which systemd-tmpfiles sweeps", dir),
				Seen: []string{fmt.Sprintf("%s:%d: %s", by.File, by.Line, by.Value)}, Do: "SPARK_PID_DIR=$SPARK_HOME/pids in spark-env.sh, then sparkops push-env and restart-all",
			})
		}
	}
	return all
}
