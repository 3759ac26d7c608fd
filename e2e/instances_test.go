//go:build linux

package e2e

import (
	"slices"
	"testing"
)

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
		b.wantAlike(w1)
		b.wantStatus(b.sparkops(0, "start-all"), 6, "ok", "registered")
		b.env("SPARK_WORKER_INSTANCES=1", w1)
		run = b.sparkops(0, "stop-all")
		b.wantStatus(run, 6, "changed", "stopped")
		b.wantNothingLeft()
	})
}

// wantAlike: whatever instance of a host, it was launched with the same environment and the
// same java command line, though spark-class was asked for one of them only.
func (b *bed) wantAlike(h *Host) {
	b.Helper()
	daemons, err := h.Daemons()
	b.must(err)
	if len(daemons) < 2 {
		b.Fatalf("%d daemons", len(daemons))
	}
	first, err := daemons[0].Environ()
	b.must(err)
	command := func(p Process) []string { return p.Args[:slices.Index(p.Args, p.Class())+1] }
	for _, p := range daemons[1:] {
		if !slices.Equal(command(p), command(daemons[0])) {
			b.Errorf("%v is not the command %v", command(p), command(daemons[0]))
		}
		env, err := p.Environ()
		b.must(err)
		for name := range union(env, first) {
			own := name == "_" || name == "SPARK_BEELINE_OPTS" // of the shell that ran the command
			if !own && env[name] != first[name] {
				b.Errorf("%s=%q, in another instance %q", name, env[name], first[name])
			}
		}
	}
}
