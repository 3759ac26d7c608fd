package keys

import (
	"fmt"

	"sparkops/fleet"
	"sparkops/shell"
)

// State is what became of a key on a host.
type State string

// The states.
const (
	Present    State = "present"    // it was there
	Added      State = "added"      // it is there now
	Restricted State = "restricted" // it is there with options, and nothing was done
	Removed    State = "removed"    // it was there
	Absent     State = "absent"     // it was not
)

// Outcome is a host's answer to Install or Remove.
type Outcome struct {
	Host     string
	File     string // authorized_keys
	State    State
	Line     int    // of the plain line
	Limited  int    // of the first line with options
	Options  string // of that
	Repaired string // paths that others can write to no longer
	Home     string // mode of a home directory that others may write to
	Refused  *shell.Error
	Err      error // why the script was not run to its end
}

// Outcomes reads the answers.
func Outcomes(results []fleet.Result) []Outcome {
	all := make([]Outcome, len(results))
	for i, r := range results {
		all[i] = outcome(r)
	}
	return all
}

func outcome(r fleet.Result) Outcome {
	o := Outcome{Host: r.Task.Host, Err: r.Err}
	if r.Err != nil {
		return o
	}
	records, err := shell.Records(r.Output.Stdout)
	if err != nil || len(records) != 1 {
		o.Refused = shell.Errorf(shell.ClassExit, "", "the answer was not understood (%v): %.200q %.200q", err, r.Output.Stdout, r.Output.Stderr)
		return o
	}
	answer := records[0]
	if answer["kind"] != "key" {
		o.Refused = &shell.Error{Class: shell.Class(answer["class"]), Hint: answer["hint"], Err: fmt.Errorf("%s", answer["message"])}
		return o
	}
	o.File, o.State = answer["file"], State(answer["state"])
	fmt.Sscan(answer["line"], &o.Line) // 0 where there is none
	fmt.Sscan(answer["limited"], &o.Limited)
	o.Options, o.Repaired, o.Home = answer["options"], answer["repaired"], answer["home"]
	return o
}
