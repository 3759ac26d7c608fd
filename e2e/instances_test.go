//go:build linux

package e2e

import "testing"

// Point 6: all instances of a host start, and all stop, also those above the
// number that is configured by then.
func TestInstances(t *testing.T) {
	onEach(t, func(b *bed) {
		w1 := b.Host("w1")
		b.env("SPARK_WORKER_INSTANCES=3", w1)
		want := map[string]int{"m1 Master": 1, "w1 Worker": 3, "w2 Worker": 1, "w3 Worker": 1}
		run := b.sparkops(0, "start-all")
		b.wantStatus(run, 6, "changed", "registered")
		b.wantDaemons(want)
		b.wantAlive(want)
		b.wantStatus(b.sparkops(0, "start-all"), 6, "ok", "registered")
		b.env("SPARK_WORKER_INSTANCES=1", w1)
		run = b.sparkops(0, "stop-all")
		b.wantStatus(run, 6, "changed", "stopped")
		b.wantNothingLeft()
	})
}
