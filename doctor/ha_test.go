package doctor

import (
	"testing"

	"sparkops/inventory"
	"sparkops/spark/facts"
)

// recovers gives the master Java options, and says which members of ZooKeeper it reaches.
func recovers(options string, dialled ...facts.Dialled) func(*Snapshot, *facts.Host) {
	return func(s *Snapshot, _ *facts.Host) {
		m := s.Hosts[0].Facts
		m.Env["SPARK_MASTER_OPTS"] = options
		m.Dialled = append(m.Dialled, dialled...)
	}
}

func TestRecovery(t *testing.T) {
	zookeeper := "-Dspark.deploy.recoveryMode=ZOOKEEPER -Dspark.deploy.zookeeper.url="
	open := func(address string) facts.Dialled { return facts.Dialled{Address: address, State: "open"} }
	refused := func(address string) facts.Dialled {
		return facts.Dialled{Address: address, State: "refused", Said: "Connection refused"}
	}
	files := "-Dspark.deploy.recoveryMode=FILESYSTEM -Dspark.deploy.recoveryDirectory=/data/spark"
	directory := func(p facts.Path) func(*Snapshot, *facts.Host) {
		return func(s *Snapshot, h *facts.Host) {
			recovers(files)(s, h)
			p.What, p.Path = facts.Recovery, "/data/spark"
			s.Hosts[0].Facts.Paths = append(s.Hosts[0].Facts.Paths, p)
		}
	}
	check(t, []planted{
		{name: "three members", fault: recovers(zookeeper+"z1,z2:2182,z3/spark", open("z1:2181"), open("z2:2182"), open("z3:2181"))},
		{name: "even", what: "lists 2 members: z1:2181,z2:2181", want: "ha.members warn m1", fault: recovers(zookeeper+"z1,z2", open("z1:2181"), open("z2:2181"))},
		{name: "a member down", what: "1 of 3 members of ZooKeeper cannot be reached: z3:2181", want: "ha.zookeeper warn m1",
			fault: recovers(zookeeper+"z1,z2,z3", open("z1:2181"), open("z2:2181"), refused("z3:2181"))},
		{name: "no majority", what: "2 of 3 members", want: "ha.zookeeper fail m1", fault: recovers(zookeeper+"z1,z2,z3", open("z1:2181"), refused("z2:2181"), refused("z3:2181"))},
		{name: "not tried", want: "ha.zookeeper skipped m1", fault: recovers(zookeeper + "z1")},
		{name: "no directory set", what: "recoveryDirectory is not set", want: "ha.directory fail m1", fault: func(s *Snapshot, _ *facts.Host) {
			s.Hosts[0].Facts.Files = append(s.Hosts[0].Facts.Files, facts.File{Name: "spark-defaults.conf", State: "read", Text: []byte("spark.deploy.recoveryMode FILESYSTEM\n")})
			for i := range s.Hosts[1:] {
				h := s.Hosts[i+1].Facts
				h.Files = append(h.Files, s.Hosts[0].Facts.Files[1])
			}
		}},
		{name: "no directory set, by spark-env.sh", want: "environment.lint warn m1", fault: recovers("-Dspark.deploy.recoveryMode=FILESYSTEM")},
		{name: "relative", want: "ha.directory warn m1", fault: recovers("-Dspark.deploy.recoveryMode=FILESYSTEM -Dspark.deploy.recoveryDirectory=state")},
		{name: "directory not looked at", want: "ha.directory skipped m1", fault: recovers(files)},
		{name: "directory missing", what: "/data/spark, the recovery directory, is not there", want: "ha.directory fail m1", fix: "mkdir -p /data/spark",
			fault: directory(facts.Path{Type: "missing", NearestWritable: true})},
		{name: "directory missing, by root", want: "ha.directory fail m1", fix: "sudo -n sh -c 'mkdir -p /data/spark && chown spark /data/spark'", fault: directory(facts.Path{Type: "missing"})},
		{name: "not writable", what: "spark cannot write to /data/spark", want: "ha.directory fail m1", fault: directory(facts.Path{Type: "directory", Owner: "root", Mode: 0o755})},
		{name: "a file", what: "is no directory", want: "ha.directory fail m1", fault: directory(facts.Path{Type: "file"})},
		{name: "a directory", fault: directory(facts.Path{Type: "directory", Writable: true, Searchable: true})},
		{name: "told of one master", what: "worker 1 was told of m1:7077, and there are 2 masters", want: "ha.workers warn w2", fault: func(s *Snapshot, h *facts.Host) {
			s.Masters, s.Addresses = []inventory.Host{{Name: "m1"}, {Name: "m2"}}, []string{"m1:7077", "m1:7077"}
			s.Hosts = append(s.Hosts, s.Hosts[0])
			s.Hosts[4].Host.Name = "m2"
			recovers(zookeeper+"z1", open("z1:2181"))(s, h)
			h.Daemons = []facts.Daemon{{Role: "worker", Running: true, Instance: 1, PID: 7, Named: "7", Args: "--webui-port 8081 spark://m1:7077"}}
		}},
	})
}
