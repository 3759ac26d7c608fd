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
// left 20 s after them, or beyond them on purpose, is a failure.
//
// It ends the process at once. [os.Exit] waits for a second under the race detector, for races of what
// still runs (GORACE's atexit_sleep_ms); here nothing does, and for all packages that would be a
// third of the time that their tests take. A race that was seen has failed its test by then.
func Main(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.parallel").Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		flag.Set("test.parallel", "16") // they wait most of their time, not for a processor
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGWINCH) // from its first use on os/signal keeps a goroutine
	signal.Stop(signals)
	before := runtime.NumGoroutine()
	code := m.Run()
	fuzzing := flag.Lookup("test.fuzz").Value.String() != "" // it listens for signals from then on
	for end := time.Now().Add(20 * time.Second); code == 0 && !fuzzing && runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			pprof.Lookup("goroutine").WriteTo(os.Stdout, 1)
			code = 1
		}
	}
	syscall.Exit(code)
}
