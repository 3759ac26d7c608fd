package sandbox_test

import (
	"os"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"

	"sparkops/sandbox"
)

// The test binary is the stand-in of the sandboxes that it makes. When all of them are closed,
// no goroutine is left.
func TestMain(m *testing.M) {
	if sandbox.IsStandIn(os.Args) {
		os.Exit(sandbox.StandIn(os.Args, os.Environ(), os.Stdout, os.Stderr))
	}
	before := runtime.NumGoroutine()
	code := m.Run()
	for end := time.Now().Add(20 * time.Second); code == 0 && runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			pprof.Lookup("goroutine").WriteTo(os.Stdout, 1)
			code = 1
		}
	}
	os.Exit(code)
}
