package doctor

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"sparkops/envfile"
	"sparkops/envfile/lint"
	"sparkops/spark/facts"
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
	return append(all, lintOfLauncher(s)...)
}

// lintOfLauncher is what no host has yet.
func lintOfLauncher(s *Snapshot) []Finding {
	path := s.Launcher.Conf + "/spark-env.sh"
	var all []Finding
	for _, l := range s.Launcher.Lint {
		f := Finding{Level: Warn, What: fmt.Sprintf("spark-env.sh of this machine, which no host has: %s (%s)", l.Message, l.ID), Effect: "push-env refuses it, for on the hosts " + l.Effect}
		if l.Hint != "" {
			f.Do = typed(l.Hint, func(command string) string { return command }, " in "+word(path))
		}
		if l.Line > 0 {
			f.Seen = []string{fmt.Sprintf("%s:%d", path, l.Line)}
		}
		all = append(all, f)
	}
	return all
}

// typed is a hint of package lint with where it is to be typed: a command by run, a line with in;
// what it says besides comes last.
func typed(hint string, run func(string) string, in string) string {
	line, besides, more := strings.Cut(strings.TrimSpace(hint), "   ")
	switch verb, _, _ := strings.Cut(line, " "); verb {
	case "sed", "bash", "chmod", "readlink":
		line = run(line)
	default:
		if strings.Contains(line, "=") || strings.HasPrefix(line, "unset ") {
			line += in
		}
	}
	if more {
		line += "   " + besides
	}
	return line
}

// mendLint is what to type for a fault in a host's file: where that is the one of this machine,
// it is mended here and pushed.
func (s *Snapshot) mendLint(h *Host, file facts.File, l lint.Finding) string {
	if l.Hint == "" {
		return ""
	}
	here, _, _ := envfile.Split(s.Launcher.Files["spark-env.sh"])
	there, _, _ := envfile.Split(file.Text)
	if len(here) > 0 && bytes.Equal(here, there) && l.Line <= bytes.Count(there, []byte{'\n'}) {
		path := word(s.Launcher.Conf + "/spark-env.sh")
		local := func(command string) string {
			return strings.ReplaceAll(command, word(file.Path), path) + " && sparkops push-env"
		}
		return typed(l.Hint, local, " in "+path+", then sparkops push-env")
	}
	return typed(l.Hint, func(command string) string { return onHost(h, command, false) }, " in "+word(file.Path)+" there")
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
		Name: word(file.Path), Text: file.Text, Faults: envfile.Faults([]byte(h.Facts.Syntax)), Vars: h.Facts.Env, OfHost: true,
		Version: h.Facts.Spark.Version, Hosts: hosts, Env: before, Names: names,
		Facts: lint.Facts{Cores: h.Facts.Cores, Memory: h.Facts.Memory.Total},
	})
	var all []Finding
	for _, l := range found {
		if slices.Contains(elsewhere, l.ID) {
			continue
		}
		f := Finding{Host: h.Host.Name, Level: Warn, What: fmt.Sprintf("%s (%s)", l.Message, l.ID), Effect: l.Effect, Do: s.mendLint(h, file, l)}
		if l.Level == lint.Error {
			f.Level = Fail
		}
		if l.Line > 0 {
			f.Seen = []string{fmt.Sprintf("%s:%d", file.Path, l.Line)}
		}
		all = append(all, f)
	}
	return all
}
