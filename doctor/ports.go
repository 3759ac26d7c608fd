package doctor

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"sparkops/envfile/lint"
	"sparkops/spark"
	"sparkops/spark/facts"
)

func ports() []Check {
	return []Check{{
		ID: "names.ports", Title: "the ports that the daemons want are free, or theirs already", run: portsFree,
		Cause:  "Another program, another user's Spark, or a daemon that was never stopped listens there.",
		Effect: "the daemon takes the next port, and nothing looks for it there",
		Cure:   "End what holds the port, or choose another: SPARK_MASTER_PORT, SPARK_WORKER_PORT, SPARK_MASTER_WEBUI_PORT, SPARK_WORKER_WEBUI_PORT in spark-env.sh.",
	}}
}

func portsFree(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withSpark() {
		for _, w := range h.Facts.Wanted {
			l, taken := s.taken(h, w)
			if !taken {
				continue
			}
			f := Finding{
				Host: h.Host.Name, Level: Warn, Do: onHost(h, fmt.Sprintf("ss -ltnp sport = :%d", w.Port), true),
				What: fmt.Sprintf("port %d, the %s port of the %s, is held by %s", w.Port, w.Use, w.Role, holder(l)),
			}
			if l.Command != "" {
				f.Seen = []string{fmt.Sprintf("%d: %s", l.PID, lint.Mask(l.Command))}
			}
			if w.Use == "rpc" {
				f.Level = Fail
			}
			if w.Use == "rpc" && w.Role == string(spark.Master) {
				f.Effect = "the master takes the next port; the workers call this one and never register"
			}
			all = append(all, f)
		}
	}
	return all
}

func holder(l facts.Listener) string {
	if l.PID == 0 {
		return "a process of the user with the number " + strconv.Itoa(l.UID)
	}
	return fmt.Sprintf("process %d", l.PID)
}

// taken is who listens at a port in the way of the daemon that wants it, unless one of this
// Spark's daemons does.
func (s *Snapshot) taken(h *Host, w facts.Wanted) (facts.Listener, bool) {
	ours := func(l facts.Listener) bool {
		return slices.ContainsFunc(h.Facts.Daemons, func(d facts.Daemon) bool {
			return d.Running && (d.PID == l.PID || l.PID == 0 && slices.Contains(d.Listen, l.Port))
		})
	}
	var other facts.Listener
	found := false
	for _, l := range h.Facts.Listeners {
		switch {
		case l.Port != w.Port:
		case ours(l):
			return facts.Listener{}, false
		case inTheWay(l, bound(h, w)):
			other, found = l, true
		}
	}
	return other, found
}

// bound is where the daemon will listen; the zero address for all of them.
func bound(h *Host, w facts.Wanted) []netip.Addr {
	name := h.Facts.Env["SPARK_LOCAL_IP"]
	if w.Use == "rpc" && w.Role == string(spark.Master) && h.Facts.Env["SPARK_MASTER_HOST"] != "" {
		name = h.Facts.Env["SPARK_MASTER_HOST"]
	}
	if a, err := netip.ParseAddr(name); err == nil {
		return []netip.Addr{a}
	}
	return h.Facts.Resolve(name).Addresses
}

// inTheWay reports whether a listener keeps others from listening at one of the addresses, or
// at all if there is none: the port of all addresses is not free while one of them is taken.
func inTheWay(l facts.Listener, at []netip.Addr) bool {
	a, err := netip.ParseAddr(l.Address)
	if err != nil || a.IsUnspecified() || len(at) == 0 {
		return true
	}
	return slices.ContainsFunc(at, func(b netip.Addr) bool { return b.IsUnspecified() || b.Unmap() == a.Unmap() })
}
