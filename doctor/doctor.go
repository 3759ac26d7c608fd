// Package doctor judges: it finds in a [Snapshot] of facts what will go wrong with a cluster,
// says what will happen because of it, and what to type. It looks at nothing itself: a check is
// a pure function over the snapshot of all hosts, and a [Fix] is a command that it hands out.
//
// A family of checks has one file: a table of them, and a function for each. To add a check,
// add a row and its function; its ID begins with the name of the family. What could not be
// looked at is a finding too, of level [Skipped]. Begin reading at [Check], then [Judge].
package doctor

import (
	"cmp"
	"slices"
	"strings"

	"sparkops/shell"
	"sparkops/spark"
)

// Level says how bad a finding is.
type Level string

// The levels.
const (
	Fail    Level = "fail"    // it does not work, or will not
	Warn    Level = "warn"    // it works, for now
	Skipped Level = "skipped" // it could not be looked at
)

// Check looks for one kind of fault.
type Check struct {
	ID      string // family.name
	Title   string // what is as it should be if nothing is found
	Fixable bool   // some of its findings have a Fix

	// What explain says: how it comes about, what happens because of it, what mends it.
	Cause, Effect, Cure string

	needs []spark.Role // whose hosts it looks at; without a word, those of all
	run   func(*Snapshot) []Finding
}

// Family is what stands before the dot of an ID.
func (c Check) Family() string { return family(c.ID) }

// FromMasters reports whether the check needs what [spark.Survey].Reach brings.
func (c Check) FromMasters() bool { return c.ID == workersID }

func family(id string) string {
	name, _, _ := strings.Cut(id, ".")
	return name
}

// Finding is one fault on one host.
type Finding struct {
	Check  string
	Level  Level
	Host   string // [Everywhere] where it is about no host in particular
	What   string // what is wrong there
	Effect string // what will happen because of it; the Effect of its Check if empty
	Seen   []string
	Do     string      // what to type
	Class  shell.Class // of what kept a host from being reached, or ""
	Fix    *Fix        // nil if there is none
}

// Everywhere is the Host of a finding about the launcher or the cluster as a whole: a word that
// is no host's name.
const Everywhere = "(cluster)"

// Fix is a command for the host of a finding that mends it and does no more than it shows.
type Fix struct {
	Command string // a line of sh
	Sudo    bool   // only root can do it
	Able    bool   // it can be done without a question: sudo is not needed, or needs no password
}

// Line is the command as it is run.
func (f Fix) Line() string {
	if f.Sudo {
		return "sudo -n sh -c " + shell.Quote(f.Command)
	}
	return f.Command
}

// Checks is every check there is, family by family.
func Checks() []Check {
	return slices.Concat(links(), versions(), environment(), names(), access(), resources(), daemons(), ha())
}

// Judge runs the checks over the snapshot. Where a host was not reached, each family but access,
// which says why, has a finding that it could not be looked at.
func Judge(s *Snapshot, checks []Check) []Finding {
	var all []Finding
	seen := map[string]bool{}
	for _, c := range checks {
		if f := c.Family(); !seen[f] && f != "access" {
			seen[f] = true
			all = append(all, notReached(s, f)...)
		}
		all = append(all, notSelected(s, c)...)
		for _, f := range c.run(s) {
			f.Check = c.ID
			f.Host = cmp.Or(f.Host, Everywhere)
			if f.Level != Skipped {
				f.Effect = cmp.Or(f.Effect, c.Effect)
				f.Do = cmp.Or(f.Do, "sparkops explain "+c.ID)
			}
			all = append(all, f)
		}
	}
	return all
}

func unlooked(e *shell.Error) string {
	if e.Began {
		return "not looked at: the look was not done in time"
	}
	return "not looked at: the host was not reached"
}

// notReached is what a family cannot tell of the hosts that nothing is known of.
func notReached(s *Snapshot, family string) []Finding {
	var all []Finding
	for _, h := range s.Hosts {
		if h.Facts == nil && h.Err != nil {
			all = append(all, Finding{Check: family + ".*", Level: Skipped, Host: h.Host.Name, Class: h.Err.Class, What: unlooked(h.Err)})
		}
	}
	return all
}
