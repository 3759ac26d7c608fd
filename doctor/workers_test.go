package doctor

import (
	"testing"

	"sparkops/spark"
	"sparkops/spark/facts"
)

func TestWorkersReached(t *testing.T) {
	dials := func(address, state, said string) func(*Snapshot, *facts.Host) {
		return func(s *Snapshot, h *facts.Host) {
			h.Wanted = []facts.Wanted{{Role: "worker", Use: "webui", Port: 8081}}
			h.Name.Addresses = ips("127.0.0.1", "10.0.0.3")
			s.Hosts[0].Facts.Dialled = append(s.Hosts[0].Facts.Dialled, facts.Dialled{Address: address, State: state, Said: said})
		}
	}
	runs := func(fault func(*Snapshot, *facts.Host)) func(*Snapshot, *facts.Host) {
		return func(s *Snapshot, h *facts.Host) {
			fault(s, h)
			h.Daemons = []facts.Daemon{{Role: "worker", Running: true, Instance: 1, PID: 7, Named: "7", Address: "10.0.0.3:4000", Listen: []int{4000, 8081}}}
		}
	}
	check(t, []planted{
		{name: "nobody listens yet", fault: dials("10.0.0.3:8081", "refused", "Connection refused")},
		{name: "a firewall", want: "names.workers warn w2", what: "no answer from it within 2 s to the master on m1", fault: dials("10.0.0.3:8081", "timeout", "timeout")},
		{name: "a router refuses", want: "names.workers warn w2", what: "the master on m1 cannot reach it", fault: dials("10.0.0.3:8081", "failed", "No route to host")},
		{name: "it runs", fault: runs(dials("10.0.0.3:4000", "open", ""))},
		{name: "it runs and refuses", want: "names.workers warn w2", what: "its worker refuses", fault: runs(dials("10.0.0.3:4000", "refused", "Connection refused"))},
		{name: "it runs behind a firewall", want: "names.workers warn w2", what: "no answer", fault: runs(dials("10.0.0.3:4000", "timeout", "timeout"))},
		{name: "by a name that the master does not know", want: "names.workers warn w2", what: "does not know its name, w2.lan", fault: func(s *Snapshot, h *facts.Host) {
			dials("w2.lan:8081", "dns", "Name or service not known")(s, h)
			h.Env["SPARK_LOCAL_HOSTNAME"] = "w2.lan"
		}},
		{name: "one's own address only", fault: func(s *Snapshot, h *facts.Host) {
			dials("127.0.0.1:8081", "timeout", "timeout")(s, h)
			h.Env["SPARK_LOCAL_IP"] = "127.0.0.1"
		}},
		{name: "another's address", want: "names.local-ip fail w2", what: "SPARK_LOCAL_IP=10.0.0.9", fault: func(s *Snapshot, h *facts.Host) {
			dials("10.0.0.9:8081", "timeout", "timeout")(s, h)
			h.Env["SPARK_LOCAL_IP"] = "10.0.0.9"
		}},
		{name: "the machine of the master", fault: func(s *Snapshot, h *facts.Host) {
			dials("10.0.0.3:8081", "timeout", "timeout")(s, h)
			h.Name.BootID, s.Hosts[0].Facts.Name.BootID = "x", "x"
		}},
	})
	s := cluster()
	dials("10.0.0.9:1", "open", "")(s, s.Hosts[2].Facts)
	if got := told(Judge(s, Checks())); got != "names.workers skipped m1" {
		t.Errorf("nobody has dialled: %q", got)
	}
	if at, what := s.Hosts[2].CalledAt(); at != "10.0.0.3:8081" || what != "the webui port, as no worker runs" {
		t.Errorf("%s, %s", at, what)
	}
	if at, _ := s.Hosts[0].CalledAt(); at != "" || s.Hosts[0].Roles[0] != spark.Master {
		t.Errorf("a master is called at %q", at)
	}
}
