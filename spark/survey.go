package spark

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"sparkops/fleet"
	"sparkops/inventory"
	"sparkops/shell"
	"sparkops/spark/facts"
)

// Survey gathers what there is to know of every host, in one session each, and of the masters'
// lists. It changes nothing; what it means is for doctor to say.
type Survey struct {
	Cluster *Cluster
	Connect Connect
	Bounds  Bounds
	Real    string           // where the launcher's SPARK_HOME leads, or ""
	Now     func() time.Time // the launcher's clock
	arrived map[string]time.Time
}

// SurveyedFiles are those of the conf directory that are brought back.
var SurveyedFiles = []string{
	"spark-env.sh", "spark-defaults.conf", "log4j2.properties", "log4j.properties", "workers", "slaves", "masters",
}

// Surveyed is what came of one host.
type Surveyed struct {
	Host    inventory.Host
	Roles   []Role
	Local   bool         // it is the launcher's own machine
	Facts   *facts.Host  // nil where nothing is known
	Err     *shell.Error // why, or why it is not all
	Noise   []byte       // what the login shell wrote by itself
	Arrived time.Time    // by the launcher's clock, when the answer was there
}

// Hosts are the selected ones in the order of the lists, masters first, each once.
func (s *Survey) Hosts() []Surveyed {
	var all []Surveyed
	add := func(hosts []inventory.Host, role Role) {
		for _, h := range hosts {
			i := slices.IndexFunc(all, func(o Surveyed) bool { return o.Host.Name == h.Name })
			if i < 0 {
				all = append(all, Surveyed{Host: h, Roles: []Role{role}})
				continue
			}
			all[i].Roles = append(all[i].Roles, role)
			all[i].Host.SparkHome = cmp.Or(all[i].Host.SparkHome, h.SparkHome)
		}
	}
	add(s.Cluster.SelectedMasters(), Master)
	add(s.Cluster.Workers, Worker)
	return all
}

// Plan is one task a host, whatever its roles.
func (s *Survey) Plan() fleet.Plan {
	stage := fleet.Stage{Name: "look at everything"}
	for _, h := range s.Hosts() {
		stage.Tasks = append(stage.Tasks, s.task(h))
	}
	return fleet.Plan{Stages: []fleet.Stage{stage}}
}

func (s *Survey) task(h Surveyed) fleet.Task {
	var roles, names []string
	for _, r := range h.Roles {
		roles = append(roles, string(r))
	}
	for _, p := range []string{s.Cluster.Home, s.Real} {
		if name := path.Base(p); p != "" && !strings.ContainsAny(name, " \t\n/") && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	task := s.Cluster.task(h.Roles[0], h.Host, "facts", s.Bounds,
		shell.Var{Name: "in_classes", Value: Master.Class() + " " + Worker.Class()},
		shell.Var{Name: "in_roles", Value: strings.Join(roles, " ")},
		shell.Var{Name: "in_masters", Value: strings.Join(s.Cluster.Addresses, " ")},
		shell.Var{Name: "in_home_names", Value: strings.Join(names, " ")},
		shell.Var{Name: "in_files", Value: strings.Join(SurveyedFiles, " ")})
	task.Role = ""
	task.Script.Body = body("lib", "processes", "daemons", "log", "facts", "facts-ask", "facts-tables", "facts-text", "facts-paths", "facts-versions",
		"facts-files", "facts-network", "facts-ha", "facts-resources", "facts-access", "facts-daemons", "facts-ports", "facts-end")
	return task
}

// Seen is to be told of each result when it comes, by one goroutine at a time: the hosts'
// clocks are compared with that moment.
func (s *Survey) Seen(r fleet.Result) {
	if s.arrived == nil {
		s.arrived = map[string]time.Time{}
	}
	s.arrived[r.Task.Host] = s.Now()
}

// Read is what came of the hosts, in the order of the plan.
func (s *Survey) Read(results []fleet.Result) []Surveyed {
	all := s.Hosts()
	for i, r := range results {
		all[i].Noise, all[i].Arrived = r.Output.Noise, s.arrived[r.Task.Host]
		all[i].Facts, all[i].Err = surveyed(r)
	}
	return all
}

// surveyed keeps what was told before something broke.
func surveyed(r fleet.Result) (*facts.Host, *shell.Error) {
	if r.Err != nil {
		return nil, shell.AsError(r.Err, shell.ClassLost)
	}
	records, err := recordsOf(r)
	h, err2 := facts.Read(records)
	if err = errors.Join(err, err2); err == nil && !h.Whole {
		err = fmt.Errorf("the look ended with status %d: %s", r.Output.Code, lastLine(r.Output.Stderr))
	}
	if err != nil {
		return h, &shell.Error{Class: shell.ClassExit, Began: true, Err: err, Hint: "sparkops doctor -v shows all that the host said"}
	}
	return h, nil
}
