package doctor

import (
	"strings"
	"testing"

	"sparkops/inventory"
	"sparkops/spark/facts"
)

// What needs hosts that nobody has asked for is skipped, and not fine.
func TestNotSelected(t *testing.T) {
	masters := func(id string) bool {
		return strings.Contains(" names.master-local names.workers daemons.masters daemons.registered daemons.dead ha.recovery ha.same ha.members ha.zookeeper ha.directory ", " "+id+" ")
	}
	workers := func(id string) bool {
		return strings.Contains(" names.master names.workers names.advertised daemons.registered daemons.instances ha.workers ", " "+id+" ")
	}
	for _, tt := range []struct {
		name, host string
		hosts      func(*Snapshot)
		skipped    func(id string) bool
	}{
		{"a worker only", "m1", func(s *Snapshot) { s.Hosts = s.Hosts[1:2] }, masters},
		{"the master only", Everywhere, func(s *Snapshot) { s.Hosts = s.Hosts[:1] }, workers},
		{"one of two masters", "m2", func(s *Snapshot) {
			s.Masters, s.Addresses = append(s.Masters, inventory.Host{Name: "m2"}), append(s.Addresses, "m1:7077")
			recovers("-Dspark.deploy.recoveryMode=ZOOKEEPER -Dspark.deploy.zookeeper.url=z1:2181", facts.Dialled{Address: "z1:2181", State: "open"})(s, nil)
		}, masters},
		{"a master that was not reached", "", func(s *Snapshot) { s.Hosts[0].Facts = nil }, func(string) bool { return false }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := cluster()
			tt.hosts(s)
			reachAll(s)
			found := map[string]bool{}
			for _, f := range Judge(s, Checks()) {
				if f.Level != Skipped || f.Host != tt.host || f.What == "" {
					t.Errorf("found %+v", f)
				}
				found[f.Check] = true
			}
			for _, c := range Checks() {
				if found[c.ID] != tt.skipped(c.ID) {
					t.Errorf("%s: skipped %v", c.ID, found[c.ID])
				}
			}
		})
	}
}
