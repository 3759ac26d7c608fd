package lint

import (
	"fmt"
	"strconv"
)

// workers is how many workers a host is to have, and the assignment that says so, if any.
func (t *text) workers() (n int64, at assign) {
	n = 1
	if v, known := t.final("SPARK_WORKER_INSTANCES"); known && v != "" {
		if parsed, err := strconv.ParseInt(v, 10, 32); err == nil && parsed > 0 {
			n = parsed
		}
	}
	if all := t.live("SPARK_WORKER_INSTANCES"); len(all) > 0 {
		at = all[len(all)-1]
	}
	return n, at
}

// each is what one worker is given, if that is known of the host.
func (t *text) each(name string, value func(string) (int64, bool)) (n int64, at assign, ok bool) {
	all := t.live(name)
	if len(all) == 0 {
		return 0, at, false
	}
	if at = all[len(all)-1]; !at.known || !at.literal && !t.OfHost {
		return 0, at, false
	}
	n, ok = value(at.value)
	return n, at, ok
}

func tooMuchMemory(t *text) []Finding {
	workers, _ := t.workers()
	n, a, ok := t.each("SPARK_WORKER_MEMORY", func(v string) (int64, bool) {
		n, unitMissing, ok := bytesOf(v, memory)
		return n, ok && !unitMissing
	})
	if !ok || t.Facts.Memory <= 0 || n <= t.Facts.Memory/workers {
		return nil
	}
	return []Finding{{Line: a.line, Var: a.name, Message: fmt.Sprintf("%s=%s%s: the host has %dm", a.name, a.value, forEach(workers), t.Facts.Memory>>20),
		Hint: fmt.Sprintf("%s=%dm", a.name, max((t.Facts.Memory>>20-1024)/workers, 512))}}
}

func tooManyCores(t *text) []Finding {
	workers, _ := t.workers()
	n, a, ok := t.each("SPARK_WORKER_CORES", func(v string) (int64, bool) {
		n, err := strconv.ParseInt(v, 10, 32)
		return n, err == nil
	})
	if !ok || t.Facts.Cores <= 0 || n*workers <= int64(t.Facts.Cores) {
		return nil
	}
	return []Finding{{Line: a.line, Var: a.name, Message: fmt.Sprintf("%s=%s%s: the host has %d", a.name, a.value, forEach(workers), t.Facts.Cores),
		Hint: fmt.Sprintf("%s=%d", a.name, max(int64(t.Facts.Cores)/workers, 1))}}
}

func forEach(workers int64) string {
	if workers == 1 {
		return ""
	}
	return fmt.Sprintf(" for each of %d workers", workers)
}

func instances(t *text) (all []Finding) {
	workers, a := t.workers()
	if workers < 2 || a.line == 0 {
		return nil
	}
	for _, want := range [][2]string{{"SPARK_WORKER_CORES", "cores"}, {"SPARK_WORKER_MEMORY", "memory"}} {
		name, what := want[0], want[1]
		if len(t.live(name)) > 0 || t.Vars[name] != "" || t.Env[name] {
			continue
		}
		all = append(all, Finding{Line: a.line, Var: a.name, Message: fmt.Sprintf("%s=%d without %s: each worker offers all %s", a.name, workers, name, what),
			Hint: name + "=" + example[kindOf(name)] + "   or what the share of one worker is"})
	}
	return all
}
