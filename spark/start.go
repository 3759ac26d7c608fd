package spark

import (
	"context"
	"net"
	"slices"
	"strings"
	"time"

	"sparkops/fleet"
	"sparkops/shell"
)

// Start starts daemons and sees them registered.
type Start struct {
	Cluster *Cluster
	Connect Connect
	Bounds  Bounds
	Masters bool          // start the masters
	Workers bool          // start the workers
	NoWait  bool          // do not wait for workers to register
	Check   bool          // start nothing where it would come to nothing; see [Start.AtFault]
	AtFault EnvFault      // with Check: what no host is to start with
	Pace    time.Duration // between the hosts of a stage; SPARK_WORKER_SLEEP
	Seen    func(Outcome) // told of each daemon as soon as all is well with it; nil is nobody

	// Filled in by the gate of the first stage.
	registry registry
	masters  []Outcome
	gated    time.Time // when the workers were let go
}

// EnvFault is a spark-env.sh that is known to be at fault: a host that has the very file starts
// nothing. The zero EnvFault is none.
type EnvFault struct {
	SHA256     string // of its text
	Says, Hint string // what is wrong with it, and what to type
}

// Plan is what is run on the hosts: the masters first, or a look at those that are not to
// be started; then, if a master is ALIVE, all workers side by side.
func (s *Start) Plan() fleet.Plan {
	c := s.Cluster
	masters := fleet.Stage{Name: "look at masters", Gate: s.mastersReady, Pace: s.Pace}
	for i, m := range c.Masters {
		if !s.Masters || !c.Selected[i] {
			masters.Tasks = append(masters.Tasks, c.task(Master, m, "probe", Bounds{Script: s.Bounds.Script}))
			continue
		}
		masters.Name = "start masters"
		host, port, _ := net.SplitHostPort(c.Addresses[i])
		masters.Tasks = append(masters.Tasks, c.task(Master, m, "start", s.Bounds, s.startVars(host, port, "ready")...))
	}
	plan := fleet.Plan{Stages: []fleet.Stage{masters}}
	if s.Workers && len(c.Workers) > 0 {
		plan.Stages = append(plan.Stages, fleet.Stage{Name: "start workers", Tasks: s.workerTasks(), Pace: s.Pace})
	}
	return plan
}

func (s *Start) workerTasks() []fleet.Task {
	until := "registered"
	if s.NoWait {
		until = "address"
	}
	var tasks []fleet.Task
	for _, w := range s.Cluster.Workers {
		tasks = append(tasks, s.Cluster.task(Worker, w, "start", s.Bounds, s.startVars("", "", until)...))
	}
	return tasks
}

func (s *Start) startVars(host, port, until string) []shell.Var {
	check := ""
	if s.Check {
		check = "yes"
	}
	return []shell.Var{
		{Name: "in_check", Value: check}, {Name: "in_bad_env", Value: s.AtFault.SHA256},
		{Name: "in_bad_says", Value: s.AtFault.Says}, {Name: "in_bad_hint", Value: s.AtFault.Hint},
		{Name: "in_host", Value: host}, {Name: "in_port", Value: port},
		{Name: "in_url", Value: URL(s.Cluster.Addresses)},
		{Name: "in_until", Value: until},
		{Name: "in_wait", Value: seconds(s.Bounds.Wait)},
	}
}

// mastersReady is the gate before the workers: every master that runs is asked until it
// has the address that was asked for and is ALIVE, or STANDBY beside one that is ALIVE.
func (s *Start) mastersReady(ctx context.Context, done []fleet.Result) error {
	defer func() { s.gated = time.Now() }()
	s.masters = outcomes(done)
	s.registry = registry{connect: s.Connect, uiPort: s.Cluster.UIPort, url: URL(s.Cluster.Addresses), seen: s.seen, bound: s.Bounds.Wait}
	var up []*Outcome
	for i := range s.masters {
		if o := &s.masters[i]; o.Up() && (o.Class == "" || o.Class == shell.ClassNotRegistered) {
			o.wanted = s.Cluster.addressOf(o.Host)
			up = append(up, o)
			s.registry.masters = append(s.registry.masters, *o)
		}
	}
	s.ready(ctx, up, s.mastersDeadline(done))
	alive := false
	for _, o := range up {
		s.Cluster.checkAddress(o)
		alive = alive || o.State == Running && o.OK()
	}
	if s.Masters {
		for _, o := range s.Cluster.onlySelected(s.masters) {
			s.seen(o)
		}
	}
	switch {
	case alive, s.onlyUnreachable():
		return nil
	case ctx.Err() != nil:
		return shell.Interrupted(ctx, false)
	}
	return shell.Errorf(shell.ClassNotRegistered, "sparkops start-master", "no master is ALIVE at %s", s.registry.url)
}

// seen tells of a daemon that nothing can change for the worse any more.
func (s *Start) seen(o Outcome) {
	if s.Seen != nil && o.OK() {
		s.Seen(o)
	}
}

// mastersDeadline is when the masters have to be ready: what they took on their hosts is part
// of [Bounds].Wait. Masters that were not started just now are asked once.
func (s *Start) mastersDeadline(done []fleet.Result) time.Time {
	if !s.Masters || len(s.Cluster.SelectedMasters()) == 0 {
		return time.Now()
	}
	took := time.Duration(0)
	for _, r := range done {
		took = max(took, r.Took)
	}
	return time.Now().Add(s.Bounds.Wait - took)
}

// onlyUnreachable reports whether nothing is known against any master: workers may then
// still find one, though nobody can confirm it.
func (s *Start) onlyUnreachable() bool {
	started := s.Masters && len(s.Cluster.SelectedMasters()) > 0
	return !started && !slices.ContainsFunc(s.masters, func(o Outcome) bool { return o.Err == nil })
}

// ready asks the masters until one is ALIVE and the others are STANDBY, and marks each; at
// least once.
func (s *Start) ready(ctx context.Context, up []*Outcome, deadline time.Time) {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		views, errs := s.registry.views(ctx)
		alive, settled := 0, 0
		for i, v := range views {
			switch v.Status {
			case "ALIVE":
				alive++
				settled++
				up[i].ready(Running, v)
			case "STANDBY":
				settled++
				up[i].ready(Standby, v)
			}
		}
		if settled == len(up) && (alive > 0 || len(up) == 0) {
			return
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			for i, o := range up {
				o.notReady(ctx, views[i], errs[i], alive)
			}
			return
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

func (o *Outcome) ready(state State, v View) {
	o.Class, o.Message, o.Hint, o.Seen = "", "", "", nil
	o.State = state
	if o.Address == "" {
		o.Address = strings.TrimPrefix(v.URL, "spark://")
	}
}

// notReady marks a master that is neither ALIVE nor STANDBY beside one that is.
func (o *Outcome) notReady(ctx context.Context, v View, err error, alive int) {
	switch {
	case v.Status == "ALIVE", v.Status == "STANDBY" && alive > 0:
		return
	case ctx.Err() != nil:
		o.interrupted(ctx, "interrupted before it was seen to be ALIVE")
		return
	case err != nil:
		o.explain(shell.ClassNotRegistered, err.Error())
	case v.Status == "STANDBY":
		o.fail(shell.ClassNotRegistered, "it is STANDBY, and no master is ALIVE", "sparkops start-master: are all masters up, and ZooKeeper?")
	default:
		o.fail(shell.ClassNotRegistered, "it is "+v.Status+" still", "sparkops status, in a minute")
	}
	o.State = NotRegistered
}

// Outcomes is the end of the story: the workers that run are looked for in the masters'
// lists, until [Bounds].Wait has passed since the workers were let go, and at least once.
func (s *Start) Outcomes(ctx context.Context, results []fleet.Result) []Outcome {
	all := outcomes(results[len(s.Cluster.Masters):])
	if s.Workers && !s.NoWait && len(s.registry.masters) > 0 {
		s.registry.await(ctx, all, s.gated.Add(s.Bounds.Wait))
	}
	for i := range all {
		if o := &all[i]; o.Up() && !o.listed && !s.NoWait && len(s.registry.masters) == 0 {
			o.warn("by its own log only: no master could be asked")
		}
	}
	oneMachine(all)
	if s.Masters {
		return append(s.Cluster.onlySelected(s.masters), all...)
	}
	return all
}

// oneMachine warns of workers of different hosts of the list that are one process.
func oneMachine(all []Outcome) {
	for i := range all {
		for _, o := range all[:i] {
			if o.Host != all[i].Host && o.PID > 0 && o.PID == all[i].PID && o.Address != "" && o.Address == all[i].Address {
				all[i].warn("it is the worker of " + o.Host + " too: both names of the list lead to one machine")
				break
			}
		}
	}
}
