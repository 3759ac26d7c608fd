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

func TestVersions(t *testing.T) {
	check(t, []planted{
		{name: "another Spark", what: "Spark 3.5.1; m1,w[1,3] has 3.5.8", want: "versions.spark fail w2", fault: func(_ *Snapshot, h *facts.Host) { h.Spark.Version = "3.5.1" }},
		{name: "version unknown", want: "versions.spark skipped w2", fault: func(_ *Snapshot, h *facts.Host) { h.Spark.Version = "" }},
		{name: "no Java", what: "JAVA_HOME is not set", want: "versions.java fail w2", fault: func(_ *Snapshot, h *facts.Host) { h.Java = facts.Java{From: "PATH"} }},
		{name: "wrong JAVA_HOME", what: "JAVA_HOME=/nowhere holds no bin/java", want: "versions.java fail w2",
			fault: func(_ *Snapshot, h *facts.Host) { h.Java = facts.Java{From: "JAVA_HOME", Path: "/nowhere/bin/java"} }},
		{name: "no Java at all", what: "/usr/bin/java is no Java", want: "versions.java fail w2", fault: func(_ *Snapshot, h *facts.Host) { h.Java.Said = "cannot execute" }},
	})
}

func TestEnvironment(t *testing.T) {
	check(t, []planted{
		{name: "a slip", what: "SPARK_WORKER_CORES", want: "environment.lint fail m1; environment.lint fail w1; environment.lint fail w2; environment.lint fail w3",
			fault: func(s *Snapshot, _ *facts.Host) {
				for i := range s.Hosts {
					s.Hosts[i].Facts.Files[0].Text = []byte("SPARK_WORKER_CORES=two\n")
				}
			}},
		{name: "syntax", what: "bash cannot parse /opt/spark/conf/spark-env.sh", want: "environment.syntax fail w2",
			fault: func(_ *Snapshot, h *facts.Host) { h.Syntax = "line 3: unexpected EOF\n" }},
		{name: "exec", what: "ends the shell", want: "environment.syntax fail w2", fault: func(_ *Snapshot, h *facts.Host) { h.Home.EnvRead = false }},
		{name: "differs", what: "spark-env.sh is not the one that m1,w[1,3] has", want: "environment.same warn w2", fault: func(_ *Snapshot, h *facts.Host) { h.Files[0].Text = []byte("A=2\n") }},
		{name: "missing", what: "there is no spark-env.sh", want: "environment.same warn w2", fault: func(_ *Snapshot, h *facts.Host) { h.Files = nil }},
		{name: "one has more", what: "there is a spark-defaults.conf, and m1,w[1,3] has none", want: "environment.same warn w2",
			fault: func(_ *Snapshot, h *facts.Host) {
				h.Files = append(h.Files, facts.File{Name: "spark-defaults.conf", State: "read"})
			}},
	})
}

// Bash quotes the line that it cannot parse, and a process its arguments: no secret is shown.
func TestNoSecretIsSeen(t *testing.T) {
	s := cluster()
	h := s.Hosts[2].Facts
	h.Syntax = "spark-env.sh: line 3: `SPARK_AUTH_PASSWORD=swordfish)'\n"
	h.PidFiles = []facts.PidFile{{Path: "/tmp/spark-bob-x-1.pid", Names: "4711", State: "foreign", Command: "java -Dspark.authenticate.secret=swordfish x"}}
	found := Judge(s, Checks())
	if got := told(found); got != "environment.syntax fail w2; daemons.stale-pid-file warn w2" {
		t.Fatalf("found %s", got)
	}
	for _, f := range found {
		if strings.Contains(strings.Join(f.Seen, " "), "swordfish") || len(f.Seen) == 0 {
			t.Errorf("%s shows %q", f.Check, f.Seen)
		}
	}
}

// Names are told, values never.
func TestSettingsThatDiffer(t *testing.T) {
	got := settingsThatDiffer("A=1\nexport SECRET=swordfish\n# x\nB=2\n", "A=1\nB=3\nspark.x.y z\n")
	if text := strings.Join(got, " "); text != "B SECRET spark.x.y" {
		t.Errorf("%q", text)
	}
}

func TestNames(t *testing.T) {
	local := []netip.Addr{netip.MustParseAddr("127.0.1.1")}
	check(t, []planted{
		{name: "unknown", what: "m1, is not known there", want: "names.master fail w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Dialled[0].State, h.Resolved[0].State = "dns", "unknown"
		}},
		{name: "firewall", what: "no answer from the master at m1:7077", want: "names.master fail w2", fault: func(_ *Snapshot, h *facts.Host) { h.Dialled[0].State = "timeout" }},
		{name: "not started yet", fault: func(_ *Snapshot, h *facts.Host) { h.Dialled[0].State = "refused" }},
		{name: "refused though it runs", what: "m1 runs and refuses m1:7077", want: "names.master fail w2", fault: func(s *Snapshot, h *facts.Host) {
			h.Dialled[0].State = "refused"
			s.Hosts[0].Facts.Daemons = []facts.Daemon{{Role: "master", Running: true, Address: "m1:7077", PID: 7, Named: "7"}}
		}},
		{name: "to itself", what: "leads there to the host itself: 127.0.1.1", want: "names.master fail w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Resolved[0].Addresses, h.Dialled[0].State = local, "refused"
		}},
		{name: "to itself, where something answers", want: "names.master fail w2", fault: func(_ *Snapshot, h *facts.Host) { h.Resolved[0].Addresses = local }},
		{name: "to itself, and the master is not looked at", fault: func(s *Snapshot, h *facts.Host) {
			h.Resolved[0].Addresses = local
			s.Hosts = s.Hosts[1:]
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

func TestResources(t *testing.T) {
	check(t, []planted{
		{name: "memory", what: "3 x SPARK_WORKER_MEMORY=4g is more than the 8192 MiB", want: "resources.memory fail w2", fault: func(_ *Snapshot, h *facts.Host) { h.Home.Instances = 3 }},
		{name: "unknown", want: "resources.memory skipped w2", fault: func(_ *Snapshot, h *facts.Host) { h.Memory.Total = 0 }},
		{name: "swept", what: "/tmp/pids, which systemd-tmpfiles sweeps", want: "resources.swept warn w2", fault: sweptFrom("/tmp/pids", "q /tmp 10d")},
		{name: "swept at boot only", fault: sweptFrom("/tmp/pids", "D /tmp -")},
		{name: "excepted", fault: sweptFrom("/tmp/pids", "q /tmp 10d", "x /tmp/pid* -")},
		{name: "elsewhere", fault: sweptFrom("/run/spark", "q /tmp 10d")},
		{name: "files", want: "resources.files warn w2", fault: func(_ *Snapshot, h *facts.Host) { h.Limits.FilesHard = "1024" }},
	})
	for text, want := range map[string]int64{"512m": 512 << 20, "1g": 1 << 30, "2GB": 2 << 30, "1024": 1 << 30, "3t": 3 << 40, "1kb": 1 << 10, "": 0, "g": 0, "1.5g": 0, "-1g": 0} {
		if got, ok := size(text); ok && got != want || ok != (want > 0) {
			t.Errorf("%q: %d, %v", text, got, ok)
		}
	}
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

// sweptFrom puts the pid files into a directory, and lines into tmpfiles.d.
func sweptFrom(dir string, lines ...string) func(*Snapshot, *facts.Host) {
	return func(_ *Snapshot, h *facts.Host) {
		p := pathOf(h, facts.Pids)
		p.Path, p.Real, h.Access.Systemd = dir, dir, true
		for i, line := range lines {
			h.Settings = append(h.Settings, facts.Setting{File: "tmp.conf", Line: i + 1, Key: "tmpfiles", Value: line})
		}
	}
}
