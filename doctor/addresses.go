package doctor

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"sparkops/spark"
	"sparkops/spark/facts"
)

// addresses are the rows of family names about where a daemon is told to listen.
func addresses() []Check {
	return []Check{{
		ID: "names.master-local", Title: "the address of a master is one of its host's own", needs: []spark.Role{spark.Master}, run: masterLocal,
		Cause:  "SPARK_MASTER_HOST is a public or translated (NAT) address, one of a container or a load balancer, or that of another machine.",
		Effect: "the master does not start: Cannot assign requested address: Service 'sparkMaster' failed after 16 retries",
		Cure:   "Set SPARK_MASTER_HOST to a name or an address that the host has itself (hostname -I), and that the workers reach.",
	}, {
		ID: "names.underscore", Title: "no master has an underscore in its name", run: underscore,
		Cause:  "Names of containers and of hosts in private zones may have one; the names of URLs may not.",
		Effect: "no worker and no application starts: Invalid master URL",
		Cure:   "Give the host a name without underscore, or use its address in SPARK_MASTER_HOST.",
	}, {
		ID: "names.local-ip", Title: "SPARK_LOCAL_IP is one of the host's own addresses", run: localIP,
		Cause:  "A spark-env.sh with SPARK_LOCAL_IP in it was copied to every host.",
		Effect: "no daemon starts there: Cannot assign requested address: Service 'sparkWorker' failed after 16 retries",
		Cure:   "Leave SPARK_LOCAL_IP out of a file that goes to every host, or have the file compute it there: SPARK_LOCAL_IP=$(hostname -I | cut -d' ' -f1)",
	}, {
		ID: "names.local-ip-same", Title: "no two hosts have the same SPARK_LOCAL_IP", run: localIPSame,
		Cause:  "It names an address that every host has, as 127.0.0.1 or that of a docker0 bridge.",
		Effect: "all these workers register with one address: the master and the executors of others call the wrong host, or themselves",
		Cure:   "Leave SPARK_LOCAL_IP out of a file that goes to every host.",
	}, {
		ID: "names.advertised", Title: "a worker that runs has told an address that others can call", needs: []spark.Role{spark.Worker}, run: advertised,
		Cause:  "Its host name leads to 127.x.x.x, or SPARK_LOCAL_IP or SPARK_LOCAL_HOSTNAME is one of those.",
		Effect: "the master lists the worker and cannot call it: applications get no executors from it, or it is DEAD after a minute",
		Cure:   "Give the host name its real address in /etc/hosts, or set SPARK_LOCAL_IP in a file of that host; then restart the worker.",
	}, {
		ID: "names.one-machine", Title: "no machine is listed twice", run: oneMachine,
		Cause:  "The host list has two names, or a name and an address, of one machine.",
		Effect: "both starts meet in the same pid files and ports; every figure counts that machine twice",
		Cure:   "Take one of the names out of conf/workers.",
	}}
}

func masterLocal(s *Snapshot) []Finding {
	var all []Finding
	for i, m := range s.Masters {
		name, _, err := net.SplitHostPort(s.Addresses[i])
		if err != nil {
			continue
		}
		for _, h := range s.withRole(spark.Master) {
			at, known := leadsTo(h, name)
			if h.Host.Name != m.Name || !known || len(h.Facts.Name.Addresses) == 0 || slices.ContainsFunc(at, own(h)) {
				continue
			}
			f := Finding{
				Host: h.Host.Name, Level: Fail, Do: onHost(h, "hostname -I", false),
				What: fmt.Sprintf("the address of the master, %s, is none of this host's", name), Seen: []string{"its own are " + list(h.Facts.Name.Addresses)},
			}
			if slices.ContainsFunc(at, netip.Addr.IsUnspecified) {
				f.What, f.Effect = namesNoHost(name), "a worker that calls it calls itself, and never registers"
			}
			switch {
			case len(at) == 0:
				f.What = fmt.Sprintf("the name of the master, %s, is not known on its own host", name)
				f.Do = onHost(h, "getent ahosts "+word(name), false)
			case list(at) != name:
				f.What += ": it leads to " + list(at)
			}
			all = append(all, f)
		}
	}
	return all
}

// own reports of an address whether it is one of the host's, and names it.
func own(h *Host) func(netip.Addr) bool {
	return func(a netip.Addr) bool { return h.Facts.Name.Has(a) && !a.IsUnspecified() }
}

// leadsTo is the addresses of a name, or the address itself, as a host sees it, and whether the
// host could be asked.
func leadsTo(h *Host, name string) ([]netip.Addr, bool) {
	if a, err := netip.ParseAddr(name); err == nil {
		return []netip.Addr{a}, true
	}
	r := h.Facts.Resolve(name)
	return r.Addresses, r.State == "found" || r.State == "unknown"
}

// underscore looks at the names of masters, wherever they come from; environment.lint sees those
// that stand in a spark-env.sh.
func underscore(s *Snapshot) []Finding {
	var all []Finding
	for i, m := range s.Masters {
		if name, _, err := net.SplitHostPort(s.Addresses[i]); err == nil && strings.Contains(name, "_") {
			all = append(all, Finding{Host: m.Name, Level: Fail, What: "the master's name has an underscore: " + name})
		}
	}
	return all
}

// localAddress is SPARK_LOCAL_IP of a host, if it is an address.
func localAddress(h *Host) (netip.Addr, bool) {
	a, err := netip.ParseAddr(h.Facts.Env["SPARK_LOCAL_IP"])
	return a, err == nil && !a.IsUnspecified()
}

func localIP(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.reached() {
		a, ok := localAddress(h)
		if ok && len(h.Facts.Name.Addresses) > 0 && !h.Facts.Name.Has(a) {
			all = append(all, Finding{
				Host: h.Host.Name, Level: Fail, Do: onHost(h, "hostname -I", false),
				What: fmt.Sprintf("SPARK_LOCAL_IP=%s is none of its addresses", a), Seen: []string{"its own are " + list(h.Facts.Name.Addresses)},
			})
		}
	}
	return all
}

func localIPSame(s *Snapshot) []Finding {
	value := func(h *Host) string {
		if a, ok := localAddress(h); ok && h.Facts.Name.Has(a) {
			return a.String()
		}
		return ""
	}
	var all []Finding
	for _, g := range groups(s.reached(), value) {
		if len(g.hosts) < 2 || !slices.ContainsFunc(g.hosts, func(h *Host) bool { return !sameKernel(h, g.hosts[0]) }) {
			continue
		}
		for _, h := range g.hosts {
			all = append(all, Finding{Host: h.Host.Name, Level: Fail, What: fmt.Sprintf("SPARK_LOCAL_IP=%s there, and on others: %s", g.value, g.names())})
		}
	}
	return all
}

// sameKernel reports whether two hosts are one machine by different names.
func sameKernel(a, b *Host) bool { return a == b || a.Facts.Name.SameMachine(b.Facts.Name) }

func advertised(s *Snapshot) []Finding {
	var all []Finding
	elsewhere := func(h *Host) bool {
		return slices.ContainsFunc(s.Addresses, func(address string) bool {
			name, _, _ := net.SplitHostPort(address)
			at, _ := leadsTo(h, name)
			return len(at) > 0 && !slices.ContainsFunc(at, h.Facts.Name.Has)
		})
	}
	for _, h := range s.reached() {
		for _, d := range h.Facts.Daemons {
			name, _, err := net.SplitHostPort(d.Address)
			if d.Role != string(spark.Worker) || !d.Running || err != nil || !elsewhere(h) {
				continue
			}
			a, err := netip.ParseAddr(name)
			if name == "localhost" || err == nil && a.IsLoopback() {
				all = append(all, Finding{
					Host: h.Host.Name, Level: Fail, Do: onHost(h, "getent ahosts "+word(h.Facts.Name.Host), false),
					What: fmt.Sprintf("worker %d tells the others to call it at %s", d.Instance, d.Address),
				})
			}
		}
	}
	return all
}

// oneMachine finds hosts that are one machine with one Spark. Several Sparks on a machine, as
// those of a practice cluster, are several hosts; a master and a worker may have two names.
func oneMachine(s *Snapshot) []Finding {
	var all []Finding
	place := func(h *Host) string {
		p := h.Facts.Path(facts.SparkDir)
		return p.Device + ":" + p.Inode + " " + h.Facts.Home.Pids
	}
	for i, h := range s.reached() {
		for _, first := range s.reached()[:i] {
			common := slices.ContainsFunc(h.Roles, func(r spark.Role) bool { return slices.Contains(first.Roles, r) })
			if common && h.Facts.Name.MachineID != "" && sameKernel(h, first) && place(h) == place(first) {
				all = append(all, Finding{
					Host: h.Host.Name, Level: Warn, What: fmt.Sprintf("it is the same machine as %s, by another name", first.Host.Name),
					Do: fmt.Sprintf("take %s or %s out of conf/%ss", h.Host.Name, first.Host.Name, h.Roles[len(h.Roles)-1]),
				})
				break
			}
		}
	}
	return all
}
