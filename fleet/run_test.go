package fleet

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sparkops/shell"
)

// host is a runner of the tests: each script's body is one of the words below.
type host struct {
	name  string
	world *world
}

// world counts what happens on the hosts.
type world struct {
	mu       sync.Mutex
	ran      []string
	now, max atomic.Int32
	freed    chan struct{}
}

func (h host) Run(ctx context.Context, s shell.Script) (shell.Output, error) {
	h.world.max.Store(max(h.world.max.Load(), h.world.now.Add(1)))
	defer h.world.now.Add(-1)
	h.world.mu.Lock()
	h.world.ran = append(h.world.ran, h.name)
	h.world.mu.Unlock()
	switch s.Body {
	case "hang":
		<-ctx.Done()
		return shell.Output{}, shell.Interrupted(ctx, true)
	case "release":
		fmt.Fprint(s.Stdout, "before\nreleased\n")
		select { // the next stage ends it
		case <-h.world.freed:
		case <-time.After(10 * time.Second):
			return shell.Output{}, shell.Errorf(shell.ClassTimeout, "", "the next stage did not begin")
		}
	case "free":
		close(h.world.freed)
	case "slow":
		time.Sleep(5 * time.Millisecond)
	}
	return shell.Output{Stdout: []byte(h.name)}, nil
}

func (w *world) fleet(fanout int) Fleet {
	return Fleet{Fanout: fanout, Connect: func(_ context.Context, name string) (shell.Runner, error) {
		if strings.HasPrefix(name, "down") {
			return nil, shell.Errorf(shell.ClassRefused, "", "refused")
		}
		return host{name, w}, nil
	}}
}

func stage(name, body string, hosts ...string) Stage {
	s := Stage{Name: name}
	for _, h := range hosts {
		s.Tasks = append(s.Tasks, Task{Host: h, Script: shell.Script{Name: name, Body: body}})
	}
	return s
}

func summary(results []Result) string {
	var words []string
	for _, r := range results {
		word := "done"
		switch {
		case r.Skipped():
			word = "skipped"
		case r.Err != nil:
			word = string(shell.AsError(r.Err, "?").Class)
		}
		words = append(words, r.Task.Host+":"+word)
	}
	return strings.Join(words, " ")
}

func TestRunKeepsEveryResultInOrder(t *testing.T) {
	w := &world{}
	got := summary(w.fleet(2).Run(t.Context(), Plan{Stages: []Stage{stage("one", "", "a", "down1", "b"), stage("two", "", "c", "a")}}))
	if want := "a:done down1:refused b:done c:done a:done"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestGateSkipsLaterStages(t *testing.T) {
	w := &world{}
	first := stage("one", "", "a")
	first.Gate = func(_ context.Context, done []Result) error {
		if string(done[0].Output.Stdout) != "a" {
			t.Errorf("the gate was shown %v", done)
		}
		return errors.New("no master")
	}
	results := w.fleet(2).Run(t.Context(), Plan{Stages: []Stage{first, stage("two", "", "b"), stage("three", "", "c")}})
	if got, want := summary(results), "a:done b:skipped c:skipped"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := results[1].Err.Error(), "not tried: no master"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(w.ran) != 1 {
		t.Errorf("ran on %v", w.ran)
	}
}

// A stage that is released lets the next one begin; results stand in the plan's order all
// the same, with what the scripts wrote.
func TestReleaseOverlapsStages(t *testing.T) {
	w := &world{freed: make(chan struct{})}
	first := stage("one", "release", "a", "b", "down")
	first.Release = "released"
	results := w.fleet(8).Run(t.Context(), Plan{Stages: []Stage{first, stage("two", "free", "c")}})
	if got, want := summary(results), "a:done b:done down:refused c:done"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := string(results[0].Output.Stdout); got != "before\nreleased\n" {
		t.Errorf("the answer was lost: %q", got)
	}
}

func TestFanoutIsBounded(t *testing.T) {
	w := &world{}
	var hosts []string
	for i := range 50 {
		hosts = append(hosts, fmt.Sprint("h", i))
	}
	w.fleet(7).Run(t.Context(), Plan{Stages: []Stage{stage("one", "slow", hosts...)}})
	if most := w.max.Load(); most > 7 || most < 2 {
		t.Errorf("%d at once, want at most 7, and more than one", most)
	}
}

// One hung host costs its own bound and nothing else; an interrupt gives up what runs and
// skips the rest.
func TestBoundsAndInterrupt(t *testing.T) {
	before := runtime.NumGoroutine()
	w := &world{}
	one := stage("one", "", "a", "b")
	one.Tasks[0].Script.Body, one.Tasks[0].Bound = "hang", 20*time.Millisecond
	if got, want := summary(w.fleet(2).Run(t.Context(), Plan{Stages: []Stage{one}})), "a:timeout b:done"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	f := w.fleet(2)
	f.Done = func(Result) {}
	go func() {
		for w.now.Load() < 2 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	results := f.Run(ctx, Plan{Stages: []Stage{stage("one", "hang", "a", "b", "c"), stage("two", "", "d")}})
	if got, want := summary(results), "a:cancelled b:cancelled c:skipped d:skipped"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if e := shell.AsError(results[0].Err, ""); !e.Began {
		t.Error("what was under way is not said to have begun")
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}

func TestDoneIsToldOfEachResult(t *testing.T) {
	w := &world{}
	f := w.fleet(8)
	told := 0
	f.Done = func(Result) { told++ } // by one goroutine at a time: the race detector looks
	f.Run(t.Context(), Plan{Stages: []Stage{stage("one", "slow", "a", "b", "c", "down"), stage("two", "", "d")}})
	if told != 5 {
		t.Errorf("told of %d, want 5", told)
	}
}

func TestPrintShowsEachScriptOnce(t *testing.T) {
	var b strings.Builder
	if err := (Plan{Stages: []Stage{stage("one", "true\nfalse\n", "a", "b")}}).Print(&b); err != nil {
		t.Fatal(err)
	}
	want := "stage 1: one\n  hosts: a b\n  script one, for /bin/sh -s:\n    true\n    false\n\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
