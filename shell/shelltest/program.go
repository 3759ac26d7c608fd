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
