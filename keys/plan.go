package keys

import (
	"embed"
	"strconv"
	"time"

	"sparkops/fleet"
	"sparkops/shell"
)

// Bounds of what one host's script waits for.
const (
	staleLock = 10 * time.Second // a lock that nobody moves is left of one that was killed
	lockWait  = time.Minute      // a home that many hosts share has as many writers
)

// Target is an account on a host, and the key for it.
type Target struct {
	Host string
	Key  Key
}

// Install is the plan that puts each target's key into its authorized_keys. With force also
// where the key is known with options (from=, command=), which otherwise stay alone.
func Install(targets []Target, force bool, bound time.Duration) fleet.Plan {
	return authorize("install", "add", targets, force, bound)
}

// Remove is the plan that takes each target's key out, whatever options stand in front of it.
func Remove(targets []Target, bound time.Duration) fleet.Plan {
	return authorize("remove", "remove", targets, false, bound)
}

func authorize(name, action string, targets []Target, force bool, bound time.Duration) fleet.Plan {
	stage := fleet.Stage{Name: name}
	for _, t := range targets {
		vars := []shell.Var{
			{Name: "in_action", Value: action},
			{Name: "in_type", Value: t.Key.Type()},
			{Name: "in_blob", Value: t.Key.Blob()},
			{Name: "in_line", Value: t.Key.Line()},
			{Name: "in_force", Value: map[bool]string{true: "yes"}[force]},
			{Name: "in_stale", Value: seconds(staleLock)},
			{Name: "in_wait", Value: seconds(lockWait)},
		}
		stage.Tasks = append(stage.Tasks, fleet.Task{
			Host: t.Host, Bound: bound, Script: shell.Script{Name: "authorize", Vars: vars, Body: shell.Join(scripts, "record", "account", "authorize")},
		})
	}
	return fleet.Plan{Stages: []fleet.Stage{stage}}
}

// Prove is the plan whose scripts do nothing: that they ran is the proof of a login.
func Prove(hosts []string, bound time.Duration) fleet.Plan {
	return each("prove", hosts, shell.Script{Name: "prove", Body: ":\n"}, bound)
}

// Explain is the plan that looks for why a key is not taken.
func Explain(hosts []string, bound time.Duration) fleet.Plan {
	vars := []shell.Var{{Name: "in_etc", Value: "/etc/ssh"}}
	return each("explain", hosts, shell.Script{Name: "explain", Vars: vars, Body: shell.Join(scripts, "record", "account", "explain")}, bound)
}

func each(name string, hosts []string, script shell.Script, bound time.Duration) fleet.Plan {
	stage := fleet.Stage{Name: name}
	for _, h := range hosts {
		stage.Tasks = append(stage.Tasks, fleet.Task{Host: h, Bound: bound, Script: script})
	}
	return fleet.Plan{Stages: []fleet.Stage{stage}}
}

//go:embed scripts/*.sh
var scripts embed.FS

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
