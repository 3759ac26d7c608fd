package spark

import (
	"context"
	"fmt"
	"strings"

	"sparkops/fleet"
	"sparkops/shell"
)

// Status looks at the daemons and at the masters' lists, changes nothing, and says where
// the two disagree.
type Status struct {
	Cluster *Cluster
	Connect Connect
	Bounds  Bounds
}

// MasterView is one master's view of the cluster, in figures.
type MasterView struct {
	Host, URL, Status string
	Alive, Dead       int   // workers in its list
	Cores             int   // of the workers that are ALIVE
	Memory            int64 // likewise, in bytes
	Unexpected        []string
}

// Plan is a look at every master, also those that are not selected, for their lists, and at
// every selected worker.
func (s *Status) Plan() fleet.Plan {
	stage := fleet.Stage{Name: "look"}
	for _, m := range s.Cluster.Masters {
		stage.Tasks = append(stage.Tasks, s.Cluster.task(Master, m, "probe", s.Bounds))
	}
	for _, w := range s.Cluster.Workers {
		stage.Tasks = append(stage.Tasks, s.Cluster.task(Worker, w, "probe", s.Bounds))
	}
	return fleet.Plan{Stages: []fleet.Stage{stage}}
}

// Outcomes judges what was found, with the masters' lists beside it.
func (s *Status) Outcomes(ctx context.Context, results []fleet.Result) ([]Outcome, []MasterView) {
	all := outcomes(results)
	g := registry{connect: s.Connect, uiPort: s.Cluster.UIPort}
	var up []*Outcome
	for i := range all {
		o := &all[i]
		o.missing()
		if o.Role == Master && o.Up() {
			o.wanted = s.Cluster.addressOf(o.Host)
			up = append(up, o)
			g.masters = append(g.masters, *o)
		}
	}
	views, errs := g.views(ctx)
	alive, answered := 0, 0
	for i, v := range views {
		up[i].judgeMaster(ctx, v, errs[i])
		s.Cluster.checkAddress(up[i])
		if errs[i] == nil {
			answered++
		}
		if v.Status == "ALIVE" {
			alive++
		}
	}
	for _, o := range up {
		if o.State == Standby && alive == 0 {
			o.fail(shell.ClassNotRegistered, "it is STANDBY, and no master is ALIVE", "are all masters up, and ZooKeeper?")
		}
		if alive > 1 && o.Class == "" {
			o.fail(shell.ClassNotRegistered, fmt.Sprintf("%d masters are ALIVE: they do not share one recovery state", alive), "compare spark.deploy.zookeeper.url on the masters")
		}
	}
	inLists := listed(views)
	for i := range all {
		all[i].judgeWorker(ctx, inLists, answered > 0)
	}
	return s.Cluster.onlySelected(all), masterViews(views, all)
}

// missing makes a failure of a daemon that should run and does not.
func (o *Outcome) missing() {
	if o.Err != nil || o.Class != "" {
		return
	}
	start := "sparkops start-" + string(o.Role) + plural(o.Role)
	switch o.State {
	case NotRunning:
		if o.Instance > 0 {
			o.fail(shell.ClassDied, "it does not run", start)
		}
	case Died:
		o.explain(shell.ClassDied, o.Message)
		o.Hint = start
	}
}

func (o *Outcome) judgeMaster(ctx context.Context, v View, err error) {
	if o.Address == "" {
		o.Address = strings.TrimPrefix(v.URL, "spark://")
	}
	switch {
	case err != nil && ctx.Err() != nil:
		o.interrupted(ctx, "interrupted before it answered")
	case err != nil:
		o.fail(shell.ClassNotRegistered, err.Error(), o.readLog())
	case v.Status == "STANDBY":
		o.State = Standby
	case v.Status != "ALIVE":
		o.warn("it is " + v.Status)
	}
}

// judgeWorker says whether the masters list what runs.
func (o *Outcome) judgeWorker(ctx context.Context, alive []ListedWork, asked bool) {
	if o.Role != Worker {
		return
	}
	w, ok := o.find(alive)
	switch {
	case o.Up() && ok:
		o.register(w)
	case o.Up() && !asked && ctx.Err() != nil:
		o.interrupted(ctx, "interrupted before a master was asked")
	case o.Up() && asked:
		o.State = NotRegistered
		o.explain(shell.ClassNotRegistered, "it runs, and no master lists it as ALIVE")
	case o.Up():
		o.State = NotRegistered
		o.fail(shell.ClassNotRegistered, "it runs, and no master could be asked whether it lists it", "sparkops start-master")
	}
}

// masterViews are the figures of each master, and which of its workers are none of ours.
func masterViews(views []View, all []Outcome) []MasterView {
	var figures []MasterView
	for _, v := range views {
		if v.Status == "" {
			continue
		}
		m := MasterView{Host: v.Master, URL: v.URL, Status: v.Status}
		for _, w := range v.Workers {
			if !w.Alive() {
				m.Dead++
				continue
			}
			m.Alive++
			m.Cores += w.Cores
			m.Memory += w.Memory << 20
			if !isFound(w, all) {
				m.Unexpected = append(m.Unexpected, Address(w.Host, w.Port))
			}
		}
		figures = append(figures, m)
	}
	return figures
}

// isFound reports whether a listed worker is one that was found on a host.
func isFound(w ListedWork, all []Outcome) bool {
	for i := range all {
		if all[i].Role == Worker && all[i].Address == Address(w.Host, w.Port) {
			return true
		}
	}
	return false
}
