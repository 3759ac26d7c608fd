package doctor

import (
	"strings"
	"testing"

	"sparkops/spark/facts"
)

func TestVersions(t *testing.T) {
	jars := func(jars ...facts.Jar) func(*Snapshot, *facts.Host) {
		return func(_ *Snapshot, h *facts.Host) { h.Spark.Jars = jars }
	}
	core := facts.Jar{Name: "spark-core_2.12-3.5.8.jar", Size: 1000}
	guava := facts.Jar{Name: "guava-14.0.1.jar", Size: 200}
	check(t, []planted{
		{name: "another Spark", what: "Spark 3.5.1; m1,w[1,3] has 3.5.8", want: "versions.spark fail w2", fault: func(_ *Snapshot, h *facts.Host) { h.Spark.Version = "3.5.1" }},
		{name: "another Spark with its jars", want: "versions.spark fail w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Spark = facts.Spark{Version: "3.3.0", Scala: "2.13", Jars: []facts.Jar{{Name: "spark-core_2.13-3.3.0.jar"}}}
		}},
		{name: "version unknown", want: "versions.spark skipped w2", fault: func(_ *Snapshot, h *facts.Host) { h.Spark.Version = "" }},
		{name: "another here", what: "this machine has Spark 3.4.1; m1,w[1-3] has 3.5.8", want: "versions.launcher warn (cluster)",
			fault: func(s *Snapshot, _ *facts.Host) { s.Launcher.Version = "3.4.1" }},
		{name: "none here", fault: func(s *Snapshot, _ *facts.Host) { s.Launcher.Home, s.Launcher.Version = "", "" }},
		{name: "Scala", what: "Spark 3.5.8 for Scala 2.13; that of m1,w[1,3] is for 2.12", want: "versions.scala fail w2", fault: func(_ *Snapshot, h *facts.Host) { h.Spark.Scala = "2.13" }},
		{name: "a stray jar", what: "a jar of Spark is not as on m1,w[1,3]", want: "versions.jars warn w2", fault: jars(guava, facts.Jar{Name: "postgresql-42.jar"}, core)},
		{name: "a jar of another size", want: "versions.jars warn w2", fault: jars(facts.Jar{Name: guava.Name, Size: 7}, core)},
		{name: "one of Spark's own is cut off", want: "versions.jars fail w2", fault: jars(guava, facts.Jar{Name: core.Name, Size: 999})},
		{name: "one of Spark's own is gone", want: "versions.jars fail w2", fault: jars(guava)},
		{name: "jars not known", what: "jars: /opt/spark/jars cannot be read", want: "versions.jars skipped w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Spark.Jars, h.Unseen = nil, []facts.Unseen{{What: "jars", Why: "/opt/spark/jars cannot be read"}}
		}},
	})
	got := jarsThatDiffer([]facts.Jar{{Name: "a", Size: 1}, {Name: "b", Size: 2}}, []facts.Jar{{Name: "b", Size: 3}, {Name: "c"}})
	if text := strings.Join(got, "; "); text != "a: only here; b: 2 bytes here, 3 there; c: not here" {
		t.Errorf("differ: %s", text)
	}
	for version, want := range map[string]int{"3.5.8": 305, "4.0.0-preview1": 400, "2.4.8-cdh": 204, "3.5-SNAPSHOT": 305, "": 0, "x.y": 0, "3": 0} {
		if got := releaseOf(version); got != want {
			t.Errorf("%q: %d, want %d", version, got, want)
		}
	}
}

func TestJava(t *testing.T) {
	said := func(version string) func(*Snapshot, *facts.Host) {
		return func(_ *Snapshot, h *facts.Host) { h.Java.Said = `openjdk version "` + version + `" 2026-01-01` }
	}
	check(t, []planted{
		{name: "no Java", what: "JAVA_HOME is not set", want: "versions.java fail w2", fault: func(_ *Snapshot, h *facts.Host) { h.Java = facts.Java{From: "PATH"} }},
		{name: "wrong JAVA_HOME", what: "JAVA_HOME=/nowhere holds no bin/java", want: "versions.java fail w2",
			fault: func(_ *Snapshot, h *facts.Host) { h.Java = facts.Java{From: "JAVA_HOME", Path: "/nowhere/bin/java"} }},
		{name: "no Java at all", what: "/usr/bin/java is no Java", want: "versions.java fail w2", fault: func(_ *Snapshot, h *facts.Host) { h.Java.Said = "cannot execute" }},
		{name: "another major", what: "Java 11; m1,w[1,3] has 17", want: "versions.java-major fail w2", fault: said("11.0.20")},
		{name: "another that does not fit", want: "versions.java-major fail w2; versions.java-fits warn w2", fault: said("21.0.2")},
		{name: "another build of the system", fault: said("17.0.15")},
		{name: "another build by JAVA_HOME", what: "JAVA_HOME is /opt/jdk17, with 17.0.15; on m1,w[1,3] it is /usr/lib/jvm/17, with 17.0.1", want: "versions.java-home warn w2",
			fault: func(s *Snapshot, h *facts.Host) {
				for i := range s.Hosts {
					s.Hosts[i].Facts.Env["JAVA_HOME"] = "/usr/lib/jvm/17"
				}
				h.Env["JAVA_HOME"], h.Java.Said = "/opt/jdk17", `openjdk version "17.0.15"`
			}},
		{name: "the same build elsewhere", fault: func(s *Snapshot, h *facts.Host) {
			for i := range s.Hosts {
				s.Hosts[i].Facts.Env["JAVA_HOME"] = "/usr/lib/jvm/17"
			}
			h.Env["JAVA_HOME"] = "/opt/jdk17"
		}},
	})
}

// Which Java fits is a matter of the release.
func TestJavaFits(t *testing.T) {
	for _, tt := range []struct{ spark, java, want string }{
		{"2.4.8", "1.8.0_392", ""}, {"2.4.8", "11.0.1", "fail"}, {"2.1.0", "1.7.0_80", ""}, {"2.3.0", "1.7.0_80", "fail"},
		{"3.1.3", "11", ""}, {"3.0.0", "17", "fail"}, {"3.0.0", "14", "warn"}, {"3.2.0", "17", ""},
		{"3.5.8", "1.8.0_392", ""}, {"3.5.8", "21.0.2", "warn"}, {"3.5.8", "25", "fail"}, {"3.5.8", "1.7.0", "fail"},
		{"4.0.0", "17.0.1", ""}, {"4.0.0", "21", ""}, {"4.1.0", "11.0.2", "fail"}, {"4.0.0", "25", "warn"}, {"unknown", "5", ""}, {"1.6.3", "17", ""},
	} {
		s := cluster()
		for i := range s.Hosts {
			s.Hosts[i].Facts.Spark.Version, s.Hosts[i].Facts.Java.Said = tt.spark, `java version "`+tt.java+`"`
		}
		got := ""
		if found := javaFits(s); len(found) == 4 {
			got = string(found[0].Level)
		} else if len(found) > 0 {
			t.Errorf("%+v", found)
		}
		if got != tt.want {
			t.Errorf("Spark %s on Java %s: %q, want %q", tt.spark, tt.java, got, tt.want)
		}
	}
}

func TestPython(t *testing.T) {
	check(t, []planted{
		{name: "another minor", what: "python3 is Python 3.9; w[1,3] has 3.11", want: "versions.python warn w2", fault: func(_ *Snapshot, h *facts.Host) { h.Pythons[0].Said = "Python 3.9.2" }},
		{name: "another patch", fault: func(_ *Snapshot, h *facts.Host) { h.Pythons[0].Said = "Python 3.11.9\n" }},
		{name: "none", what: "there is no python3, and w[1,3] has 3.11", want: "versions.python warn w2", fault: func(_ *Snapshot, h *facts.Host) { h.Pythons = nil }},
		{name: "none anywhere", fault: func(s *Snapshot, _ *facts.Host) {
			for i := range s.Hosts {
				s.Hosts[i].Facts.Pythons = nil
			}
		}},
		{name: "on the master nobody runs it", fault: func(s *Snapshot, _ *facts.Host) { s.Hosts[0].Facts.Pythons = nil }},
		{name: "PYSPARK_PYTHON is gone", what: "PYSPARK_PYTHON=/opt/py/bin/python is not there", want: "versions.python fail w2",
			fault: func(_ *Snapshot, h *facts.Host) { h.Env["PYSPARK_PYTHON"] = "/opt/py/bin/python" }},
		{name: "PYSPARK_PYTHON instead", fault: func(_ *Snapshot, h *facts.Host) {
			h.Env["PYSPARK_PYTHON"] = "/opt/py/bin/python"
			h.Pythons = []facts.Python{{Name: "python3", Said: "Python 3.6.1"}, {Name: "/opt/py/bin/python", Said: "Python 3.11.4"}}
		}},
		{name: "no answer", want: "versions.python skipped w2", fault: func(_ *Snapshot, h *facts.Host) { h.Pythons[0].Said = "" }},
	})
}
