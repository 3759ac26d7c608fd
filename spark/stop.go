package spark

import (
	"sparkops/fleet"
	"sparkops/inventory"
	"sparkops/shell"
)

// Stop ends daemons and sees them gone.
type Stop struct {
	Cluster *Cluster
	Bounds  Bounds
	Masters bool // stop the masters
	Workers bool // stop the workers
	Kill    bool // KILL what has not ended in Bounds.Wait after its TERM
}

// Plan is what is run on the hosts: the workers first, so that they say goodbye to a master
// that still listens, then the masters. The masters' turn comes when every worker has had
// its TERM; that they are all gone is waited for side by side.
func (s *Stop) Plan() fleet.Plan {
	var plan fleet.Plan
	if s.Workers {
		plan.Stages = append(plan.Stages, s.stage("stop workers", Worker, s.Cluster.Workers))
	}
	if s.Masters {
		plan.Stages = append(plan.Stages, s.stage("stop masters", Master, s.Cluster.SelectedMasters()))
	}
	return plan
}

func (s *Stop) stage(name string, role Role, hosts []inventory.Host) fleet.Stage {
	kill := "no"
	if s.Kill {
		kill = "yes"
	}
	stage := fleet.Stage{Name: name}
	if role == Worker {
		stage.Release = "kind=signalled"
	}
	for _, h := range hosts {
		stage.Tasks = append(stage.Tasks, s.Cluster.task(role, h, "stop", s.Bounds,
			shell.Var{Name: "in_wait", Value: seconds(s.Bounds.Wait)}, shell.Var{Name: "in_kill", Value: kill}))
	}
	return stage
}

// Outcomes is one outcome for each daemon that was found, and one for each host that had none.
func (s *Stop) Outcomes(results []fleet.Result) []Outcome { return outcomes(results) }
