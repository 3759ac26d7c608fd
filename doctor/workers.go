package doctor

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"sparkops/inventory"
	"sparkops/spark"
	"sparkops/spark/facts"
)

// workersID is the check for which the masters dial.
const workersID = "names.workers"

// callable is the row of family names about the way from the masters to the workers.
func callable() []Check {
	return []Check{{
		ID: workersID, Title: "every master reaches each worker at the address that it has", needs: []spark.Role{spark.Master, spark.Worker}, run: workersReached,
		Cause:  "A firewall of the worker lets nobody in, it has several networks and tells the address of the wrong one (SPARK_LOCAL_IP), or its name is not known to the others.",
		Effect: "Spark's list of ports wants this way open; drivers and executors of other hosts call the host by the same address, and their jobs wait or fail: Failed to connect",
		Cure:   "Open the ports of the worker for the hosts of the cluster (fix them by SPARK_WORKER_PORT, spark.blockManager.port, ...), or set SPARK_LOCAL_IP in a file of that host.",
	}}
}

// workersReached takes a refusal for an answer where no worker runs: the host is there. Where one
// runs, it does not listen where it says.
func workersReached(s *Snapshot) []Finding {
	var all []Finding
	for _, m := range s.withRole(spark.Master) {
		undialled := 0
		for _, h := range s.withRole(spark.Worker) {
			at, port := h.CalledAt()
			host, number, _ := net.SplitHostPort(at)
			a, err := netip.ParseAddr(host)
			if at == "" || sameKernel(m, h) || err == nil && !h.Facts.Name.Has(a) {
				continue // the last is found by names.local-ip
			}
			d, tried := m.Facts.Dial(at)
			f := Finding{Host: h.Host.Name, Level: Warn, Seen: []string{fmt.Sprintf("%s dialled %s, %s: %s", m.Host.Name, at, port, d.Said)}}
			f.Do = onHost(m, "nc -vz -w 2 "+word(host)+" "+number, false)
			switch {
			case !tried:
				undialled++
				continue
			case d.State == "open", d.State == "refused" && len(daemonsOf(h, spark.Worker)) == 0:
				continue
			case d.State == "dns":
				f.What, f.Do = fmt.Sprintf("the master on %s does not know its name, %s", m.Host.Name, host), onHost(m, "getent hosts "+word(host), false)
			case d.State == "timeout":
				f.What = fmt.Sprintf("no answer from it within 2 s to the master on %s", m.Host.Name)
			case d.State == "refused":
				f.What = fmt.Sprintf("its worker refuses the master on %s: it does not listen where it says", m.Host.Name)
			default:
				f.What = fmt.Sprintf("the master on %s cannot reach it", m.Host.Name)
			}
			all = append(all, f)
		}
		if undialled > 0 {
			all = append(all, Finding{Host: m.Host.Name, Level: Skipped, What: fmt.Sprintf("it did not try to reach the workers (%d)", undialled)})
		}
	}
	return all
}

// lists reports whether one of the cluster's masters that leads has the worker.
func (s *Snapshot) lists(d facts.Daemon) bool {
	return slices.ContainsFunc(s.Views, func(v spark.View) bool {
		return v.Status == "ALIVE" && s.ours(v) && slices.ContainsFunc(v.Workers, func(w spark.ListedWork) bool { return w.Alive() && spark.Address(w.Host, w.Port) == d.Address })
	})
}

// ours reports whether a view is that of one of the masters, by whatever name of its host, or by
// the URL that it has itself.
func (s *Snapshot) ours(v spark.View) bool {
	return slices.Contains(s.Addresses, strings.TrimPrefix(v.URL, "spark://")) || slices.ContainsFunc(s.Masters, func(m inventory.Host) bool {
		return m.Name == v.Master || slices.ContainsFunc(s.reached(), func(h *Host) bool { return h.Host.Name == v.Master && s.sameMachine(h, m.Name) })
	})
}

// dead leaves out an entry with a worker at the same address that is ALIVE: it was restarted. All
// entries of one host are one finding.
func dead(s *Snapshot) []Finding {
	var all []Finding
	for _, v := range s.Views {
		if v.Status == "STANDBY" {
			continue
		}
		at := map[string]int{} // where the finding is
		for _, w := range v.Workers {
			again := slices.ContainsFunc(v.Workers, func(o spark.ListedWork) bool { return o.Alive() && o.Host == w.Host })
			if w.State != "UNKNOWN" && (w.State != "DEAD" || again) {
				continue
			}
			if i, told := at[w.Host+w.State]; told {
				f := &all[i]
				f.Seen = append(f.Seen, w.ID)
				f.What = fmt.Sprintf("its list has %d workers of %s as %s", len(f.Seen), w.Host, w.State)
				continue
			}
			f := Finding{Level: Warn, Host: v.Master, What: fmt.Sprintf("its list has the worker at %s as %s", spark.Address(w.Host, w.Port), w.State), Seen: []string{w.ID}, Do: "sparkops status"}
			if w.State == "UNKNOWN" {
				f.Effect = "the master goes on recovering, and gives no work until that worker comes back or is given up"
			}
			at[w.Host+w.State] = len(all)
			all = append(all, f)
		}
	}
	return all
}
