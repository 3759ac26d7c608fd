//go:build linux

package e2e

import (
	"strings"
	"testing"
)

// Registration is seen through the master's own host also where its sshd forwards nothing.
func TestForwardingRefused(t *testing.T) {
	onFirst(t, func(b *bed) {
		b.sshd("AllowTcpForwarding no", b.Master)
		b.wantStatus(b.sparkops(0, "start-all"), 4, "changed", "registered")
		b.wantAlive(all(1))
		b.wantStatus(b.sparkops(0, "status"), 4, "ok", "registered")
	})
}

// A worker that runs but never registers is not a success.
func TestWorkerCannotRegister(t *testing.T) {
	onFirst(t, func(b *bed) {
		w1 := b.Host("w1")
		names, err := w1.Read("/etc/hosts")
		b.must(err)
		nobody := "10.231.7.250"
		b.must(w1.Write(Root, "/etc/hosts", strings.ReplaceAll(names, b.Master.Address+" m1", nobody+" m1"), 0o644))
		b.Cleanup(func() { b.must(w1.Write(Root, "/etc/hosts", names, 0o644)) })
		run := b.sparkops(6, "start-all", "--no-check", "--wait-timeout", "12s")
		row := b.row(run, "w1")
		if row.Status != "fail" || row.State != "not-registered" || row.Class != "not-registered" {
			b.Errorf("a worker that cannot reach the master is %+v", row)
		}
		b.wantText(row, "(?i)m1|"+nobody)
		for _, host := range []string{"w2", "w3"} {
			if row := b.row(run, host); row.State != "registered" {
				b.Errorf("%s suffers from w1: %+v", host, row)
			}
		}
		if row := b.row(b.sparkops(3, "status"), "w1"); row.Status == "ok" {
			b.Errorf("status takes a worker that is not registered for %+v", row)
		}
	})
}
