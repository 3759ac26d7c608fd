// Package lint judges a spark-env.sh for one target, before it leaves this machine or where it
// lies on a host: what in it will go wrong, at which line, what Spark's own scripts and daemons
// make of it, and what to type.
//
// It is pure: no file, no network, no process. What bash says of the file, what a host is like,
// and how many hosts the file goes to is handed in; what is not known is not judged. Values of
// secrets never stand in a [Finding].
//
// An [Error] is what surely breaks something on every host that the file is for: bash cannot
// parse it, a line that assigns nothing, a value that a daemon refuses or that no host can use.
// A push stops there. A [Warning] may be meant so: it depends on the host or on another file,
// it works until a reboot, or Spark does not read it.
//
// Begin reading at [Check]; the table of checks is in checks.go, a family of them in each file.
package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sparkops/envfile"
)

// Level says whether a finding stops a push.
type Level string

// The levels.
const (
	Error   Level = "error"
	Warning Level = "warning"
)

// Input is a file, what it is for, and what is known about both. Only Text has to be there.
type Input struct {
	Name string // the file as it stands in a hint, quoted where it has to be; "spark-env.sh" if empty
	Text []byte
	Own  Own // what of the text is of another file

	// Faults is what bash cannot parse: of [envfile.Syntax], or of a host's bash -n by
	// [envfile.Faults]. An [envfile.Env] has those that bash met when it read the file: no
	// others, should the file end early; nor what a shopt in it makes good.
	Faults []envfile.Fault

	// Vars is what bash makes of the file, nil if that is not known. Unless OfHost says that
	// it was bash on the host of Facts, only values that stand in the text are held against
	// them: another machine has other cores.
	Vars   map[string]string
	OfHost bool

	Version string          // the release of Spark that reads it: "3.5.1"
	Hosts   int             // how many hosts it goes to as it is
	Env     map[string]bool // variables that are set before the file is read, beside those that sshd sets
	Names   []string        // variables and aliases of the user's shell, that a value may be meant for

	Facts Facts
}

// Own is the part of one host, which stands in a file of its own and is behind the other. The
// zero Own is none.
type Own struct {
	Name string // as Input.Name
	From int    // the first of its lines, in the text
}

// Facts is what is known about the host that the file is for.
type Facts struct {
	Cores  int             // 0 if not known
	Memory int64           // in bytes, 0 if not known
	Paths  map[string]bool // whether a path is there, for those of [Paths] that were looked at
}

// Finding is one thing that will go wrong.
type Finding struct {
	ID      string // of the check: env.crlf
	Level   Level
	Line    int    // 0 if it is about no line in particular
	Own     bool   // it is a line of Input.Own, counted from where that begins
	Var     string // the variable that it is about, or ""
	Message string // what is wrong
	Effect  string // what Spark's own scripts and daemons do then
	Hint    string // what to type: a command, or the line as it should be
}

// String is the finding as a compiler would put it.
func (f Finding) String() string {
	return fmt.Sprintf("%d: %s: %s (%s)", f.Line, f.Level, f.Message, f.ID)
}

// Check judges the file: its findings by line, and by id where they are of one line.
func Check(in Input) []Finding {
	t := read(in)
	var all []Finding
	for _, c := range checks {
		for _, f := range c.run(t) {
			f.ID = c.ID
			f.Level = cmp.Or(f.Level, c.Level)
			f.Effect = cmp.Or(f.Effect, c.Effect)
			for _, s := range []*string{&f.Message, &f.Effect, &f.Hint} {
				*s = t.hidden.Replace(*s)
			}
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.ID, b.ID))
	})
	for i := range all {
		_, all[i].Line, all[i].Own = t.place(all[i].Line)
	}
	return all
}

// Stops reports whether there is an error among the findings.
func Stops(all []Finding) bool {
	return slices.ContainsFunc(all, func(f Finding) bool { return f.Level == Error })
}

// Paths is what is worth looking for on a host before Check: [Facts] has the answers.
func Paths(in Input) []string {
	var all []string
	t := read(in)
	for _, a := range t.live("JAVA_HOME") {
		if java := t.javaOf(a); java != "" && !slices.Contains(all, java) {
			all = append(all, java)
		}
	}
	return all
}

// HostList judges conf/workers, conf/slaves or conf/masters: the line ends of Windows only,
// since sparkops reads past them and says all else when it reads the list.
func HostList(name string, text []byte) []Finding {
	line, more := carriageReturns(text, func([]byte) bool { return true })
	if line == 0 {
		return nil
	}
	return []Finding{{
		ID: "hosts.crlf", Level: Warning, Line: line, Message: "a carriage return (CR) at the end of the line" + more,
		Effect: "Spark's own scripts hand it to ssh as a part of the name: could not resolve hostname",
		Hint:   `sed -i 's/\r$//' ` + name,
	}}
}
