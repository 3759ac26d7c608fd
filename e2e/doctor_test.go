//go:build linux

package e2e

import (
	"strings"
	"testing"
)

// wantFound wants that a run of doctor has found these, "w1 links.home fail", and nothing else.
func (b *bed) wantFound(run Run, want ...string) {
	b.Helper()
	if len(want) == 0 && len(run.Args) == 3 { // all checks: doctor -o json
		ledger.looked(run)
	}
	left := map[string]bool{}
	for _, w := range want {
		left[w] = true
	}
	for _, row := range run.Report.Results {
		found := row.Host + " " + row.Check + " " + row.Status
		if !left[found] {
			b.Errorf("found %s: %s %v", found, row.Message, row.Seen)
		}
		delete(left, found)
	}
	for w := range left {
		b.Errorf("not found: %s", w)
	}
}

// onLater runs a test on every release but the first.
func onLater(t *testing.T, test func(*bed)) {
	for _, version := range Versions[1:] {
		t.Run(version, func(t *testing.T) { test(newBed(t, version)) })
	}
}

// A cluster with nothing wrong has no finding, before it is started and after: of the first release
// that is seen by the tests that plant faults.
func TestDoctorOfACleanCluster(t *testing.T) {
	onLater(t, func(b *bed) {
		b.wantFound(b.sparkops(0, "doctor"))
		b.sparkops(0, "start-all")
		b.wantFound(b.sparkops(0, "doctor"))
		b.sparkops(0, "stop-all")
		b.wantNothingLeft()
	})
}

// The seed of it all: workers whose Spark lives in another user's home. One doctor --fix, and
// the cluster starts.
func TestDoctorLinksSpark(t *testing.T) {
	onFirst(t, func(b *bed) {
		for _, name := range []string{"w2", "w3"} {
			h := b.Host(name)
			b.on(h, Root, "mkdir -p /home/bob/spark && mount --move /opt/spark /home/bob/spark && rmdir /opt/spark")
			b.Cleanup(func() {
				b.must(b.quiet())
				b.on(h, Root, "rm -f /opt/spark && mkdir -p /opt/spark && mount --move /home/bob/spark /opt/spark && rm -rf /home/bob")
			})
		}
		b.on(b.Host("w3"), Root, "chown spark /opt")
		b.sparkops(5, "start-all")
		b.sparkops(0, "stop-all", "-w", "m1,w1")
		run := b.sparkops(3, "doctor", "--check", "links.home")
		b.wantFound(run, "w2 links.home fail", "w3 links.home fail")
		for _, row := range run.Report.Results {
			if !strings.Contains(row.Message, "one of that name is in /home/bob/spark") || !strings.HasSuffix(row.Hint, "ln -s /home/bob/spark /opt/spark'") && row.Host == "w3" {
				b.Errorf("%s: %s; %s", row.Host, row.Message, row.Hint)
			}
		}
		run = b.sparkops(3, "doctor", "--check", "links.home", "--fix", "-y")
		b.wantFound(run, "w2 links.home fail", "w3 links.home changed")
		b.on(b.Host("w2"), Root, "chown spark /opt")
		b.wantFound(b.sparkops(0, "doctor", "--check", "links.home", "--fix", "-y"), "w2 links.home changed")
		b.wantFound(b.sparkops(0, "doctor"))
		b.wantStatus(b.sparkops(0, "start-all"), 4, "changed", "registered")
		b.wantDaemons(all(1))
		b.sparkops(0, "stop-all")
		b.wantNothingLeft()
	})
}

// One host down, one with a file that is not the others', one that greets: each finding on its
// host, and the dead one costs its time-out only.
func TestDoctorOfABrokenCluster(t *testing.T) {
	onFirst(t, func(b *bed) {
		w1 := b.Host("w1")
		b.on(w1, Root, "ip link set eth0 down")
		b.Cleanup(func() { b.on(w1, Root, "ip link set eth0 up") })
		b.must(b.Host("w2").Write(Spark, "/home/spark/.bashrc", "echo welcome\n", 0o644))
		b.on(b.Host("w2"), Spark, "mkdir -p "+SparkHome+"/work && chmod 777 "+SparkHome+"/work")
		b.env("JAVA_HOME=/nowhere\nSPARK_WORKER_MEMORY=9999g", b.Host("w3"))
		run := b.sparkops(3, "doctor", "--connect-timeout", "2s")
		want := []string{
			"w1 access.reached fail", "w2 access.noise warn", "w2 links.world-writable warn",
			"w3 versions.java fail", "w3 resources.memory fail", "w3 environment.same warn",
		}
		for _, family := range []string{"links", "versions", "environment", "names", "resources", "daemons", "ha"} {
			want = append(want, "w1 "+family+".* skipped")
		}
		b.wantFound(run, want...)
		if run.Took.Seconds() > 20 {
			b.Errorf("one dead host cost %v", run.Took)
		}
	})
}
