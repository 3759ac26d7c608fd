package doctor

import (
	"testing"

	"sparkops/spark"
	"sparkops/spark/facts"
)

func TestResources(t *testing.T) {
	check(t, []planted{
		{name: "memory", what: "4 x SPARK_WORKER_MEMORY=3g is more than the 8192 MiB", want: "resources.memory fail w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Home.Instances, h.Env["SPARK_WORKER_MEMORY"] = 4, "3g"
		}},
		{name: "memory of several, each with all", what: "2 x all but 1 GiB is more than the 8192 MiB", want: "resources.memory fail w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Home.Instances = 2
			delete(h.Env, "SPARK_WORKER_MEMORY")
		}},
		{name: "one with all", fault: func(_ *Snapshot, h *facts.Host) { delete(h.Env, "SPARK_WORKER_MEMORY") }},
		{name: "no room for the daemons", what: "2 daemons with a heap of 1024 MiB each, and workers that offer 7168 MiB: the host has 8192 MiB", want: "resources.daemon-memory warn w2",
			fault: func(_ *Snapshot, h *facts.Host) { h.Home.Instances, h.Env["SPARK_WORKER_MEMORY"] = 2, "3584m" }},
		{name: "a large heap", what: "a daemon with a heap of 9216 MiB: the host has 8192 MiB", want: "resources.daemon-memory fail m1", fault: func(s *Snapshot, _ *facts.Host) {
			s.Hosts[0].Facts.Env["SPARK_DAEMON_MEMORY"] = "9g"
		}},
		{name: "master and worker by Spark's defaults", fault: func(s *Snapshot, h *facts.Host) {
			s.Hosts[2].Roles = []spark.Role{spark.Master, spark.Worker}
			delete(h.Env, "SPARK_WORKER_MEMORY")
		}},
		{name: "cores", what: "5 x SPARK_WORKER_CORES=2 is more than the 8", want: "resources.cores warn w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Home.Instances, h.Env["SPARK_WORKER_MEMORY"] = 5, "512m"
		}},
		{name: "cores of several, each with all", what: "2 x all cores is more than the 8", want: "resources.cores warn w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Home.Instances = 2
			delete(h.Env, "SPARK_WORKER_CORES")
		}},
		{name: "cores unknown", want: "resources.cores skipped w2", fault: func(_ *Snapshot, h *facts.Host) { h.Cores = 0 }},
		{name: "a line of the file with too much", want: "resources.cores warn m1; resources.cores warn w1; resources.cores warn w2; resources.cores warn w3",
			fault: func(s *Snapshot, _ *facts.Host) {
				for i := range s.Hosts {
					s.Hosts[i].Roles = []spark.Role{spark.Worker}
					s.Hosts[i].Facts.Files[0].Text, s.Hosts[i].Facts.Env["SPARK_WORKER_CORES"] = []byte("SPARK_WORKER_CORES=64\n"), "64"
				}
			}},
		{name: "processes", what: "a user may have 1024 processes", want: "resources.processes warn w2", fault: func(_ *Snapshot, h *facts.Host) { h.Limits.Processes = "1024" }},
		{name: "unlimited", fault: func(_ *Snapshot, h *facts.Host) { h.Limits.Processes = "unlimited" }},
		{name: "swap", what: "1024 MiB are swapped out", want: "resources.swap warn w2", fault: func(_ *Snapshot, h *facts.Host) { h.Memory.SwapFree = 1 << 30 }},
		{name: "a little swap", fault: func(_ *Snapshot, h *facts.Host) { h.Memory.SwapFree -= 100 << 20 }},
		{name: "huge pages", want: "resources.huge-pages warn w2", fault: func(_ *Snapshot, h *facts.Host) { h.HugePages = "always" }},
		{name: "logout", what: "the end of a login of spark ends its daemons", want: "resources.logout fail w2", fault: logind("killuserprocesses", "yes")},
		{name: "logout, excepted", fault: logind("killuserprocesses", "yes", "killexcludeusers", "root spark")},
		{name: "logout, of others only", fault: logind("killuserprocesses", "yes", "killonlyusers", "guest")},
		{name: "logout, set back", fault: logind("killuserprocesses", "yes", "killuserprocesses", "no")},
		{name: "logout of root", want: "access.user warn w2", fault: func(s *Snapshot, h *facts.Host) {
			logind("killuserprocesses", "yes")(s, h)
			h.Access.User = "root"
		}},
		{name: "no systemd", fault: func(s *Snapshot, h *facts.Host) {
			logind("killuserprocesses", "yes")(s, h)
			h.Access.Systemd = false
		}},
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

// logind puts lines into logind.conf: keys and values.
func logind(words ...string) func(*Snapshot, *facts.Host) {
	return func(_ *Snapshot, h *facts.Host) {
		h.Access.Systemd = true
		for i := 0; i < len(words); i += 2 {
			h.Settings = append(h.Settings, facts.Setting{File: "/etc/systemd/logind.conf", Line: i + 1, Key: words[i], Value: words[i+1]})
		}
	}
}
