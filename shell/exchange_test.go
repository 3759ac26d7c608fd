package shell

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// What a child of a script that has ended goes on writing is listened to for a minute, and
// what has fallen silent for no longer than Settle, or than a mark may be on its way.
func TestDrainIsBounded(t *testing.T) {
	for _, c := range []struct {
		name     string
		interval time.Duration // between two bytes
		bytes    int
		status   int
		most     time.Duration
	}{
		{"a drip without end", Settle / 2, 1000, -1, maxDrain + Settle},
		{"a flood without end", time.Millisecond, 1_000_000, -1, maxDrain + Settle},
		{"a few bytes", Settle / 2, 4, -1, 4 * Settle},
		{"nothing", Settle, 0, -1, 2 * Settle},
		{"a drip without end, and a status", Settle / 2, 1000, 0, maxDrain + onItsWay},
		{"a late byte", onItsWay / 2, 1, 0, 2 * onItsWay},
		{"nothing, and a status", Settle, 0, 1, 2 * onItsWay},
	} {
		synctest.Test(t, func(t *testing.T) {
			x, err := NewExchange(Script{})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var child sync.WaitGroup
			child.Go(func() {
				for n := 0; n < c.bytes && ctx.Err() == nil; n++ {
					time.Sleep(c.interval)
					x.Stdout.Write([]byte("x"))
				}
			})
			begin := time.Now()
			x.Drain(ctx, nil, c.status)
			if took := time.Since(begin); took > c.most || took < time.Duration(c.bytes)*c.interval && took < maxDrain {
				t.Errorf("%s: it took %v", c.name, took)
			}
			cancel()
			child.Wait()
		})
	}
}

// What keeps a script from being run is named: the login shell is not all that may be.
func TestHintWhereNothingRan(t *testing.T) {
	x, err := NewExchange(Script{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = x.Result(t.Context(), 1)
	e := AsError(err, ClassExit)
	for _, word := range []string{"~/.bashrc", "ForceCommand", "command="} {
		if e.Class != ClassShell || !strings.Contains(e.Hint, word) {
			t.Errorf("class %s, no %s in the hint %q", e.Class, word, e.Hint)
		}
	}
}
