package spark

import (
	"strings"

	"sparkops/fleet"
	"sparkops/inventory"
	"sparkops/shell"
)

// CommandLine is the line that a host's shell is to run for these words. One word is a line
// of shell as it is, as with ssh; of several, a blank inside a word is escaped so that it
// stays one word, as sbin/workers.sh does it.
func CommandLine(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	escaped := make([]string, len(words))
	for i, w := range words {
		escaped[i] = strings.ReplaceAll(w, " ", `\ `)
	}
	return strings.Join(escaped, " ")
}

// Exec is the plan that runs a command line on hosts.
func Exec(hosts []inventory.Host, role Role, line string, b Bounds) fleet.Plan {
	stage := fleet.Stage{Name: "exec"}
	for _, h := range hosts {
		stage.Tasks = append(stage.Tasks, fleet.Task{
			Host: h.Name, Role: string(role), Bound: b.Script,
			Script: shell.Script{Name: "exec", Body: body("exec"), Vars: []shell.Var{{Name: "in_command", Value: line}}},
		})
	}
	return fleet.Plan{Stages: []fleet.Stage{stage}}
}
