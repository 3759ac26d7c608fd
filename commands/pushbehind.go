package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sparkops/inventory"
	"sparkops/report"
	"sparkops/spark"
)

// roleNames are the names by which the lists know a machine, by the name that the push has for
// it and by role: one machine may be a master by one name and a worker by another.
func (p *pushing) roleNames(ctx context.Context) {
	p.names = map[string]map[spark.Role]string{}
	for _, h := range p.Hosts {
		p.names[h.Name] = map[spark.Role]string{}
		for role, list := range map[spark.Role][]inventory.Host{spark.Master: p.job.cluster.Masters, spark.Worker: p.job.cluster.Workers} {
			i := slices.IndexFunc(list, func(o inventory.Host) bool { return o.Name == h.Name })
			if i < 0 {
				place := p.reach.place(ctx, h.Name)
				i = slices.IndexFunc(list, func(o inventory.Host) bool {
					return p.reach.place(ctx, o.Name) == place && (o.SparkHome == "" || o.SparkHome == h.SparkHome)
				})
			}
			if i >= 0 {
				p.names[h.Name][role] = list[i].Name
			}
		}
	}
}

// named are the names by which daemons of a host are restarted.
func (p *pushing) named(host string, behind []report.Named) (all []string) {
	for _, d := range behind {
		name := host
		if own := p.names[host][spark.Role(d.Role)]; own != "" {
			name = own
		}
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

func restartHint(hosts []string) string { return "sparkops restart-all -w " + inventory.Fold(hosts) }

// stillRun says which daemons have read the former file.
func stillRun(behind []report.Named) string {
	names, verb := []string{}, "still runs"
	for _, d := range behind {
		names = append(names, fmt.Sprintf("%s %d", d.Role, max(1, d.Instance)))
	}
	if len(names) > 1 {
		verb = "still run"
	}
	return strings.Join(names, ", ") + " " + verb + " with the former file"
}
