package doctor

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"sparkops/inventory"
	"sparkops/shell"
	"sparkops/spark"
	"sparkops/spark/facts"
)

// well is a host with nothing wrong: Spark 3.5.8 in /opt/spark, user spark.
func well(name string, roles ...spark.Role) Host {
	dir := func(what, path string) facts.Path {
		return facts.Path{
			What: what, Path: path, Real: path, Type: "directory", Readable: true, Writable: true, Searchable: true, Mode: 0o755, Owner: "spark", UID: 1000,
			Block: 4096, Blocks: 1 << 22, Available: 1 << 21, Inodes: 1000, InodesFree: 900, Mount: "/", FSType: "ext4",
		}
	}
	return Host{
		Host: inventory.Host{Name: name}, Roles: roles,
		Facts: &facts.Host{
			Home: facts.Home{Path: "/opt/spark", From: "the launcher's path", Conf: "/opt/spark/conf", Pids: "/run/spark", EnvRead: true, Ident: "spark", Instances: 1},
			Paths: []facts.Path{
				dir(facts.Launcher, "/opt/spark"), dir(facts.SparkDir, "/opt/spark"), dir(facts.Conf, "/opt/spark/conf"),
				dir(facts.Logs, "/opt/spark/logs"), dir(facts.Work, "/opt/spark/work"), dir(facts.Local, "/tmp"), dir(facts.Pids, "/run/spark"),
			},
			Spark: facts.Spark{Version: "3.5.8", Scala: "2.12", Jars: []facts.Jar{{Name: "guava-14.0.1.jar", Size: 200}, {Name: "spark-core_2.12-3.5.8.jar", Size: 1000}}},
			Java:  facts.Java{Found: true, Path: "/usr/bin/java", From: "PATH", Said: `openjdk version "17.0.1"`}, Pythons: []facts.Python{{Name: "python3", Path: "/usr/bin/python3", Said: "Python 3.11.2"}},
			Env: map[string]string{"SPARK_WORKER_MEMORY": "2g", "SPARK_WORKER_CORES": "2"}, Memory: facts.Memory{Total: 8 << 30, Swap: 2 << 30, SwapFree: 2 << 30},
			Cores: 8, HugePages: "madvise", Limits: facts.Limits{FilesHard: "1048576", Processes: "31000"},
			Access: facts.Access{User: "spark", UID: 1000, Home: "/home/spark"}, Sudo: facts.Sudo{Works: true},
			Name:     facts.Name{Host: name, Addresses: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("10.0.0.1")}},
			Resolved: []facts.Resolved{{Name: "m1", State: "found", Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.1")}}},
			Dialled:  []facts.Dialled{{Address: "m1:7077", State: "open"}},
			Files:    []facts.File{{Name: "spark-env.sh", State: "read", Text: []byte("A=1\n")}},
			Whole:    true,
		},
	}
}

// cluster is one master and three workers that are well.
func cluster() *Snapshot {
	return &Snapshot{
		Launcher: Launcher{Home: "/opt/spark", Version: "3.5.8"}, Masters: []inventory.Host{{Name: "m1"}}, Addresses: []string{"m1:7077"},
		Hosts: []Host{well("m1", spark.Master), well("w1", spark.Worker), well("w2", spark.Worker), well("w3", spark.Worker)},
	}
}

// pathOf is a path of a host's facts, to be broken.
func pathOf(h *facts.Host, what string) *facts.Path {
	return &h.Paths[slices.IndexFunc(h.Paths, func(p facts.Path) bool { return p.What == what })]
}

// told are findings in short: "check level host".
func told(findings []Finding) string {
	var all []string
	for _, f := range findings {
		all = append(all, fmt.Sprintf("%s %s %s", f.Check, f.Level, f.Host))
	}
	return strings.Join(all, "; ")
}

func TestAHealthyClusterHasNoFinding(t *testing.T) {
	if got := told(Judge(cluster(), Checks())); got != "" {
		t.Errorf("found: %s", got)
	}
}

// reachAll lets the masters reach what workers a fault has not cut off.
func reachAll(s *Snapshot) {
	for _, m := range s.withRole(spark.Master) {
		for _, h := range s.reached() {
			at, _ := h.CalledAt()
			if _, dialled := m.Facts.Dial(at); !dialled {
				m.Facts.Dialled = append(m.Facts.Dialled, facts.Dialled{Address: at, State: "open"})
			}
		}
	}
}

// planted is one fault, and all that is to be found because of it.
type planted struct {
	name  string
	fault func(s *Snapshot, w2 *facts.Host)
	want  string // told
	what  string // in the first finding
	fix   string // of the first finding, as it is run
}

// check plants each fault in w2 of a cluster that is well.
func check(t *testing.T, all []planted) {
	t.Helper()
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) {
			s := cluster()
			p.fault(s, s.Hosts[2].Facts)
			reachAll(s)
			found := Judge(s, Checks())
			if got := told(found); got != p.want {
				t.Fatalf("found %q\nwant  %q", got, p.want)
			}
			if len(found) == 0 {
				return
			}
			f, fix := found[0], ""
			if f.Fix != nil {
				fix = f.Fix.Line()
			}
			if !strings.Contains(f.What, p.what) || fix != p.fix {
				t.Errorf("what %q\nfix  %q", f.What, fix)
			}
			if f.Level != Skipped && (f.Effect == "" || f.Do == "") {
				t.Errorf("effect %q, do %q", f.Effect, f.Do)
			}
		})
	}
}

// One host that is down costs its own findings and hides nobody's.
func TestUnreached(t *testing.T) {
	s := cluster()
	s.Hosts[1].Facts, s.Hosts[1].Err = nil, &shell.Error{Class: shell.ClassTimeout, Err: errors.New("no answer")}
	s.Hosts[2].Facts.Java.Found = false
	var families []string
	for _, f := range Judge(s, Checks()) {
		switch {
		case f.Level == Skipped && f.Host == "w1" && f.Class == shell.ClassTimeout:
			families = append(families, f.Check)
		case f.Level == Fail && f.Host == "w1" && f.Check == "access.reached" && f.Class == shell.ClassTimeout && f.Do != "":
		case f.Level == Fail && f.Host == "w2" && f.Check == "versions.java":
		default:
			t.Errorf("found %+v", f)
		}
	}
	if got := strings.Join(families, " "); got != "links.* versions.* environment.* names.* resources.* daemons.* ha.*" {
		t.Errorf("not looked at: %s", got)
	}
}

// Every check can be explained and looked for.
func TestChecks(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Checks() {
		family, name, _ := strings.Cut(c.ID, ".")
		if seen[c.ID] || family == "" || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz-") != "" {
			t.Errorf("the ID %q", c.ID)
		}
		seen[c.ID] = true
		if c.Title == "" || c.Cause == "" || c.Effect == "" || c.Cure == "" || c.run == nil {
			t.Errorf("%s is not whole", c.ID)
		}
	}
}

func TestSelect(t *testing.T) {
	for _, tt := range []struct{ only, skip, want string }{
		{"links.home", "", "links.home"},
		{"links.l*,ha", "ha.same", "links.loop ha.recovery ha.members ha.zookeeper ha.directory ha.workers"},
		{"versions.*", "versions", ""},
		{"nothing", "", `there is no check "nothing"`},
		{"", "links.[", `there is no check "links.["`},
	} {
		words := func(s string) []string { return strings.FieldsFunc(s, func(r rune) bool { return r == ',' }) }
		checks, err := Select(Checks(), words(tt.only), words(tt.skip))
		var ids []string
		for _, c := range checks {
			ids = append(ids, c.ID)
		}
		got := strings.Join(ids, " ")
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%q without %q: %q, want %q", tt.only, tt.skip, got, tt.want)
		}
	}
	if all, _ := Select(Checks(), nil, nil); len(all) != len(Checks()) {
		t.Errorf("all: %d of %d", len(all), len(Checks()))
	}
}
