//go:build linux

package e2e

import (
	"slices"
	"strings"
	"testing"
)

// Point 5: a master whose port is taken is a failure, not a master elsewhere.
func TestMasterPortTaken(t *testing.T) {
	onFirst(t, func(b *bed) {
		b.on(b.Master, Spark, "setsid python3 -m http.server 7077 >/dev/null 2>&1 </dev/null &")
		b.must(Until(b.ctx, "port 7077 is taken", func() (bool, error) {
			ports, err := b.Master.Listening()
			return slices.Contains(ports, 7077), err
		}))
		run := b.sparkops(5, "start-all")
		row := b.row(run, "m1")
		if row.Status != "fail" || row.Class != "port" || !strings.Contains(row.Message, "7077") {
			b.Errorf("a master without its port is %+v", row)
		}
		b.wantText(row, "python")
		for _, host := range []string{"w1", "w2", "w3"} {
			if row := b.row(run, host); row.Status != "skipped" {
				b.Errorf("worker without a master is %+v", row)
			}
		}
		b.wantDaemons(nil)
		ports, err := b.Master.Listening()
		b.must(err)
		if !slices.Equal(ports, []int{22, 7077}) {
			b.Errorf("m1 listens on %v, want sshd and the one that took the port", ports)
		}
	})
}
