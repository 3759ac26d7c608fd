package doctor

import (
	"strings"
	"testing"
	"time"

	"sparkops/envfile"
	"sparkops/envfile/lint"
	"sparkops/spark/facts"
)

func TestEnvironment(t *testing.T) {
	file := func(name, text string) facts.File {
		return facts.File{Name: name, Path: "/opt/spark/conf/" + name, State: "read", Text: []byte(text)}
	}
	onAll := func(s *Snapshot, f facts.File) {
		for i := range s.Hosts {
			s.Hosts[i].Facts.Files = append(s.Hosts[i].Facts.Files, f)
		}
	}
	check(t, []planted{
		{name: "a slip", what: "SPARK_WORKER_PORT", want: "environment.lint fail m1; environment.lint fail w1; environment.lint fail w2; environment.lint fail w3",
			fault: func(s *Snapshot, _ *facts.Host) {
				for i := range s.Hosts {
					s.Hosts[i].Facts.Files[0].Text = []byte("SPARK_WORKER_PORT=two\n")
				}
			}},
		{name: "a name without its $", what: "variable or an alias of your shell", want: "environment.lint warn w2",
			fault: func(s *Snapshot, h *facts.Host) {
				for i := range s.Hosts {
					s.Hosts[i].Facts.Files[0].Text = []byte("if false; then SPARK_PUBLIC_DNS=mgr SPARK_LOCAL_IP=w2; fi\n")
				}
				h.Login = map[string]string{"mgr": "1", "w2": "10.0.0.2"}
			}},
		{name: "an alias for a host", what: "an alias of this file", want: "environment.lint warn m1; environment.lint warn w1; environment.lint warn w2; environment.lint warn w3",
			fault: func(s *Snapshot, _ *facts.Host) {
				for i := range s.Hosts {
					s.Hosts[i].Facts.Files[0].Text = []byte("alias mgr=ls\nif false; then SPARK_PUBLIC_DNS=mgr; fi\n")
				}
			}},
		{name: "syntax", what: "bash cannot parse /opt/spark/conf/spark-env.sh", want: "environment.syntax fail w2",
			fault: func(_ *Snapshot, h *facts.Host) { h.Syntax = "line 3: unexpected EOF\n" }},
		{name: "exec", what: "ends the shell", want: "environment.syntax fail w2", fault: func(_ *Snapshot, h *facts.Host) { h.Home.EnvRead = false }},
		{name: "exit", what: "/opt/spark/conf/spark-env.sh ends the shell that reads it before its last line", want: "environment.syntax fail w2",
			fault: func(_ *Snapshot, h *facts.Host) { h.Home.EnvCut = true }},
		{name: "PATH", what: "/opt/spark/conf/spark-env.sh sets PATH to /nowhere, which has no bash", want: "environment.syntax fail w2",
			fault: func(_ *Snapshot, h *facts.Host) { h.Home.PathLost, h.Env["PATH"] = true, "/nowhere" }},
		{name: "differs", what: "spark-env.sh is not the one that m1,w[1,3] has", want: "environment.same warn w2", fault: func(_ *Snapshot, h *facts.Host) { h.Files[0].Text = []byte("A=2\n") }},
		{name: "missing", what: "there is no spark-env.sh", want: "environment.same warn w2", fault: func(_ *Snapshot, h *facts.Host) { h.Files = nil }},
		{name: "one has more", what: "there is a spark-defaults.conf, and m1,w[1,3] has none", want: "environment.same warn w2",
			fault: func(_ *Snapshot, h *facts.Host) { h.Files = append(h.Files, file("spark-defaults.conf", "")) }},
		{name: "unreadable", what: "/opt/spark/conf/spark-env.sh cannot be read by spark", want: "environment.readable fail w2",
			fault: func(_ *Snapshot, h *facts.Host) {
				h.Files[0] = facts.File{Name: "spark-env.sh", Path: "/opt/spark/conf/spark-env.sh", State: "unreadable"}
			}},
		{name: "dangling", what: "leads nowhere", want: "environment.readable warn w2",
			fault: func(_ *Snapshot, h *facts.Host) {
				h.Files = append(h.Files, facts.File{Name: "log4j2.properties", Path: "/x/log4j2.properties", State: "dangling"})
			}},
		{name: "no base64", what: "there is no base64", want: "environment.readable skipped w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Files, h.Unseen = nil, []facts.Unseen{{What: "/opt/spark/conf", Why: "there is no base64 on the host to bring files with"}}
		}},
		{name: "the file of this machine", fault: func(s *Snapshot, _ *facts.Host) {
			s.Launcher.Files = map[string][]byte{"spark-env.sh": []byte("A=1\n")}
		}},
		{name: "not that of this machine", what: "spark-env.sh is not the one of this machine",
			want: "environment.launcher warn m1; environment.launcher warn w1; environment.launcher warn w2; environment.launcher warn w3",
			fault: func(s *Snapshot, _ *facts.Host) {
				s.Launcher.Files = map[string][]byte{"spark-env.sh": []byte("A=2\n")}
			}},
		{name: "one has not that of this machine", want: "environment.same warn w2", fault: func(s *Snapshot, h *facts.Host) {
			s.Launcher.Files = map[string][]byte{"spark-env.sh": []byte("A=1\n")}
			h.Files[0].Text = []byte("A=3\n")
		}},
		{name: "a part of its own", fault: func(s *Snapshot, h *facts.Host) {
			s.Launcher.Files = map[string][]byte{"spark-env.sh": []byte("A=1\n")}
			s.Launcher.Parts = map[string]envfile.Part{"w2": {Text: []byte("B=2\n")}}
			h.Files[0].Text = envfile.Join([]byte("A=1\n"), envfile.Part{File: "spark-env.w2.sh", Text: []byte("B=2\n")})
		}},
		{name: "a part of its own, and another file", want: "environment.same warn w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Files[0].Text = envfile.Join([]byte("A=2\n"), envfile.Part{File: "spark-env.w2.sh", Text: []byte("B=2\n")})
		}},
		{name: "an old part", what: "its own part of spark-env.sh is not the one of this machine", want: "environment.launcher warn w2", fault: func(s *Snapshot, h *facts.Host) {
			s.Launcher.Parts = map[string]envfile.Part{"w2": {Text: []byte("B=2\n")}}
			h.Files[0].Text = envfile.Join([]byte("A=1\n"), envfile.Part{File: "spark-env.w2.sh", Text: []byte("B=3\n")})
		}},
		{name: "a part that was not pushed", what: "without the part that this machine has for it", want: "environment.launcher warn w2",
			fault: func(s *Snapshot, _ *facts.Host) {
				s.Launcher.Parts = map[string]envfile.Part{"w2": {Text: []byte("B=2\n")}}
			}},
		{name: "not in force", what: "spark-env.sh was changed after worker 1 was started", want: "environment.in-force warn w2", fault: changedAfter(5 * time.Second)},
		{name: "in force", fault: changedAfter(-time.Hour)},
		{name: "in the second of its start", fault: changedAfter(time.Second)},
		{name: "two lists", what: "name different hosts", want: "environment.two-lists warn w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Files = append(h.Files, file("workers", "w1\nw2\n"), file("slaves", "w1\n"))
		}},
		{name: "two lists of this machine", want: "environment.two-lists warn (cluster)", fault: func(s *Snapshot, _ *facts.Host) {
			s.Launcher.Files = map[string][]byte{"workers": []byte("w1\n"), "slaves": []byte("w2\n")}
		}},
		{name: "the same list twice", fault: func(_ *Snapshot, h *facts.Host) {
			h.Files = append(h.Files, file("workers", "w1 # one\r\n\nw2\n"), file("slaves", "w2\nw1\n"))
		}},
		{name: "an old variable", what: "SPARK_SLAVE_SLEEP in spark-env.sh: from Spark 3.1 on it is SPARK_WORKER_SLEEP", want: "environment.deprecated warn m1; environment.deprecated warn w1; environment.deprecated warn w2; environment.deprecated warn w3",
			fault: func(s *Snapshot, _ *facts.Host) {
				for i := range s.Hosts {
					s.Hosts[i].Facts.Files[0].Text = []byte("A=1\nSPARK_SLAVE_SLEEP=1\n")
				}
			}},
		{name: "an old list", what: "conf/slaves is the list of workers", want: "environment.deprecated warn (cluster)",
			fault: func(s *Snapshot, _ *facts.Host) { s.Launcher.Files = map[string][]byte{"slaves": []byte("w1\n")} }},
		{name: "old properties", want: "environment.deprecated warn m1; environment.deprecated warn w1; environment.deprecated warn w2; environment.deprecated warn w3",
			what: "spark.blacklist.enabled in spark-defaults.conf: from Spark 3.1 on it is spark.excludeOnFailure.enabled",
			fault: func(s *Snapshot, _ *facts.Host) {
				onAll(s, file("spark-defaults.conf", "spark.blacklist.enabled true\n"))
			}},
		{name: "old log4j", what: "there is a log4j.properties, and Spark 3.5.8 reads log4j2.properties only", want: "environment.logging warn w2",
			fault: func(_ *Snapshot, h *facts.Host) { h.Files = append(h.Files, file("log4j.properties", "")) }},
		{name: "both", fault: func(s *Snapshot, h *facts.Host) {
			onAll(s, file("log4j2.properties", "x"))
			h.Files = append(h.Files, file("log4j.properties", ""))
		}},
	})
}

// changedAfter has w2's spark-env.sh changed so long after its worker was started.
func changedAfter(d time.Duration) func(*Snapshot, *facts.Host) {
	return func(_ *Snapshot, h *facts.Host) {
		start := time.Unix(1_800_000_000, 0)
		h.Daemons = []facts.Daemon{{Role: "worker", Running: true, Instance: 1, PID: 7, Named: "7", Since: start}}
		h.Paths = append(h.Paths, facts.Path{What: facts.ConfFile, Path: "/opt/spark/conf/spark-env.sh", Type: "file", Changed: start.Add(d)})
	}
}

// A name is deprecated from the release on that renamed it.
func TestOldNamesOfOldReleases(t *testing.T) {
	s := cluster()
	for i := range s.Hosts {
		s.Hosts[i].Facts.Spark.Version = "3.0.3"
		s.Hosts[i].Facts.Files = []facts.File{
			{Name: "spark-env.sh", State: "read", Text: []byte("export SPARK_SLAVES=/x\nSPARK_CLASSPATH=/y\n")},
			{Name: "log4j.properties", State: "read"},
		}
	}
	s.Launcher.Version = "3.0.3"
	s.Launcher.Files = map[string][]byte{"slaves": nil}
	var seen []string
	for _, f := range append(deprecated(s), log4j(s)...) {
		seen = append(seen, f.Host+" "+strings.Fields(f.What)[0])
	}
	if got := strings.Join(seen, " "); got != "m1 SPARK_CLASSPATH w1 SPARK_CLASSPATH w2 SPARK_CLASSPATH w3 SPARK_CLASSPATH" {
		t.Errorf("found %s", got)
	}
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

// The line to type says where: on this machine for its own file, else on the host; and what only
// this machine has is looked at too.
func TestWhereLintIsMended(t *testing.T) {
	s := cluster()
	s.Launcher.Conf = "/opt/spark/conf"
	h := s.Hosts[2].Facts
	do := func(text, here string) (all []string) {
		h.Files[0] = facts.File{Name: "spark-env.sh", Path: "/opt/s p/spark-env.sh", State: "read", Text: []byte(text)}
		s.Launcher.Files = map[string][]byte{"spark-env.sh": []byte(here)}
		for _, f := range lintOfHosts(s) {
			all = append(all, f.Do)
		}
		return all
	}
	for _, tt := range []struct{ text, here, want string }{
		{"A=1\r\n", "", `ssh w2 'sed -i '\''s/\r$//'\'' '\''/opt/s p/spark-env.sh'\'''`},
		{"A=1\r\n", "A=1\r\n", `sed -i 's/\r$//' /opt/spark/conf/spark-env.sh && sparkops push-env`},
		{"SPARK_WORKER_PORT=70000\n", "", `SPARK_WORKER_PORT=7078 in '/opt/s p/spark-env.sh' there`},
		{"SPARK_WORKER_PORT=70000\n", "SPARK_WORKER_PORT=70000\n", `SPARK_WORKER_PORT=7078 in /opt/spark/conf/spark-env.sh, then sparkops push-env`},
		{string(envfile.Join([]byte("A=1\n"), envfile.Part{File: "spark-env.w2.sh", Text: []byte("SPARK_WORKER_PORT=70000\n")})), "A=1\n", `SPARK_WORKER_PORT=7078 in '/opt/s p/spark-env.sh' there`},
	} {
		if got := do(tt.text, tt.here); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%q, here %q: %q, want %s", tt.text, tt.here, got, tt.want)
		}
	}
	do("A=1\n", "A=1\n")
	s.Launcher.Lint = []lint.Finding{{ID: "env.number", Line: 2, Message: "SPARK_WORKER_CORES=many is no number", Effect: "no daemon starts", Hint: "SPARK_WORKER_CORES=4"}}
	if f := lintOfHosts(s); len(f) != 1 || f[0].Host != "" || f[0].Level != Warn || f[0].Do != "SPARK_WORKER_CORES=4 in /opt/spark/conf/spark-env.sh" || f[0].Seen[0] != "/opt/spark/conf/spark-env.sh:2" {
		t.Errorf("this machine's: %+v", f)
	}
}

// Names are told, values never.
func TestSettingsThatDiffer(t *testing.T) {
	got := settingsThatDiffer("A=1\nexport SECRET=swordfish\n# x\nB=2\n", "A=1\nB=3\nspark.x.y z\n")
	if text := strings.Join(got, " "); text != "B SECRET spark.x.y" {
		t.Errorf("%q", text)
	}
}

// A file that this machine has not is not pushed from it, and two that differ are not told as one.
func TestFilesOfAFew(t *testing.T) {
	s := cluster()
	s.Launcher.Conf = "/opt/spark/conf"
	for i, text := range []string{"spark.a 1\n", "spark.a 2\n"} {
		h := s.Hosts[i+2].Facts
		h.Files = append(h.Files, facts.File{Name: "spark-defaults.conf", State: "read", Text: []byte(text)})
	}
	found := Judge(s, Checks())
	if told(found) != "environment.same warn w2; environment.same warn w3" || found[0].What != found[1].What {
		t.Fatalf("found %s", told(found))
	}
	if a, b := found[0].Seen, found[1].Seen; len(a) != 1 || len(b) != 1 || a[0] == b[0] {
		t.Errorf("seen %q and %q", a, b)
	}
	if want := "ssh w2 'cat /opt/spark/conf/spark-defaults.conf' >/opt/spark/conf/spark-defaults.conf && sparkops push-env spark-defaults.conf"; found[0].Do != want {
		t.Errorf("do %s", found[0].Do)
	}
	s.Launcher.Files = map[string][]byte{"spark-defaults.conf": []byte("x")}
	if do := Judge(s, Checks())[0].Do; do != "sparkops push-env spark-defaults.conf" {
		t.Errorf("do %s", do)
	}
}
