package shelltest

import (
	"flag"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Main runs the tests of a package, for its TestMain, and does not return. A goroutine that is
// left 20 s after them is a failure.
//
// Where none is left, the process ends at once. [os.Exit] waits for a second under the race detector, for
// races of what still runs (GORACE's atexit_sleep_ms), which for all packages would be a third of
// the time that their tests take. A race that was seen has failed its test by then.
func Main(m *testing.M) {
	flag.Parse()
	fuzzing := flag.Lookup("test.fuzz").Value.String() != ""
	if n, _ := strconv.Atoi(flag.Lookup("test.parallel").Value.String()); n < 16 && !fuzzing {
		flag.Set("test.parallel", "16") // they wait most of their time, not for a processor
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGWINCH) // from its first use on os/signal keeps a goroutine
	signal.Stop(signals)
	before := runtime.NumGoroutine()
	code := m.Run()
	if code == 0 && runtime.NumGoroutine() <= before {
		syscall.Exit(0)
	}
	for end := time.Now().Add(20 * time.Second); code == 0 && !fuzzing && runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			pprof.Lookup("goroutine").WriteTo(os.Stdout, 1)
			code = 1
		}
	}
	os.Exit(code)
}
