package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sparkops/spark"
)

// shareChecks are about what all daemons of a host want together.
func shareChecks() []Check {
	return []Check{{
		ID: "resources.memory", Title: "the workers of a host offer no more memory than it has", run: memory,
		Cause:  "SPARK_WORKER_MEMORY is for each instance, and the file is the same on hosts with less memory; without it each instance offers all but 1 GiB.",
		Effect: "executors are placed that do not fit: the kernel's out-of-memory killer ends them, or the host swaps",
		Cure:   "Lower SPARK_WORKER_MEMORY or SPARK_WORKER_INSTANCES, and leave 1 GiB to the system.",
	}, {
		ID: "resources.daemon-memory", Title: "the daemons themselves have room beside what the workers offer", run: daemonMemory,
		Cause:  "Each master and worker has a heap of its own, SPARK_DAEMON_MEMORY, 1g if it is not set, beside the memory that it offers to executors.",
		Effect: "the host runs out of memory when executors take all that is offered: the kernel ends one of them, or the daemon",
		Cure:   "Lower SPARK_DAEMON_MEMORY or SPARK_WORKER_MEMORY, so that both fit with something left to the system.",
	}, {
		ID: "resources.cores", Title: "the workers of a host offer no more cores than it has", run: cores,
		Cause:  "SPARK_WORKER_CORES is for each instance, and the file is the same on hosts with fewer cores; without it each instance offers all of them.",
		Effect: "executors share cores that each takes for its own: jobs are slower than planned, and heartbeats come late",
		Cure:   "Set SPARK_WORKER_CORES to the cores of the host divided by SPARK_WORKER_INSTANCES.",
	}}
}

// system is what Spark leaves to the system when SPARK_WORKER_MEMORY is not set.
const system = 1 << 30

// offered is what the workers of a host offer; ok is false where it is not known.
func offered(h *Host) (bytes int64, ok bool) {
	each, ok := size(h.Facts.Env["SPARK_WORKER_MEMORY"])
	if !ok && h.Facts.Env["SPARK_WORKER_MEMORY"] == "" {
		each, ok = max(h.Facts.Memory.Total-system, 512<<20), true
	}
	return each * int64(h.Facts.Home.Instances), ok
}

// times is "3 x " in front of what each instance has.
func times(h *Host, set, value, unset string) string {
	text := unset
	if value != "" {
		text = set + "=" + value
	}
	return fmt.Sprintf("%d x %s", h.Facts.Home.Instances, text)
}

func memory(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withRole(spark.Worker) {
		total, text := h.Facts.Memory.Total, h.Facts.Env["SPARK_WORKER_MEMORY"]
		sum, ok := offered(h)
		switch instances := int64(h.Facts.Home.Instances); {
		case total == 0:
			all = append(all, Finding{Level: Skipped, Host: h.Host.Name, What: "the host does not tell its memory"})
		case ok && sum > total:
			all = append(all, Finding{
				Level: Fail, Host: h.Host.Name, Do: "SPARK_WORKER_MEMORY=" + strconv.FormatInt(max((total-system)/max(instances, 1)>>20, 512), 10) + "m in spark-env.sh of that host",
				What: fmt.Sprintf("%s is more than the %d MiB that it has", times(h, "SPARK_WORKER_MEMORY", text, "all but 1 GiB"), total>>20),
			})
		}
	}
	return all
}

// daemonMemory judges only what somebody has set: Spark's own defaults are close to the edge by
// themselves, and a daemon seldom fills its heap.
func daemonMemory(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withSpark() {
		total, set := h.Facts.Memory.Total, h.Facts.Env["SPARK_DAEMON_MEMORY"]
		heap, ok := size(set)
		if set == "" {
			heap, ok = 1<<30, true
		}
		count, sum := int64(0), int64(0)
		if slices.Contains(h.Roles, spark.Master) {
			count++
		}
		if slices.Contains(h.Roles, spark.Worker) {
			workers, known := offered(h)
			count, sum, ok = count+int64(h.Facts.Home.Instances), workers, ok && known
		}
		// More than that is found by resources.memory.
		if !ok || total == 0 || sum > total || sum+count*heap <= total || set == "" && h.Facts.Env["SPARK_WORKER_MEMORY"] == "" {
			continue
		}
		heaps := fmt.Sprintf("%d daemons with a heap of %d MiB each", count, heap>>20)
		if count == 1 {
			heaps = fmt.Sprintf("a daemon with a heap of %d MiB", heap>>20)
		}
		f := Finding{
			Level: Warn, Host: h.Host.Name, Do: fmt.Sprintf("SPARK_WORKER_MEMORY=%dm in spark-env.sh of that host", max((total-count*heap)/max(int64(h.Facts.Home.Instances), 1)>>20, 512)),
			What: fmt.Sprintf("%s, and workers that offer %d MiB: the host has %d MiB", heaps, sum>>20, total>>20),
		}
		if count*heap > total {
			f.Level, f.Do = Fail, "SPARK_DAEMON_MEMORY=1g in spark-env.sh of that host"
			f.What = fmt.Sprintf("%s: the host has %d MiB", heaps, total>>20)
		}
		all = append(all, f)
	}
	return all
}

func cores(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withRole(spark.Worker) {
		has, instances, text := h.Facts.Cores, h.Facts.Home.Instances, h.Facts.Env["SPARK_WORKER_CORES"]
		each, err := strconv.Atoi(text)
		if text == "" {
			each, err = has, nil
		}
		switch {
		case has == 0:
			all = append(all, Finding{Level: Skipped, Host: h.Host.Name, What: "the host does not tell how many cores it has"})
		case err == nil && each*instances > has:
			all = append(all, Finding{
				Level: Warn, Host: h.Host.Name, Do: fmt.Sprintf("SPARK_WORKER_CORES=%d in spark-env.sh of that host", max(has/max(instances, 1), 1)),
				What: fmt.Sprintf("%s is more than the %d that it has", times(h, "SPARK_WORKER_CORES", text, "all cores"), has),
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
