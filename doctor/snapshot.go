package doctor

import (
	"slices"

	"sparkops/envfile"
	"sparkops/envfile/lint"
	"sparkops/inventory"
	"sparkops/shell"
	"sparkops/spark"
	"sparkops/spark/facts"
)

// Snapshot is all that is known at one moment. Nothing in it is a judgement.
type Snapshot struct {
	Launcher  Launcher
	Masters   []inventory.Host // all of the cluster, also those that are not selected
	Addresses []string         // host:port that each of Masters is to have
	Hosts     []Host           // the selected ones, masters first, each once
	Views     []spark.View     // of the masters that run
}

// Host is what came of one host: its Facts, or the Err that kept them from being known, or both
// where the look broke off.
type Host = spark.Surveyed

// Launcher is this machine, where sparkops was typed.
type Launcher struct {
	Home, Conf string                  // SPARK_HOME, or "", and the conf directory
	Version    string                  // of the Spark in Home, or ""
	Files      map[string][]byte       // of the conf directory, those of [spark.SurveyedFiles] that could be read
	Parts      map[string]envfile.Part // by the host whose spark-env.sh it is a part of
	Lint       []lint.Finding          // what a push of spark-env.sh would stop at, if no host has that file
	Logins     map[string]Login        // by the name of the host; without those that are this machine
}

// reached are the hosts that facts are known of.
func (s *Snapshot) reached() []*Host {
	var all []*Host
	for i := range s.Hosts {
		if s.Hosts[i].Facts != nil {
			all = append(all, &s.Hosts[i])
		}
	}
	return all
}

// withRole are those of the reached hosts that have a role.
func (s *Snapshot) withRole(role spark.Role) []*Host {
	return slices.DeleteFunc(s.reached(), func(h *Host) bool { return !slices.Contains(h.Roles, role) })
}

// withSpark are those of the reached hosts on which a Spark was found.
func (s *Snapshot) withSpark() []*Host {
	return slices.DeleteFunc(s.reached(), func(h *Host) bool { return !hasSpark(h) })
}

func hasSpark(h *Host) bool {
	return !slices.ContainsFunc(h.Facts.Refusals, func(r facts.Refusal) bool { return r.Class == shell.ClassSparkHome })
}

// whyNot is what the host says of something that it could not look at.
func whyNot(h *Host, what, otherwise string) string {
	for _, u := range h.Facts.Unseen {
		if u.What == what {
			return what + ": " + u.Why
		}
	}
	return otherwise
}

// vote is a value and the hosts that have it.
type vote struct {
	value string
	hosts []*Host
}

// groups are the hosts by a value, the most frequent first; among equals the first seen. Hosts
// without the value are left out.
func groups(hosts []*Host, value func(*Host) string) []vote {
	var all []vote
	for _, h := range hosts {
		v := value(h)
		if v == "" {
			continue
		}
		i := slices.IndexFunc(all, func(g vote) bool { return g.value == v })
		if i < 0 {
			all, i = append(all, vote{value: v}), len(all)
		}
		all[i].hosts = append(all[i].hosts, h)
	}
	slices.SortStableFunc(all, func(a, b vote) int { return len(b.hosts) - len(a.hosts) })
	return all
}

// odd says of each host that is not of the largest group what it has and what the others have.
func odd(hosts []*Host, value func(*Host) string, say func(h *Host, own string, most vote) Finding) []Finding {
	all := groups(hosts, value)
	var found []Finding
	for i, g := range all {
		if i == 0 {
			continue
		}
		for _, h := range g.hosts {
			f := say(h, g.value, all[0])
			f.Host = h.Host.Name
			found = append(found, f)
		}
	}
	return found
}

// names are those of hosts, for a text: all of a few, else the first and how many more.
func (v vote) names() string { return inventory.Fold(v.list()) }

func (v vote) list() []string {
	var all []string
	for _, h := range v.hosts {
		all = append(all, h.Host.Name)
	}
	return all
}
