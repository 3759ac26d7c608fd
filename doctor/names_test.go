package doctor

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"sparkops/spark/facts"
)

func ips(all ...string) []netip.Addr {
	var list []netip.Addr
	for _, a := range all {
		list = append(list, netip.MustParseAddr(a))
	}
	return list
}

func TestAddresses(t *testing.T) {
	localIP := func(address string) func(*Snapshot, *facts.Host) {
		return func(_ *Snapshot, h *facts.Host) { h.Env["SPARK_LOCAL_IP"] = address }
	}
	same := func(address string, boot string) func(*Snapshot, *facts.Host) {
		return func(s *Snapshot, h *facts.Host) {
			for _, h := range []*facts.Host{h, s.Hosts[1].Facts} {
				h.Env["SPARK_LOCAL_IP"], h.Name.BootID = address, boot
			}
		}
	}
	runs := func(address string, own ...string) func(*Snapshot, *facts.Host) {
		return func(_ *Snapshot, h *facts.Host) {
			h.Name.Addresses = ips(own...)
			h.Daemons = []facts.Daemon{{Role: "worker", Running: true, Instance: 1, PID: 7, Named: "7", Address: address}}
		}
	}
	alias := func(machine, pids string) func(*Snapshot, *facts.Host) {
		return func(s *Snapshot, h *facts.Host) {
			for _, h := range []*facts.Host{h, s.Hosts[0].Facts, s.Hosts[1].Facts} {
				h.Name.MachineID, h.Name.BootID, h.Name.Network = "m", "b", "net:[1]"
			}
			h.Name.MachineID = machine
			h.Home.Pids = pids
			pathOf(h, facts.Pids).Path = pids
		}
	}
	everywhere := func(address string) func(*Snapshot, *facts.Host) {
		return func(s *Snapshot, _ *facts.Host) {
			s.Addresses[0] = net.JoinHostPort(address, "7077")
			for i := range s.Hosts {
				h := s.Hosts[i].Facts
				h.Resolved[0], h.Dialled[0] = facts.Resolved{Name: address, State: "found", Addresses: ips(address)}, facts.Dialled{Address: s.Addresses[0], State: "refused"}
			}
		}
	}
	check(t, []planted{
		{name: "master elsewhere", what: "the address of the master, m1, is none of this host's: it leads to 203.0.113.9", want: "names.master-local fail m1",
			fault: func(s *Snapshot, _ *facts.Host) { s.Hosts[0].Facts.Resolved[0].Addresses = ips("203.0.113.9") }},
		{name: "master's name unknown at home", what: "is not known on its own host", want: "names.master-local fail m1",
			fault: func(s *Snapshot, _ *facts.Host) {
				s.Hosts[0].Facts.Resolved[0] = facts.Resolved{Name: "m1", State: "unknown"}
			}},
		{name: "master everywhere", what: "the address of the master, 0.0.0.0, names no host", want: "names.master-local fail m1", fault: everywhere("0.0.0.0")},
		{name: "master everywhere, by IPv6", what: "the address of the master, ::, names no host", want: "names.master-local fail m1", fault: everywhere("::")},
		{name: "master's name leads everywhere", what: "its host name m1 leads to 0.0.0.0", want: "names.loopback fail m1; names.master-local fail m1",
			fault: func(s *Snapshot, _ *facts.Host) { s.Hosts[0].Facts.Resolved[0].Addresses = ips("0.0.0.0") }},
		{name: "nobody resolves", fault: func(s *Snapshot, _ *facts.Host) { s.Hosts[0].Facts.Resolved = nil }},
		{name: "underscore", what: "the master's name has an underscore: spark_m1", want: "names.underscore fail m1", fault: func(s *Snapshot, _ *facts.Host) {
			s.Addresses[0] = "spark_m1:7077"
			for i := range s.Hosts {
				h := s.Hosts[i].Facts
				h.Resolved[0].Name, h.Dialled[0].Address = "spark_m1", "spark_m1:7077"
			}
		}},
		{name: "SPARK_LOCAL_IP of another", what: "SPARK_LOCAL_IP=10.0.0.9 is none of its addresses", want: "names.local-ip fail w2", fault: localIP("10.0.0.9")},
		{name: "own SPARK_LOCAL_IP", fault: localIP("10.0.0.1")},
		{name: "all addresses", fault: localIP("0.0.0.0")},
		{name: "SPARK_LOCAL_IP of two", what: "SPARK_LOCAL_IP=127.0.0.1 there, and on others: w[1-2]", want: "names.local-ip-same fail w1; names.local-ip-same fail w2", fault: same("127.0.0.1", "")},
		{name: "of one by two names", fault: same("127.0.0.1", "b")},
		{name: "calls itself localhost", what: "worker 1 tells the others to call it at 127.0.0.1:4000", want: "names.advertised fail w2", fault: runs("127.0.0.1:4000", "10.0.0.3")},
		{name: "calls itself by address", fault: runs("10.0.0.3:4000", "10.0.0.3")},
		{name: "beside its master", fault: runs("127.0.0.1:4000", "10.0.0.1")},
		{name: "alias", what: "the same machine as w1", want: "names.one-machine warn w2", fault: alias("m", "/run/spark")},
		{name: "a clone", fault: alias("other", "/run/spark")},
		{name: "two Sparks on one machine", fault: alias("m", "/run/other")},
	})
}

func TestPorts(t *testing.T) {
	held := func(role, use string, l facts.Listener, daemons ...facts.Daemon) func(*Snapshot, *facts.Host) {
		return func(_ *Snapshot, h *facts.Host) {
			h.Wanted, h.Listeners, h.Daemons = []facts.Wanted{{Role: role, Use: use, Port: l.Port}}, []facts.Listener{l}, daemons
		}
	}
	ours := facts.Daemon{Role: "worker", Running: true, PID: 7, Named: "7", Listen: []int{8081}}
	check(t, []planted{
		{name: "UI port", what: "port 8081, the webui port of the worker, is held by process 9", want: "names.ports warn w2",
			fault: held("worker", "webui", facts.Listener{Port: 8081, Address: "0.0.0.0", PID: 9, Command: "nginx"})},
		{name: "RPC port", want: "names.ports fail w2", fault: held("worker", "rpc", facts.Listener{Port: 7078, Address: "::", UID: 33})},
		{name: "ours", fault: held("worker", "webui", facts.Listener{Port: 8081, Address: "0.0.0.0", PID: 7}, ours)},
		{name: "ours, by its own word", fault: held("worker", "webui", facts.Listener{Port: 8081, Address: "0.0.0.0"}, ours)},
		{name: "one address is enough", want: "names.ports warn w2", fault: held("worker", "webui", facts.Listener{Port: 8081, Address: "127.0.0.1", PID: 9})},
		{name: "another address", fault: func(s *Snapshot, h *facts.Host) {
			held("worker", "webui", facts.Listener{Port: 8081, Address: "127.0.0.1", PID: 9})(s, h)
			h.Env["SPARK_LOCAL_IP"] = "10.0.0.1"
		}},
	})
}

func TestClocks(t *testing.T) {
	now := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	clock := func(all, own time.Duration) func(*Snapshot, *facts.Host) {
		return func(s *Snapshot, h *facts.Host) {
			for i := range s.Hosts {
				s.Hosts[i].Arrived, s.Hosts[i].Facts.Clock = now, now.Add(all)
			}
			h.Clock = h.Clock.Add(own)
		}
	}
	check(t, []planted{
		{name: "together", fault: clock(0, 4*time.Second)},
		{name: "ahead", what: "its clock is 6s ahead of those of the others", want: "names.clock warn w2", fault: clock(0, 6*time.Second)},
		{name: "far behind", what: "its clock is 2m0s behind", want: "names.clock fail w2", fault: clock(0, -2*time.Minute)},
		{name: "the launcher is wrong", fault: clock(time.Hour, 0)},
		{name: "not told", want: "names.clock skipped w2", fault: func(s *Snapshot, h *facts.Host) { clock(0, 0)(s, h); h.Clock = time.Time{} }},
	})
}
