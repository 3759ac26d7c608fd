//go:build linux

package e2e

import "testing"

// Point 7: one host without Java is that host's failure.
func TestJavaHomeWrong(t *testing.T) {
	onFirst(t, func(b *bed) {
		b.env("JAVA_HOME=/nowhere/java", b.Host("w2"))
		run := b.sparkops(5, "start-all")
		row := b.row(run, "w2")
		if row.Status != "fail" || row.Class != "java" {
			b.Errorf("a worker without java is %+v", row)
		}
		b.wantText(row, "/nowhere/java")
		b.wantOthers(run, "w2")
	})
}

// Point 7: Spark stands elsewhere on one host.
func TestSparkHomeElsewhere(t *testing.T) {
	onFirst(t, func(b *bed) {
		w3 := b.Host("w3")
		b.on(w3, Root, "mkdir -p /srv/spark4 && mount --move /opt/spark /srv/spark4")
		b.Cleanup(func() {
			b.must(b.quiet())
			b.on(w3, Root, "mount --move /srv/spark4 /opt/spark")
		})
		b.must(b.Launcher.Write(Spark, ConfDir+"/workers", "w1\nw2\nw3 # sparkops: spark_home=/srv/spark4\n", 0o644))
		b.wantStatus(b.sparkops(0, "start-all"), 4, "changed", "registered")
		b.wantDaemons(all(1))
		b.wantAlive(all(1))
		b.sparkops(0, "status")
		b.sparkops(0, "stop-all")
		b.wantNothingLeft()
	})
}

// Point 7: one host is down; it costs its time-out and nothing else.
func TestHostDown(t *testing.T) {
	onFirst(t, func(b *bed) {
		w2 := b.Host("w2")
		b.on(w2, Root, "ip link set eth0 down")
		b.Cleanup(func() { b.on(w2, Root, "ip link set eth0 up") })
		run := b.sparkops(4, "start-all", "--connect-timeout", "2s")
		row := b.row(run, "w2")
		if row.Status != "unreachable" || row.Class != "timeout" {
			b.Errorf("a host that is down is %+v", row)
		}
		b.wantOthers(run, "w2")
		b.sparkops(4, "stop-all", "--connect-timeout", "2s")
		b.wantNothingLeft()
	})
}

// wantOthers wants the cluster up, but for that one host.
func (b *bed) wantOthers(run Run, down string) {
	b.Helper()
	want := all(1)
	want[down+" Worker"] = 0
	b.wantDaemons(want)
	b.wantAlive(want)
	for _, row := range run.Report.Results {
		if row.Host != down && row.Status != "changed" {
			b.Errorf("%s suffers from %s: %+v", row.Host, down, row)
		}
	}
}
