package commands

import (
	"context"

	"sparkops/doctor"
	"sparkops/spark"
)

// logins is what was seen of the hosts that this machine is logged in to.
func (x *examination) logins(ctx context.Context, hosts []spark.Surveyed) map[string]doctor.Login {
	all := map[string]doctor.Login{}
	for _, h := range hosts {
		route := x.reach.routes[h.Host.Name]
		if route == nil || h.Facts == nil || x.reach.isLocal(ctx, h.Host.Name, route) {
			continue
		}
		id, ok := x.reach.pool.Identity(ctx, route)
		if !ok {
			continue
		}
		l := doctor.Login{Kind: id.Kind, Print: id.Print, Typed: id.Typed}
		for _, k := range id.Known {
			l.Known = append(l.Known, doctor.KnownKey(k))
		}
		all[h.Host.Name] = l
	}
	return all
}
