package spark

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"sparkops/inventory"
	"sparkops/shell"
	"sparkops/spark/facts"
)

// A process that is seen by two names of its machine is one master, and is asked by the first of
// them; those of other machines, or other processes, are others.
func TestViewsOfOneProcess(t *testing.T) {
	seen := func(name, boot, network string, pid int) Surveyed {
		return Surveyed{Host: inventory.Host{Name: name}, Facts: &facts.Host{
			Name:    facts.Name{MachineID: "m", BootID: boot, Network: network},
			Daemons: []facts.Daemon{{Role: "master", Running: true, PID: pid, Address: "m1:7077"}, {Role: "master", PID: 1}, {Role: "worker", Running: true, PID: 2}},
		}}
	}
	s := &Survey{Cluster: &Cluster{}, Connect: func(context.Context, string) (shell.Runner, error) { return nil, errors.New("down") }}
	got := ""
	for _, v := range s.Views(t.Context(), []Surveyed{
		seen("m1", "b", "net:[1]", 7), seen("alias", "b", "net:[1]", 7), seen("container", "b", "net:[2]", 7), seen("second", "b", "net:[1]", 8),
		seen("unknown", "", "", 7), seen("unknown2", "", "", 7), {},
	}) {
		got += fmt.Sprintf("%s %d %v, ", v.Master, v.PID, v.Err)
	}
	want := ""
	for _, m := range []string{"m1 7", "container 7", "second 8", "unknown 7", "unknown2 7"} {
		want += m + " down, "
	}
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// One that was interrupted has not kept silent.
func TestViewsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := &Survey{Cluster: &Cluster{}, Connect: func(ctx context.Context, _ string) (shell.Runner, error) { return nil, ctx.Err() }}
	hosts := []Surveyed{{Host: inventory.Host{Name: "m1"}, Facts: &facts.Host{Daemons: []facts.Daemon{{Role: "master", Running: true, PID: 7}}}}}
	if views := s.Views(ctx, hosts); len(views) > 0 {
		t.Errorf("%+v", views)
	}
}
