//go:build linux

package e2e

import (
	"maps"
	"slices"
	"sync"
	"testing"
)

// Point 2: what runs is left alone.
func TestStartTwiceAndRestart(t *testing.T) {
	onEach(t, func(b *bed) {
		b.sparkops(0, "start-all")
		first := b.daemons()
		b.wantStatus(b.sparkops(0, "start-all"), 4, "ok", "registered")
		if again := b.daemons(); !maps.EqualFunc(first, again, slices.Equal) {
			b.Errorf("a second start-all made of %v: %v", first, again)
		}
		b.sparkops(0, "restart-all")
		b.wantDaemons(all(1))
		b.wantAlive(all(1))
		for name, pids := range b.daemons() {
			if slices.Equal(pids, first[name]) {
				b.Errorf("%s still has pid %v after restart-all", name, pids)
			}
		}
	})
}

// rounds is how often two start at the same moment, on all releases together.
const rounds = 20

// Point 2: two at the same moment never make a second daemon. A master and one worker
// are enough to see it.
func TestStartAtTheSameMoment(t *testing.T) {
	onEach(t, func(b *bed) {
		n := rounds / len(Versions)
		if testing.Short() {
			n = 3
		}
		for range n {
			b.startAtTheSameMoment()
			if b.Failed() {
				return
			}
			b.sparkops(0, "stop-all", "-w", "m1,w1")
			for _, h := range b.Hosts() {
				b.must(h.Remove(SparkHome + "/logs"))
			}
		}
	})
}

func (b *bed) startAtTheSameMoment() {
	b.Helper()
	var runs [2]Run
	var errs [2]error
	var both sync.WaitGroup
	for i := range runs {
		both.Go(func() { runs[i], errs[i] = b.Sparkops(b.ctx, "start-all", "-w", "m1,w1") })
	}
	both.Wait()
	for i, run := range runs {
		b.must(errs[i])
		// 9 says that another sparkops is at work; it must be true.
		if run.Exit != 0 && (run.Exit != 9 || runs[1-i].Exit == 9) {
			b.Errorf("one of two: %s", run)
		}
	}
	b.wantDaemons(map[string]int{"m1 Master": 1, "w1 Worker": 1})
	b.wantAlive(map[string]int{"w1 Worker": 1})
	// A daemon that was started and ended again has left its log behind.
	for _, h := range []*Host{b.Master, b.Workers[0]} {
		logs, err := h.List(SparkHome + "/logs")
		b.must(err)
		if len(logs) != 1 {
			b.Errorf("more than one start on %s: %v", h.Name, logs)
		}
	}
}
