package spark

import (
	"fmt"

	"sparkops/fleet"
	"sparkops/shell"
)

// Mend is one command for one host, by the login user or by root through sudo, which must not
// ask for a password.
func Mend(host, command string, sudo bool, b Bounds) fleet.Task {
	asRoot := "no"
	if sudo {
		asRoot = "yes"
	}
	return fleet.Task{
		Host: host, Bound: b.Script,
		Script: shell.Script{Name: "mend", Body: body("mend"), Vars: []shell.Var{{Name: "in_command", Value: command}, {Name: "in_sudo", Value: asRoot}}},
	}
}

// Mended is why such a command went wrong, "" if it did not.
func Mended(r fleet.Result) string {
	switch {
	case r.Err != nil:
		return r.Err.Error()
	case r.Output.Code != 0:
		return fmt.Sprintf("exit status %d: %s", r.Output.Code, lastLine(r.Output.Stdout))
	}
	return ""
}
