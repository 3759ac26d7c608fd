package doctor

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"sparkops/spark"
	"sparkops/spark/facts"
)

func resources() []Check {
	return []Check{{
		ID: "resources.memory", Title: "the workers of a host offer no more memory than it has", run: memory,
		Cause:  "SPARK_WORKER_MEMORY is for each instance, and the file is the same on hosts with less memory.",
		Effect: "executors are placed that do not fit: the kernel's out-of-memory killer ends them, or the host swaps",
		Cure:   "Lower SPARK_WORKER_MEMORY or SPARK_WORKER_INSTANCES, and leave 1 GiB to the system.",
	}, {
		ID: "resources.files", Title: "a daemon may open enough files", run: openFiles,
		Cause:  "The hard limit of open files is low for the login; the JVM raises its own up to that one.",
		Effect: "shuffles of many partitions fail: Too many open files",
		Cure:   "Raise nofile in /etc/security/limits.conf or DefaultLimitNOFILE of systemd, and log in anew.",
	}, {
		ID: "resources.swept", Title: "nobody sweeps the pid files away while their daemons run", run: swept,
		Cause:  "SPARK_PID_DIR is in /tmp, its default, and systemd-tmpfiles removes what is some days old there.",
		Effect: "after some days Spark's own stop-all.sh says that there is nothing to stop, and its start-all.sh starts everything twice",
		Cure:   "Set SPARK_PID_DIR in spark-env.sh to a directory that lasts, such as $SPARK_HOME/pids, and sparkops restart-all.",
	}}
}

func memory(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withRole(spark.Worker) {
		total, text := h.Facts.Memory.Total, h.Facts.Env["SPARK_WORKER_MEMORY"]
		each, ok := size(text)
		switch instances := int64(h.Facts.Home.Instances); {
		case total == 0:
			all = append(all, Finding{Level: Skipped, Host: h.Host.Name, What: "the host does not tell its memory"})
		case ok && each*instances > total:
			all = append(all, Finding{
				Level: Fail, Host: h.Host.Name, Do: "SPARK_WORKER_MEMORY=" + strconv.FormatInt(max((total-1<<30)/max(instances, 1)>>20, 512), 10) + "m in spark-env.sh of that host",
				What: fmt.Sprintf("%d x SPARK_WORKER_MEMORY=%s is more than the %d MiB that it has", instances, text, total>>20),
			})
		}
	}
	return all
}

// size is a size as Spark reads SPARK_WORKER_MEMORY: a number with k, m, g or t, b after it or
// not; without one, MiB.
func size(s string) (bytes int64, ok bool) {
	s = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(s)), "b")
	shift := 20
	if i := strings.IndexAny(s, "kmgt"); i > 0 && i == len(s)-1 {
		shift = map[byte]int{'k': 10, 'm': 20, 'g': 30, 't': 40}[s[i]]
		s = s[:i]
	}
	n, err := strconv.ParseInt(s, 10, 32)
	return n << shift, err == nil && n > 0
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
