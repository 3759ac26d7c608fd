package commands

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sparkops/spark"
)

func lockJob(verb string) *job {
	j := &job{app: &app{world: World{Stderr: &strings.Builder{}}}, verb: verb}
	j.cluster = &spark.Cluster{Addresses: []string{"m1:7077"}}
	return j
}

// Each pair of verbs, at the same moment.
func TestLock(t *testing.T) {
	tests := []struct {
		first, second string
		both          bool
	}{
		{starts, starts, true}, {stops, stops, true},
		{starts, stops, false}, {stops, starts, false},
		{"", "", false}, {starts, "", false}, {"", starts, false},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%q beside %q", tt.second, tt.first), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			release, err := lockJob("first").take(dir, tt.first)
			if err != nil {
				t.Fatal(err)
			}
			again, err := lockJob("second").take(dir, tt.second)
			if held, ok := errors.AsType[*heldError](err); tt.both != (err == nil) || !tt.both && (!ok || !strings.HasPrefix(held.holder, "first, pid ")) {
				t.Error(err)
			}
			release()
			if tt.both {
				if _, err := lockJob("third").take(dir, ""); err == nil {
					t.Errorf("%q: the lock went with the first of two", tt.first)
				}
				again()
			}
			if left, _ := filepath.Glob(dir + "/*"); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// Many of a family that come at the same moment are let in, all of them.
func TestLockOfMany(t *testing.T) {
	dir := t.TempDir()
	for range 20 {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				release, err := lockJob("start-all").take(dir, starts)
				if err != nil {
					t.Error(err)
					return
				}
				release()
			})
		}
		all.Wait()
	}
}

// What somebody else has put there is not written to; the work goes on, and it is told.
func TestLockOfSomebodyElse(t *testing.T) {
	dir := t.TempDir()
	j := lockJob("start-all")
	precious := filepath.Join(dir, "precious")
	if err := errors.Join(os.WriteFile(precious, []byte("text"), 0o600), os.Symlink(precious, j.lockPath(dir))); err != nil {
		t.Fatal(err)
	}
	release, err := j.take(dir, starts)
	if err != nil {
		t.Fatal(err)
	}
	release()
	if text, _ := os.ReadFile(precious); string(text) != "text" {
		t.Errorf("now %q", text)
	}
	if said := j.world.Stderr.(*strings.Builder).String(); !strings.HasPrefix(said, "warning: nothing keeps another sparkops") {
		t.Errorf("said %q", said)
	}
}
