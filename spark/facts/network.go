package facts

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"sparkops/shell"
)

// Name is what a host calls itself.
type Name struct {
	Host, Full string // hostname, and as the host itself resolves it
	MachineID  string
	BootID     string // one kernel, one boot; containers share it
	Network    string // the name space of its network
	Addresses  []netip.Addr
	Hosts      []HostsLine // of /etc/hosts, those of its own name and of the masters
}

// HostsLine is a line of /etc/hosts.
type HostsLine struct {
	Line          int
	Address, Text string
}

// SameMachine reports whether two hosts are one machine by different names: one kernel, one boot
// and one network.
func (n Name) SameMachine(o Name) bool {
	return n.BootID != "" && n.BootID == o.BootID && n.MachineID == o.MachineID && n.Network == o.Network
}

// Has reports whether an address is one of the host's own.
func (n Name) Has(a netip.Addr) bool {
	for _, own := range n.Addresses {
		if own.WithZone("") == a.Unmap().WithZone("") {
			return true
		}
	}
	return a.IsLoopback() || a.IsUnspecified()
}

// Resolved is what the host makes of a name.
type Resolved struct {
	Name      string
	State     string // "found", "unknown", "timeout", "unasked"
	Addresses []netip.Addr
}

// Dialled is a TCP connection that the host has tried.
type Dialled struct {
	Address string // host:port
	State   string // "open", "refused", "dns", "timeout", "failed"
	Said    string
}

// Wanted is a port that a daemon of the host is to have.
type Wanted struct {
	Role, Use string // "master" or "worker"; "rpc" or "webui"
	Port      int
}

// Listener holds a wanted port.
type Listener struct {
	Port    int
	Address string // 0.0.0.0 and :: for all; "ipv6" for one that is not told
	UID     int
	PID     int    // 0 if it may not be known
	Command string // likewise
}

// Resolve is what the host makes of a name.
func (h *Host) Resolve(name string) Resolved {
	for _, r := range h.Resolved {
		if r.Name == name {
			return r
		}
	}
	return Resolved{Name: name, State: "unasked"}
}

// Dial is what became of a connection to host:port.
func (h *Host) Dial(address string) (Dialled, bool) {
	for _, d := range h.Dialled {
		if d.Address == address {
			return d, true
		}
	}
	return Dialled{}, false
}

var network = map[string]reader{
	"name": func(h *Host, r shell.Record) {
		h.Name.Host, h.Name.MachineID, h.Name.BootID = r["hostname"], r["machine_id"], r["boot_id"]
	},
	"fqdn":    func(h *Host, r shell.Record) { h.Name.Full = r["name"] },
	"address": func(h *Host, r shell.Record) { h.Name.Addresses = append(h.Name.Addresses, addresses(r["address"])...) },
	"hosts": func(h *Host, r shell.Record) {
		h.Name.Hosts = append(h.Name.Hosts, HostsLine{number(r["line"]), r["address"], r["text"]})
	},
	"resolved": func(h *Host, r shell.Record) {
		h.Resolved = append(h.Resolved, Resolved{r["name"], r["state"], ahosts(r["said"])})
	},
	"dialled": func(h *Host, r shell.Record) {
		h.Dialled = append(h.Dialled, dialled(r["address"], r["state"], r["said"]))
	},
	"wanted": func(h *Host, r shell.Record) {
		h.Wanted = append(h.Wanted, Wanted{r["role"], r["use"], number(r["port"])})
	},
	"port": func(h *Host, r shell.Record) {
		h.Listeners = append(h.Listeners, Listener{number(r["port"]), r["address"], number(r["uid"]), number(r["pid"]), r["command"]})
	},
}

// dialled is a connection by what bash says of it, where the host has not judged that itself.
func dialled(address, state, said string) Dialled {
	for _, by := range []struct{ words, state string }{
		{"open", "open"}, {"onnection refused", "refused"}, {"not known", "dns"}, {"esolution", "dns"},
		{"ddress associated", "dns"},
	} {
		if state == "" && strings.Contains(said, by.words) {
			state = by.state
		}
	}
	return Dialled{address, cmp.Or(state, "failed"), said}
}

// Advertised is the name or address that a worker of the host tells the others, as Spark's
// Utils.localHostName and findLocalInetAddress choose it; "" if it is not known.
func (h *Host) Advertised() string {
	if set := cmp.Or(h.Env["SPARK_LOCAL_HOSTNAME"], h.Env["SPARK_LOCAL_IP"]); set != "" {
		return set
	}
	for _, a := range slices.Concat(h.Resolve(h.Name.Host).Addresses, h.Name.Addresses) {
		if a.Is4() && !a.IsLoopback() {
			return a.String()
		}
	}
	return ""
}

// ahosts is what getent ahosts writes: an address in front of each line, once for each kind of
// socket.
func ahosts(said string) []netip.Addr {
	var all []netip.Addr
	for line := range strings.Lines(said) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if a := addresses(word); len(a) == 1 && !slices.Contains(all, a[0]) {
			all = append(all, a[0])
		}
	}
	return all
}

func addresses(s string) []netip.Addr {
	var all []netip.Addr
	for word := range strings.FieldsSeq(s) {
		if a, err := netip.ParseAddr(word); err == nil {
			all = append(all, a.Unmap())
		}
	}
	return all
}
