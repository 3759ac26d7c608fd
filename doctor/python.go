package doctor

import (
	"fmt"
	"strings"

	"sparkops/spark"
	"sparkops/spark/facts"
)

func pythonChecks() []Check {
	return []Check{{
		ID: "versions.python", Title: "pyspark finds the same Python on every worker", run: samePython,
		Cause:  "Hosts are of different releases of their system, or PYSPARK_PYTHON names what some of them do not have.",
		Effect: "pyspark jobs end on that host: Cannot run program, or Python in worker has different version than that in driver",
		Cure:   "Install the same Python 3.x everywhere and name it with PYSPARK_PYTHON in conf/spark-env.sh.",
	}}
}

// pythonOf is the Python that executors of a host start, and its name there.
func pythonOf(h *Host) (name string, p facts.Python, found bool) {
	name = "python3"
	if set := h.Facts.Env["PYSPARK_PYTHON"]; set != "" {
		name = set
	}
	for _, p := range h.Facts.Pythons {
		if p.Name == name {
			return name, p, true
		}
	}
	return name, p, false
}

// minor is 3.11 for Python 3.11.2, "" for what is none.
func minor(p facts.Python) string {
	words := strings.Fields(p.Said)
	if len(words) < 2 || words[0] != "Python" {
		return ""
	}
	parts := strings.SplitN(words[1], ".", 3)
	if len(parts) < 2 {
		return ""
	}
	return parts[0] + "." + parts[1]
}

func samePython(s *Snapshot) []Finding {
	var all []Finding
	own := func(h *Host) string { _, p, _ := pythonOf(h); return minor(p) }
	hosts := s.withRole(spark.Worker)
	most := groups(hosts, own)
	for _, h := range hosts {
		name, p, found := pythonOf(h)
		f := Finding{Host: h.Host.Name, Level: Warn, Do: onHost(h, "ls /usr/bin/python3*", false)}
		switch {
		case strings.ContainsAny(name, " \t"):
			f.Level, f.What, f.Do = Skipped, "PYSPARK_PYTHON is of several words", ""
		case !found && name != "python3":
			f.Level, f.What = Fail, fmt.Sprintf("PYSPARK_PYTHON=%s is not there", name)
		case !found && len(most) > 0:
			f.What = fmt.Sprintf("there is no python3, and %s has %s", most[0].names(), most[0].value)
		case found && minor(p) == "":
			f.Level, f.What, f.Seen, f.Do = Skipped, fmt.Sprintf("%s does not say its version", p.Path), firstLines(p.Said, 2), ""
		case found && minor(p) != most[0].value:
			f.What, f.Seen = fmt.Sprintf("%s is Python %s; %s has %s", name, minor(p), most[0].names(), most[0].value), []string{p.Path + ": " + strings.TrimSpace(p.Said)}
		default:
			continue
		}
		all = append(all, f)
	}
	return all
}
