package doctor

import (
	"fmt"
	"slices"
	"strings"

	"sparkops/envfile"
	"sparkops/envfile/lint"
)

// elsewhere are the rules of package lint whose fault another check finds, with more to go by.
var elsewhere = []string{"env.syntax", "env.memory-host", "env.cores-host", "env.instances", "env.java-home", "env.master-local", "env.pid-dir"}

// lintCheck is the row of family environment for what each host's own spark-env.sh says.
var lintCheck = Check{
	ID: "environment.lint", Title: "each host's spark-env.sh says what it is meant to say", run: lintOfHosts,
	Cause:  "A slip, a line for another release of Spark, or a value that the host cannot have; the finding names the line.",
	Effect: "bash or Spark reads something else than is meant",
	Cure:   "Mend the line in conf/spark-env.sh of this machine and sparkops push-env it, or in the host's own file.",
}

// lintOfHosts judges the file of each host with what bash on that host makes of it. Values of
// secrets are no part of what package lint says.
func lintOfHosts(s *Snapshot) []Finding {
	digest := func(h *Host) string {
		f, ok := h.Facts.File("spark-env.sh")
		if !ok {
			return ""
		}
		return f.Digest()
	}
	var all []Finding
	for _, same := range groups(s.withSpark(), digest) {
		for _, h := range same.hosts {
			all = append(all, lintOfHost(s, h, len(same.hosts))...)
		}
	}
	return all
}

func lintOfHost(s *Snapshot, h *Host, hosts int) []Finding {
	file, _ := h.Facts.File("spark-env.sh")
	before, names := map[string]bool{}, []string{}
	for name := range h.Facts.Login {
		before[name] = true
		if !slices.ContainsFunc(s.Hosts, func(h Host) bool { return h.Host.Name == name }) {
			names = append(names, name)
		}
	}
	found := lint.Check(lint.Input{
		Name: file.Path, Text: file.Text, Faults: envfile.Faults([]byte(h.Facts.Syntax)), Vars: h.Facts.Env, OfHost: true,
		Version: h.Facts.Spark.Version, Hosts: hosts, Env: before, Names: names,
		Facts: lint.Facts{Cores: h.Facts.Cores, Memory: h.Facts.Memory.Total},
	})
	var all []Finding
	for _, l := range found {
		if slices.Contains(elsewhere, l.ID) {
			continue
		}
		f := Finding{Host: h.Host.Name, Level: Warn, What: fmt.Sprintf("%s (%s)", l.Message, l.ID), Effect: l.Effect, Do: l.Hint}
		if l.Level == lint.Error {
			f.Level = Fail
		}
		if l.Line > 0 {
			f.Seen = []string{fmt.Sprintf("%s:%d", file.Path, l.Line)}
		}
		f.Do = strings.TrimSpace(f.Do)
		all = append(all, f)
	}
	return all
}
