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

func names() []Check {
	return slices.Concat([]Check{{
		ID: "names.master", Title: "every worker reaches each master by the name that it will use", needs: []spark.Role{spark.Worker}, run: masterReached,
		Cause:  "The name of the master is not known there, leads elsewhere, or a firewall stands between.",
		Effect: "the worker runs and never registers: Failed to connect to master; after some minutes it ends: All masters are unresponsive",
		Cure:   "Enter the name into DNS or /etc/hosts of the worker, open the port, or set SPARK_MASTER_HOST to a name that all hosts know.",
	}, {
		ID: "names.loopback", Title: "a host's own name leads to an address that others can reach", run: loopback,
		Cause:  "/etc/hosts gives the host name the address 127.0.1.1 or 127.0.0.1, as installers of Debian and Ubuntu write it.",
		Effect: "Spark guesses an address instead, which may be that of the wrong network; a master named so is reached by nobody else",
		Cure:   "Give the name its real address in /etc/hosts, or set SPARK_LOCAL_IP in a file of that host.",
	}}, callable(), addresses(), ports(), clocks())
}

func masterReached(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withRole(spark.Worker) {
		for i, address := range s.Addresses {
			if f := s.judgeDial(h, address, s.Masters[i].Name); f != nil {
				f.Host = h.Host.Name
				all = append(all, *f)
			}
		}
	}
	return all
}

func (s *Snapshot) judgeDial(h *Host, address, master string) *Finding {
	name, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil
	}
	d, tried := h.Facts.Dial(address)
	found := h.Facts.Resolve(name)
	f := &Finding{Level: Fail}
	if d.Said != "" {
		f.Seen = []string{d.Said}
	}
	switch {
	case !tried:
		return &Finding{Level: Skipped, What: "it did not try to reach " + address}
	case found.State == "unknown" || d.State == "dns":
		f.What, f.Do = fmt.Sprintf("the name of the master, %s, is not known there", name), onHost(h, "getent hosts "+word(name), false)
	case !callableAt(name):
		if s.lookedAt(master) {
			return nil // names.master-local tells it once
		}
		f.What, f.Do = namesNoHost(name), "sparkops explain names.master-local"
	case onlyItself(found) && !s.sameMachine(h, master) && !s.lookedAt(master):
		if d.State == "open" || strings.EqualFold(h.Facts.Name.Host, name) || strings.EqualFold(h.Facts.Name.Full, name) {
			return nil // the master itself answers, or would: the host has its name
		}
		return &Finding{Level: Skipped, What: fmt.Sprintf("the name of the master, %s, leads there to the host itself, %s, and %s was not looked at", name, list(found.Addresses), master)}
	case onlyItself(found) && !s.sameMachine(h, master):
		f.What, f.Seen = fmt.Sprintf("the name of the master, %s, leads there to the host itself: %s", name, list(found.Addresses)), nil
		f.Do = onHost(h, "getent ahosts "+word(name), false)
	case d.State == "timeout":
		f.What, f.Do = fmt.Sprintf("no answer from the master at %s within 2 s", address), fmt.Sprintf("open port %s of %s for %s in the firewall", port, name, h.Host.Name)
	case d.State == "refused" && s.listens(master, port):
		f.What = fmt.Sprintf("%s runs and refuses %s: it listens on another address, or the name leads to another machine", master, address)
		f.Seen = append(f.Seen, "here the name leads to "+list(found.Addresses))
	case d.State == "failed":
		f.What = fmt.Sprintf("the master cannot be reached at %s", address)
	case d.State == "refused":
		return s.misdirected(h, name, master) // nil where no master runs yet
	default:
		return nil
	}
	return f
}

// lookedAt reports whether a host was reached: of one that was not, nobody knows which machine
// it is.
func (s *Snapshot) lookedAt(name string) bool {
	return slices.ContainsFunc(s.reached(), func(h *Host) bool { return h.Host.Name == name })
}

// sameMachine reports whether a host is the machine of the master by another name: then it is
// right that the name leads to itself.
func (s *Snapshot) sameMachine(h *Host, master string) bool {
	if h.Host.Name == master {
		return true
	}
	return slices.ContainsFunc(s.reached(), func(m *Host) bool {
		a, b := h.Facts.Name, m.Facts.Name
		return m.Host.Name == master && a.BootID != "" && a.BootID == b.BootID && a.Network == b.Network
	})
}

// listens reports whether a master runs and has that RPC port.
func (s *Snapshot) listens(master, port string) bool {
	return slices.ContainsFunc(s.reached(), func(h *Host) bool {
		return h.Host.Name == master && slices.ContainsFunc(h.Facts.Daemons, func(d facts.Daemon) bool {
			return d.Role == string(spark.Master) && d.Running && strings.HasSuffix(d.Address, ":"+port)
		})
	})
}

func list(addresses []netip.Addr) string {
	var all []string
	for _, a := range addresses {
		all = append(all, a.String())
	}
	return strings.Join(all, " ")
}

func loopback(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.reached() {
		own := h.Facts.Name.Host
		if h.Facts.Env["SPARK_LOCAL_IP"] != "" || h.Facts.Env["SPARK_LOCAL_HOSTNAME"] != "" || !onlyItself(h.Facts.Resolve(own)) || !hasOther(h.Facts) {
			continue
		}
		f := Finding{
			Host: h.Host.Name, Level: Warn, Do: onHost(h, "getent ahosts "+word(own), false),
			What: fmt.Sprintf("its host name %s leads to %s", own, list(h.Facts.Resolve(own).Addresses)),
		}
		for _, l := range h.Facts.Name.Hosts {
			if slices.Contains(strings.Fields(l.Text), own) {
				f.Seen = append(f.Seen, fmt.Sprintf("/etc/hosts:%d: %s", l.Line, l.Text))
			}
		}
		if s.isMasterBy(h, own) {
			f.Level = Fail
			f.Effect = "the master listens where only its own host reaches it: no other worker registers"
		}
		all = append(all, f)
	}
	return all
}

// isMasterBy reports whether workers of other machines are to find a master by that name of the
// host.
func (s *Snapshot) isMasterBy(h *Host, name string) bool {
	others := slices.ContainsFunc(s.Hosts, func(o Host) bool { return o.Facts == nil || o.Host.Name != h.Host.Name && !sameKernel(&o, h) })
	for i, m := range s.Masters {
		host, _, _ := net.SplitHostPort(s.Addresses[i])
		if m.Name == h.Host.Name && strings.EqualFold(host, name) && others {
			return true
		}
	}
	return false
}

// onlyItself reports whether a name leads to nowhere but the host that resolves it.
func onlyItself(r facts.Resolved) bool {
	return len(r.Addresses) > 0 && !slices.ContainsFunc(r.Addresses, func(a netip.Addr) bool { return !a.IsLoopback() && !a.IsUnspecified() })
}

// callableAt reports whether a name is other than 0.0.0.0 and ::, at which one listens and calls
// nobody.
func callableAt(name string) bool {
	a, err := netip.ParseAddr(name)
	return err != nil || !a.IsUnspecified()
}

func namesNoHost(name string) string {
	return fmt.Sprintf("the address of the master, %s, names no host", name)
}

// hasOther reports whether the host has an address at which others could reach it.
func hasOther(h *facts.Host) bool {
	return slices.ContainsFunc(h.Name.Addresses, func(a netip.Addr) bool { return !a.IsLoopback() && !a.IsLinkLocalUnicast() })
}
