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

// What is said of a script whose output, or a part of it, did not come back is what its marks and
// the exit status prove.
func TestAnswersThatGoElsewhere(t *testing.T) {
	for _, c := range []struct {
		name           string
		stdout, stderr string // N is the nonce
		status         int
		class          Class
		began          bool
		says           string
	}{
		{"nothing", "", "", 0, ClassShell, false, "did not run: the login shell ended with status 0"},
		{"nothing, and to its end", "", "", wholeStatus, ClassShell, true, "the command ran, but its answer went elsewhere"},
		{"noise, and to its end", "Welcome\n", "", wholeStatus, ClassShell, true, `said "Welcome`},
		{"no stdout", "", "N:begin\nx\nN:end:3\n", wholeStatus, ClassShell, true, "the command ran (status 3), but its answer went elsewhere"},
		{"no stdout, cut short", "", "N:begin\nx\n", 137, ClassLost, true, "cut short: the shell ended with status 137"},
		{"beginning read away", "N:end:0\n", "N:begin\nN:end:0\n", wholeStatus, ClassShell, true, "a part of the script away"},
		{"all but the end read away", "", "N:end:0\n", wholeStatus, ClassShell, true, "a part of the script away"},
		{"cut short", "N:begin\nx", "N:begin\n", -1, ClassLost, true, "cut short"},
	} {
		x, err := NewExchange(Script{})
		if err != nil {
			t.Fatal(err)
		}
		x.Stdout.Write([]byte(strings.ReplaceAll(c.stdout, "N", x.Stdout.nonce)))
		x.Stderr.Write([]byte(strings.ReplaceAll(c.stderr, "N", x.Stdout.nonce)))
		_, err = x.Result(t.Context(), c.status)
		if e := AsError(err, ""); e.Class != c.class || e.Began != c.began || !strings.Contains(e.Error(), c.says) {
			t.Errorf("%s: class %s, began %v: %v", c.name, e.Class, e.Began, e)
		}
	}
	x, err := NewExchange(Script{})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := x.Result(t.Context(), 0); x.Refused() || err == nil || out.Code != -1 {
		t.Errorf("%+v, %v", out, err)
	}
	x.Stderr.Write([]byte("sh: 3: Syntax error: end of file\n"))
	if e := x.Unanswered(2); !x.Refused() || !e.Began || !strings.Contains(e.Error(), "may have run or not: the login shell ended with status 2, and said") {
		t.Errorf("%v", e)
	}
}
