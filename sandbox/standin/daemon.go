package standin

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// watchEvery is how often a stand-in looks whether its SPARK_HOME is still there.
const watchEvery = time.Second

// daemon is what master and worker have in common.
type daemon struct {
	name string // Master or Worker
	env  environ
	log  *logger
	exit chan int // takes the exit code of a daemon that ends by itself
}

// plainly is an error that is shown as it is; any other is a Java exception.
type plainly string

func (p plainly) Error() string { return string(p) }

// run is the frame around start: what the launcher prints, the switches, the signals.
func (d *daemon) run(name string, args []string, start func() error) int {
	d.name = name
	if d.env.get("SPARK_PRINT_LAUNCH_COMMAND") != "" {
		d.log.plain("Spark Command: %s\n%s", strings.Join(args, " "), strings.Repeat("=", 40))
	}
	signals := make(chan os.Signal, 4)
	for _, s := range []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		if !signal.Ignored(s) { // nohup's HUP stays ignored, as a JVM leaves it
			signal.Notify(signals, s)
		}
	}
	hostname, _ := os.Hostname()
	d.log.info(d.name, "Started daemon with process name: %d@%s", os.Getpid(), hostname)
	go func() {
		if err := d.begin(start); err != nil {
			d.tell(err)
			d.exit <- 1
		}
	}()
	return d.wait(signals)
}

// begin starts the daemon, unless a switch is in the way.
func (d *daemon) begin(start func() error) error {
	time.Sleep(d.env.duration("SPARKOPS_STANDIN_DELAY"))
	if text := d.env.get("SPARKOPS_STANDIN_DIE"); text != "" {
		return plainly(text)
	}
	return start()
}

// tell writes why the daemon ends.
func (d *daemon) tell(err error) {
	if text, ok := errors.AsType[plainly](err); ok {
		d.log.plain("%s", text)
		return
	}
	d.log.plain("Exception in thread \"main\" %v", err)
}

// wait returns the exit code when the daemon is to end.
func (d *daemon) wait(signals <-chan os.Signal) int {
	watch := time.NewTicker(watchEvery)
	defer watch.Stop()
	for {
		select {
		case code := <-d.exit:
			return code
		case s := <-signals:
			number := s.(syscall.Signal)
			d.log.line("ERROR", d.name, "RECEIVED SIGNAL %s", signalNames[number])
			if d.env.get("SPARKOPS_STANDIN_STUBBORN") != "" {
				continue
			}
			time.Sleep(d.env.duration("SPARKOPS_STANDIN_STOP_DELAY"))
			d.log.info("ShutdownHookManager", "Shutdown hook called")
			return 128 + int(number)
		case <-watch.C:
			if _, err := os.Stat(d.env.get("SPARK_HOME")); errors.Is(err, os.ErrNotExist) {
				return 1
			}
		}
	}
}

var signalNames = map[syscall.Signal]string{syscall.SIGTERM: "TERM", syscall.SIGINT: "INT", syscall.SIGHUP: "HUP"}

// environ is an environment as [os.Environ] gives it.
type environ []string

// get is the value of a variable, "" if it is not there. The last setting counts.
func (e environ) get(name string) string {
	for i := len(e) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(e[i], name+"="); ok {
			return value
		}
	}
	return ""
}

func (e environ) duration(name string) time.Duration {
	d, _ := time.ParseDuration(e.get(name)) // none is 0
	return d
}

func (e environ) count(name string, otherwise int) int {
	if n, err := strconv.Atoi(e.get(name)); err == nil {
		return n
	}
	return otherwise
}

// logger writes as Spark's default log4j2 pattern does.
type logger struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *logger) plain(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.w, format+"\n", args...)
}

func (l *logger) line(level, class, format string, args ...any) {
	l.plain("%s %s %s: %s", time.Now().Format("06/01/02 15:04:05"), level, class, fmt.Sprintf(format, args...))
}

func (l *logger) info(class, format string, args ...any) { l.line("INFO", class, format, args...) }
func (l *logger) warn(class, format string, args ...any) { l.line("WARN", class, format, args...) }
