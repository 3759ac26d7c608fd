package spark

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"sparkops/fleet"
	"sparkops/shell"
	"sparkops/spark/facts"
)

// CalledAt is where others will call a worker of this host, as host:port, and what listens there.
// The address is the one that a worker tells, or would tell: SPARK_LOCAL_HOSTNAME,
// SPARK_LOCAL_IP, that of the host name, else one of its own. Where no worker runs, and none is
// told its port, it is that of the web UI. "" where others cannot call it, or nothing tells.
func (h *Surveyed) CalledAt() (address, what string) {
	if h.Facts == nil || !slices.Contains(h.Roles, Worker) {
		return "", ""
	}
	for _, d := range h.Facts.Daemons {
		if d.Role == string(Worker) && d.Running && d.Address != "" {
			return callable(d.Address), "worker " + strconv.Itoa(d.Instance)
		}
	}
	for _, w := range h.Facts.Wanted {
		if w.Role == string(Worker) && w.Port > 0 {
			return callable(net.JoinHostPort(h.Facts.Advertised(), strconv.Itoa(w.Port))), "the " + w.Use + " port, as no worker runs"
		}
	}
	return "", ""
}

// callable is an address that means the same host everywhere, else "".
func callable(address string) string {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	if err != nil || host == "" || host == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) || strings.ContainsAny(host, " \t\n/*?%") {
		return ""
	}
	return address
}

// targets are the workers of hosts, each once.
func targets(hosts []Surveyed) []string {
	var all []string
	seen := map[string]bool{}
	for i := range hosts {
		if at, _ := hosts[i].CalledAt(); at != "" && !seen[at] {
			all, seen[at] = append(all, at), true
		}
	}
	return all
}

// Reach is a second look: from the host of every master that was looked at to all workers.
// Nothing is done where there is nothing to dial.
func (s *Survey) Reach(hosts []Surveyed) fleet.Plan {
	stage := fleet.Stage{Name: "reach the workers"}
	workers := targets(hosts)
	for _, h := range hosts {
		if h.Facts == nil || !slices.Contains(h.Roles, Master) || len(workers) == 0 {
			continue
		}
		stage.Tasks = append(stage.Tasks, fleet.Task{
			Host: h.Host.Name, Bound: s.Bounds.Script,
			Script: shell.Script{Name: "reach", Body: body("lib", "reach"), Vars: []shell.Var{
				{Name: "in_class", Value: Master.Class()}, {Name: "in_targets", Value: strings.Join(workers, " ")},
			}},
		})
	}
	return fleet.Plan{Stages: []fleet.Stage{stage}}
}

// Reached adds what came of that to the facts of the masters; who was dialled and has not answered
// had no time left. Where the look broke off there is nothing: then nobody has dialled.
func (s *Survey) Reached(hosts []Surveyed, results []fleet.Result) {
	for _, r := range results {
		records, err := recordsOf(r)
		if err != nil {
			continue
		}
		dialled, err := facts.Read(records)
		i := slices.IndexFunc(hosts, func(h Surveyed) bool { return h.Host.Name == r.Task.Host })
		if err != nil || !dialled.Whole || i < 0 {
			continue
		}
		for _, at := range targets(hosts) {
			if _, answered := dialled.Dial(at); !answered {
				dialled.Dialled = append(dialled.Dialled, facts.Dialled{Address: at, State: "timeout", Said: "no answer"})
			}
		}
		hosts[i].Facts.Dialled = append(hosts[i].Facts.Dialled, dialled.Dialled...)
	}
}
