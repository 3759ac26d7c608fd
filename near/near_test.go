package near

import (
	"slices"
	"testing"
)

func TestNames(t *testing.T) {
	t.Parallel()
	known := []string{"worker10", "worker1", "worker2", "master", "w"}
	for name, want := range map[string][]string{
		"worker1": {"worker1", "worker10", "worker2"}, "wroker1": {"worker1"}, "mastr": {"master"}, "maste1": {"master"},
		"x": {"w"}, "gateway": nil, "": {"w"}, "workerworkerworker": nil,
	} {
		if got := Names(name, known); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
