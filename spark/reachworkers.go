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

// Reach is a second look: from the host of every master that was looked at to all workers.
// Nothing is done where there is nothing to dial.
func (s *Survey) Reach(hosts []Surveyed) fleet.Plan {
	stage := fleet.Stage{Name: "reach the workers"}
	var targets []string
	for i := range hosts {
		if at, _ := hosts[i].CalledAt(); at != "" && !slices.Contains(targets, at) {
			targets = append(targets, at)
		}
	}
	for _, h := range hosts {
		if h.Facts == nil || !slices.Contains(h.Roles, Master) || len(targets) == 0 {
			continue
		}
		stage.Tasks = append(stage.Tasks, fleet.Task{
			Host: h.Host.Name, Bound: s.Bounds.Script,
			Script: shell.Script{Name: "reach", Body: body("lib", "reach"), Vars: []shell.Var{
				{Name: "in_class", Value: Master.Class()}, {Name: "in_targets", Value: strings.Join(targets, " ")},
			}},
		})
	}
	return fleet.Plan{Stages: []fleet.Stage{stage}}
}

// Reached adds what came of that to the facts of the masters. Where it broke off there is
// nothing: then nobody has dialled.
func (s *Survey) Reached(hosts []Surveyed, results []fleet.Result) {
	for _, r := range results {
		records, err := recordsOf(r)
		if err != nil {
			continue
		}
		dialled, err := facts.Read(records)
		i := slices.IndexFunc(hosts, func(h Surveyed) bool { return h.Host.Name == r.Task.Host })
		if err == nil && i >= 0 {
			hosts[i].Facts.Dialled = append(hosts[i].Facts.Dialled, dialled.Dialled...)
		}
	}
}
