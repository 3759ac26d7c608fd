package doctor

import (
	"net/netip"
	"strings"
	"testing"

	"sparkops/inventory"
	"sparkops/shell"
	"sparkops/spark"
	"sparkops/spark/facts"
)

func TestNames(t *testing.T) {
	// elsewhere has the master's name lead there, with own addresses of the master and of w3.
	elsewhere := func(address, state string) func(*Snapshot, *facts.Host) {
		return func(s *Snapshot, h *facts.Host) {
			s.Hosts[0].Facts.Name.Addresses, s.Hosts[3].Facts.Name.Addresses = ips("127.0.0.1", "10.0.0.1", "10.0.0.2"), ips("127.0.0.1", "10.0.0.3")
			h.Resolved[0].Addresses, h.Dialled[0].State = ips(address), state
		}
	}
	local := []netip.Addr{netip.MustParseAddr("127.0.1.1")}
	check(t, []planted{
		{name: "unknown", what: "m1, is not known there", want: "names.master fail w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Dialled[0].State, h.Resolved[0].State = "dns", "unknown"
		}},
		{name: "firewall", what: "no answer from the master at m1:7077", want: "names.master fail w2", fault: func(_ *Snapshot, h *facts.Host) { h.Dialled[0].State = "timeout" }},
		{name: "not started yet", fault: func(_ *Snapshot, h *facts.Host) { h.Dialled[0].State = "refused" }},
		{name: "refused though it runs", what: "m1 runs and refuses m1:7077", want: "names.master fail w2", fault: func(s *Snapshot, h *facts.Host) {
			h.Dialled[0].State = "refused"
			everyWorker(s)
			s.Hosts[0].Facts.Daemons = []facts.Daemon{{Role: "master", Running: true, Address: "m1:7077", PID: 7, Named: "7"}}
		}},
		{name: "to itself", what: "leads there to the host itself: 127.0.1.1", want: "names.master fail w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Resolved[0].Addresses, h.Dialled[0].State = local, "refused"
		}},
		{name: "to itself, where something answers", want: "names.master fail w2", fault: func(_ *Snapshot, h *facts.Host) { h.Resolved[0].Addresses = local }},
		{name: "to itself, and the master is not looked at", fault: func(s *Snapshot, h *facts.Host) {
			h.Resolved[0].Addresses = local
			s.Hosts[0].Facts = nil
		}},
		{name: "to itself, which has the master's name", fault: func(s *Snapshot, h *facts.Host) {
			h.Resolved[0].Addresses, h.Dialled[0].State, h.Name.Host = local, "refused", "M1"
			s.Hosts[0].Facts = nil
		}},
		{name: "to itself, before the start of a master that is not looked at", what: "leads there to the host itself, 127.0.1.1, and m1 was not looked at", want: "names.master skipped w2", fault: func(s *Snapshot, h *facts.Host) {
			h.Resolved[0].Addresses, h.Dialled[0].State = local, "refused"
			s.Hosts[0].Facts, s.Hosts[0].Err = nil, nil
		}},
		{name: "everywhere", what: "leads there to the host itself: 0.0.0.0", want: "names.master fail w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Resolved[0].Addresses, h.Dialled[0].State = ips("0.0.0.0"), "refused"
		}},
		{name: "to itself, which is the master", fault: func(s *Snapshot, h *facts.Host) {
			h.Resolved[0].Addresses = local
			h.Name.BootID, s.Hosts[0].Facts.Name.BootID = "x", "x"
		}},
		{name: "not tried", want: "names.master skipped w2", fault: func(_ *Snapshot, h *facts.Host) { h.Dialled = nil }},
		{name: "loopback", what: "its host name w2 leads to 127.0.1.1", want: "names.loopback warn w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Resolved = append(h.Resolved, facts.Resolved{Name: "w2", State: "found", Addresses: local})
		}},
		{name: "loopback of a master", want: "names.loopback fail m1", fault: func(s *Snapshot, _ *facts.Host) { s.Hosts[0].Facts.Resolved[0].Addresses = local }},
		{name: "loopback of a master that is every worker too", what: "its host name m1 leads to 127.0.1.1", want: "names.loopback warn m1", fault: func(s *Snapshot, _ *facts.Host) {
			s.Hosts[0].Facts.Resolved[0].Addresses = local
			for i := range s.Hosts {
				h := s.Hosts[i].Facts
				h.Name.BootID, h.Home.Pids, pathOf(h, facts.Pids).Path = "b", h.Name.Host, h.Name.Host
			}
		}},
		{name: "to another host, which refuses", what: "the name of the master, m1, leads there to w3: 10.0.0.3", want: "names.master fail w2", fault: elsewhere("10.0.0.3", "refused")},
		{name: "to nobody that is known, which refuses", what: "leads there to 10.0.0.9, which is none of the addresses of m1, and nothing answers", want: "names.master warn w2", fault: elsewhere("10.0.0.9", "refused")},
		{name: "to an address that is translated", fault: elsewhere("10.0.0.9", "open")},
		{name: "to one of two addresses of the master", fault: elsewhere("10.0.0.2", "refused")},
		{name: "to one that may be the master's", fault: func(s *Snapshot, h *facts.Host) {
			elsewhere("10.0.0.9", "refused")(s, h)
			s.Hosts[0].Facts.Name.Addresses = nil
		}},
		{name: "told which address", fault: func(_ *Snapshot, h *facts.Host) {
			h.Resolved = append(h.Resolved, facts.Resolved{Name: "w2", State: "found", Addresses: local})
			h.Env["SPARK_LOCAL_IP"] = "10.0.0.1"
		}},
	})
}

func TestAccess(t *testing.T) {
	check(t, []planted{
		{name: "noise", what: "writes by itself", want: "access.noise warn w2", fault: func(s *Snapshot, _ *facts.Host) { s.Hosts[2].Noise = []byte("welcome\n") }},
		{name: "broken off", what: "the look broke off", want: "access.reached fail w2",
			fault: func(s *Snapshot, _ *facts.Host) { s.Hosts[2].Err = shell.Errorf(shell.ClassExit, "", "status 2") }},
	})
}

func TestDaemons(t *testing.T) {
	file := "/run/spark/spark-spark-org.apache.spark.deploy.worker.Worker-1.pid"
	check(t, []planted{
		{name: "gone", what: "names 4711, which is gone", want: "daemons.stale-pid-file warn w2",
			fault: func(_ *Snapshot, h *facts.Host) {
				h.PidFiles = []facts.PidFile{{Path: file, Names: "4711", State: "gone"}}
			},
			fix: `[ "$(cat ` + file + `)" != 4711 ] || rm ` + file},
		{name: "of another user", want: "daemons.stale-pid-file warn w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.PidFiles = []facts.PidFile{{Path: "/tmp/spark-bob-x-1.pid", Names: "4711", State: "foreign"}}
		}},
		{name: "no pid file", what: "worker 1 runs as 4711", want: "daemons.no-pid-file warn w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Daemons = []facts.Daemon{{Role: "worker", Running: true, Instance: 1, PID: 4711, PidFile: file}}
		}},
	})
}

func TestHA(t *testing.T) {
	zookeeper := "-Dspark.deploy.recoveryMode=ZOOKEEPER -Dspark.deploy.zookeeper.url=z1:2181"
	two := func(one, other string) func(*Snapshot, *facts.Host) {
		return func(s *Snapshot, _ *facts.Host) {
			s.Masters, s.Addresses = []inventory.Host{{Name: "m1"}, {Name: "m2"}}, []string{"m1:7077", "m1:7077"}
			s.Hosts = append(s.Hosts, well("m2", spark.Master))
			s.Hosts[0].Facts.Env["SPARK_DAEMON_JAVA_OPTS"] = one
			s.Hosts[4].Facts.Env["SPARK_DAEMON_JAVA_OPTS"] = other
			for _, i := range []int{0, 4} {
				h := s.Hosts[i].Facts
				h.Dialled = append(h.Dialled, facts.Dialled{Address: "z1:2181", State: "open"}, facts.Dialled{Address: "z2:2181", State: "open"})
			}
		}
	}
	check(t, []planted{
		{name: "two and ZooKeeper", fault: two(zookeeper, zookeeper)},
		{name: "one without", what: "recoveryMode is not set there", want: "ha.recovery fail m2; ha.same fail m2; ha.same fail m2", fault: two(zookeeper, "")},
		{name: "two of them", what: "url is z2:2181; on m1 it is z1:2181", want: "ha.same fail m2", fault: two(zookeeper, strings.Replace(zookeeper, "z1", "z2", 1))},
		{name: "by spark-defaults.conf", fault: func(s *Snapshot, h *facts.Host) {
			two("", "")(s, h)
			for i := range s.Hosts {
				s.Hosts[i].Facts.Files = append(s.Hosts[i].Facts.Files, facts.File{Name: "spark-defaults.conf", State: "read",
					Text: []byte("spark.deploy.recoveryMode   ZOOKEEPER\nspark.deploy.zookeeper.url=z1\n")})
			}
		}},
	})
}
