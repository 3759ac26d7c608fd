package commands

import (
	"context"
	"fmt"

	"sparkops/inventory"
)

// machines are the selected hosts, each machine once.
func (j *job) machines(ctx context.Context) []inventory.Host {
	j.reach.findLocal(ctx)
	var all []inventory.Host
	at := map[string]int{}
	for _, h := range append(j.cluster.SelectedMasters(), j.cluster.Workers...) {
		key := j.reach.place(ctx, h.Name)
		i, ok := at[key]
		switch {
		case !ok:
			at[key] = len(all)
			all = append(all, h)
		case h.SparkHome == "" || h.SparkHome == all[i].SparkHome:
		case all[i].SparkHome == "": // a list that says more
			all[i].SparkHome = h.SparkHome
		default: // two Sparks on one machine, each with a conf directory of its own
			if all[i].Name != h.Name {
				all = append(all, h)
			}
		}
	}
	return all
}

// place is equal for two names of one login.
func (r *reach) place(ctx context.Context, name string) string {
	route := r.routes[name]
	if route == nil {
		return name
	}
	if r.isLocal(ctx, name, route) {
		return "here"
	}
	return fmt.Sprintf("%s@%s:%d %q %q", route.User, route.HostName, route.Port, route.Jump, route.ProxyCommand)
}
