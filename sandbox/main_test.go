package sandbox_test

import (
	"os"
	"testing"

	"sparkops/sandbox"
	"sparkops/shell/shelltest"
)

// The test binary is the stand-in of the sandboxes that it makes.
func TestMain(m *testing.M) {
	if sandbox.IsStandIn(os.Args) {
		os.Exit(sandbox.StandIn(os.Args, os.Environ(), os.Stdout, os.Stderr))
	}
	shelltest.Main(m)
}
