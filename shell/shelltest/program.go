package shelltest

import (
	"os"
	"os/exec"
	"testing"
)

// Program is the path of a program that a test holds something against. Without it the test
// is skipped and says so; with CI=true it fails.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatalf("no %s on this machine: CI must test with it", name)
	default:
		t.Skipf("NOT TESTED: no %s on this machine", name)
	}
	return path
}

// EndsAtOnce is for the environment of processes that a test starts of its own binary. Under the
// race detector they would sleep for a second before they end, and what waits for that with them.
// What the detector has seen by then is reported all the same.
const EndsAtOnce = "GORACE=atexit_sleep_ms=0"

// Unwatched is for a test in which the race detector sees nothing that it does not see in others:
// one that holds one thing after the other against another program, or waits for seconds. It
// makes them slow, so that they are skipped under it. make unit runs them without.
func Unwatched(t testing.TB) {
	t.Helper()
	if Watched {
		t.Skip("run without the race detector")
	}
}
