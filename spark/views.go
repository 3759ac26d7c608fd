package spark

import (
	"context"
	"slices"

	"sparkops/spark/facts"
)

// Views asks the masters that run for their lists, all at once. Of one that does not answer there
// is the Err, unless the asking was interrupted.
func (s *Survey) Views(ctx context.Context, hosts []Surveyed) []View {
	g := registry{connect: s.Connect, uiPort: s.Cluster.UIPort}
	for _, m := range runningMasters(hosts) {
		d := m.daemon
		g.masters = append(g.masters, Outcome{
			Host: m.host.Host.Name, Role: Master, PID: d.PID, Address: d.Address, WebUI: d.WebUI, bound: d.Bound,
			wanted: s.Cluster.addressOf(m.host.Host.Name), listen: d.Listen,
		})
	}
	views, errs := g.views(ctx)
	for i, m := range g.masters {
		views[i].Master, views[i].PID, views[i].Err = m.Host, m.PID, errs[i]
	}
	return slices.DeleteFunc(views, func(v View) bool { return v.Err != nil && ctx.Err() != nil })
}

// seenMaster is a master that runs, and the first of the hosts that see it.
type seenMaster struct {
	host   Surveyed
	daemon facts.Daemon
}

// runningMasters has each process once, however many names of its machine there are.
func runningMasters(hosts []Surveyed) []seenMaster {
	var all []seenMaster
	for _, h := range hosts {
		if h.Facts == nil {
			continue
		}
		for _, d := range h.Facts.Daemons {
			known := slices.ContainsFunc(all, func(o seenMaster) bool {
				return o.daemon.PID == d.PID && o.daemon.Address == d.Address && o.host.Facts.Name.SameMachine(h.Facts.Name)
			})
			if d.Role == string(Master) && d.Running && !known {
				all = append(all, seenMaster{h, d})
			}
		}
	}
	return all
}
