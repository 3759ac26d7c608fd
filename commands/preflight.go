package commands

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"sparkops/doctor"
	"sparkops/envfile/lint"
	"sparkops/inventory"
	"sparkops/shell"
	"sparkops/spark"
	"sparkops/spark/facts"
)

func noCheckFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-check", Usage: "start even what cannot work by what doctor knows"}
}

// preflight is the cheap and fatal part of doctor, on the way: it refuses what no host could
// start with, and has the hosts, in the session of the start, look at what only they can see.
func (j *job) preflight(ctx context.Context, c *cli.Context, start *spark.Start) error {
	if c.Bool("no-check") {
		return nil
	}
	start.Check = true
	if err := j.checkMasterNames(ctx); err != nil {
		return err
	}
	start.AtFault = j.envFault(ctx)
	return nil
}

// checkMasterNames refuses a master that each worker would look for on its own host, in the words
// that package lint has for it in spark-env.sh. What Spark takes for no host name at all is
// refused where the name is read.
func (j *job) checkMasterNames(ctx context.Context) error {
	const variable = "SPARK_MASTER_HOST="
	for i, m := range j.cluster.Masters {
		name, _, _ := net.SplitHostPort(j.cluster.Addresses[i])
		in := lint.Input{Text: []byte(variable + shell.Quote(name) + "\n"), Hosts: 1 + len(j.cluster.Workers)}
		for _, f := range lint.Check(in) {
			if f.ID != "env.master-local" || !j.elsewhere(ctx) {
				continue
			}
			text, hint := f.Message, f.Hint
			if j.site.value("SPARK_MASTER_HOST") == "" || len(j.cluster.Masters) > 1 {
				text, hint = strings.Replace(text, variable, m.From+": ", 1), "in "+m.From+", the name by which all of them find the master"
			}
			return mistakef(hint, "%s: %s\n--no-check starts all the same", text, f.Effect)
		}
	}
	return nil
}

// elsewhere reports whether a worker is on another machine than this one.
func (j *job) elsewhere(ctx context.Context) bool {
	j.reach.findLocal(ctx)
	return slices.ContainsFunc(j.cluster.Workers, func(w inventory.Host) bool {
		route := j.reach.routes[w.Name]
		return route == nil || !j.reach.isLocal(ctx, w.Name, route)
	})
}

// harmless are errors of package lint that let a daemon start, with another setting than meant.
var harmless = []string{"env.assignment", "env.bare-name", "env.bom"}

// envFault is what is surely wrong with this machine's spark-env.sh: hosts that have the same
// file start nothing.
func (j *job) envFault(ctx context.Context) spark.EnvFault {
	text, err := os.ReadFile(j.site.envFile())
	if err != nil {
		return spark.EnvFault{}
	}
	// For one host: what is one host's own may stand in a file that no other has.
	for _, f := range j.findings(ctx, "spark-env.sh", text, 1) {
		if f.Level == lint.Error && !slices.Contains(harmless, f.ID) {
			sum := sha256.Sum256(text)
			return spark.EnvFault{SHA256: hex.EncodeToString(sum[:]), Says: told(f), Hint: cmp.Or(f.Hint, "sparkops doctor --check environment")}
		}
	}
	return spark.EnvFault{}
}

// diagnosed are outcomes of a start in which doctor says what the hosts that refused have seen.
func (j *job) diagnosed(ctx context.Context, start *spark.Start, all []spark.Outcome) []spark.Outcome {
	for i := range all {
		o := &all[i]
		if o.Check == "" {
			continue
		}
		o.Hint = cmp.Or(o.Hint, fmt.Sprintf("sparkops doctor -w %s --check %s", o.Host, o.Check))
		checks, err := doctor.Select(doctor.Checks(), []string{o.Check}, nil)
		if err != nil || o.Facts == nil {
			continue
		}
		for _, f := range doctor.Judge(seenAtStart(start, all, o, j.isHere(ctx, o.Host)), checks) {
			if f.Host == o.Host && f.Level == doctor.Fail {
				o.Message, o.Hint, o.Seen = f.What+": "+f.Effect, f.Do, f.Seen
				break
			}
		}
	}
	return all
}

// seenAtStart is what is known of a host that has refused, and of the masters.
func seenAtStart(start *spark.Start, all []spark.Outcome, o *spark.Outcome, local bool) *doctor.Snapshot {
	c := start.Cluster
	s := &doctor.Snapshot{Masters: c.Masters, Addresses: c.Addresses}
	s.Hosts = append(s.Hosts, doctor.Host{Host: inventory.Host{Name: o.Host}, Roles: []spark.Role{o.Role}, Local: local, Facts: o.Facts})
	for _, m := range all {
		if m.Role == spark.Master && m.Up() {
			running := facts.Daemon{Role: string(m.Role), Running: true, Address: m.Address, PID: m.PID}
			s.Hosts = append(s.Hosts, doctor.Host{
				Host: inventory.Host{Name: m.Host}, Roles: []spark.Role{spark.Master}, Facts: &facts.Host{Daemons: []facts.Daemon{running}},
			})
		}
	}
	return s
}
