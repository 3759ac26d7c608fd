package spark

import (
	"context"
	"embed"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"sparkops/fleet"
	"sparkops/inventory"
	"sparkops/shell"
)

// Cluster is what the verbs work on.
type Cluster struct {
	Masters   []inventory.Host // all of them: a master that is not worked on is still asked
	Addresses []string         // host:port that each of Masters is to have, in their order
	Selected  []bool           // which of Masters are worked on
	Workers   []inventory.Host // those that are worked on

	Home    string // SPARK_HOME on the launcher, first guess for the others, or ""
	ConfDir string // the conf directory that was asked for by name, or ""
	UIPort  int    // where the launcher expects a master's web UI
}

// SelectedMasters are the masters that are worked on.
func (c *Cluster) SelectedMasters() []inventory.Host {
	var selected []inventory.Host
	for i, m := range c.Masters {
		if c.Selected[i] {
			selected = append(selected, m)
		}
	}
	return selected
}

// addressOf is the host:port that a master is to have.
func (c *Cluster) addressOf(host string) string {
	i := slices.IndexFunc(c.Masters, func(m inventory.Host) bool { return m.Name == host })
	if i < 0 {
		return ""
	}
	return c.Addresses[i]
}

// checkAddress fails a master that runs at another port than the one asked for.
func (c *Cluster) checkAddress(o *Outcome) {
	_, wanted, err := net.SplitHostPort(c.addressOf(o.Host))
	_, port, err2 := net.SplitHostPort(o.Address)
	if err == nil && err2 == nil && port != wanted {
		o.fail(shell.ClassPort, fmt.Sprintf("it runs at port %s, and %s was asked for", port, wanted),
			"sparkops restart-all, or SPARK_MASTER_PORT="+port+" in conf/spark-env.sh")
	}
}

// onlySelected leaves out the masters that were merely asked.
func (c *Cluster) onlySelected(outcomes []Outcome) []Outcome {
	var kept []Outcome
	for _, o := range outcomes {
		i := slices.IndexFunc(c.Masters, func(m inventory.Host) bool { return m.Name == o.Host })
		if o.Role != Master || i >= 0 && c.Selected[i] {
			kept = append(kept, o)
		}
	}
	return kept
}

// Connect returns the runner for a host; see [fleet.Fleet].
type Connect func(ctx context.Context, host string) (shell.Runner, error)

// Bounds are how long a verb may wait on a host.
type Bounds struct {
	Script time.Duration // for the script's own work
	Wait   time.Duration // on top of it, for daemons to come up or go away
}

//go:embed scripts/*.sh
var scripts embed.FS

// task is the script of that name for one host, with the parts it needs in front.
func (c *Cluster) task(role Role, host inventory.Host, name string, b Bounds, vars ...shell.Var) fleet.Task {
	purpose, parts := "look", []string{"lib", "processes", "daemons", "log"}
	if name == "start" {
		purpose, parts = "launch", append(parts, "address", "preflight", "launch")
	}
	vars = append([]shell.Var{
		{Name: "in_class", Value: role.Class()},
		{Name: "in_home", Value: host.SparkHome},
		{Name: "in_guess", Value: c.Home},
		{Name: "in_purpose", Value: purpose},
		{Name: "in_conf", Value: c.ConfDir},
	}, vars...)
	return fleet.Task{
		Host: host.Name, Role: string(role), Bound: b.Script + b.Wait,
		Script: shell.Script{Name: name, Vars: vars, Body: body(append(parts, name)...)},
	}
}

// body is the parts of a script, with what lib.sh needs in front of it.
func body(names ...string) string {
	if names[0] == "lib" {
		names = append([]string{"record"}, names...)
	}
	return shell.Join(scripts, names...)
}

func seconds(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}
