// Sparkops starts, stops and looks after Apache Spark standalone clusters. This file is the
// edge of the process: streams and signals in, exit code out; everything else is in package
// commands.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"sparkops/commands"
	"sparkops/sandbox"
	"sparkops/ssh"
)

func main() { os.Exit(run()) }

// run is the program: sparkops, a sandbox's stand-in for java, or what hands OpenSSH's client
// its way to a host.
func run() int {
	if ssh.IsWay(os.Args) {
		return ssh.Way(os.Args, os.Stdout)
	}
	if sandbox.IsStandIn(os.Args) {
		return sandbox.StandIn(os.Args, os.Environ(), os.Stdout, os.Stderr)
	}
	// A reader that has gone away is an error of a write, and no end before all is cleared up.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	go interrupts(cancel)
	executable, err := os.Executable()
	if err != nil {
		executable = os.Args[0]
	}
	return commands.Run(ctx, commands.World{
		Args: os.Args, Env: os.Environ(), Executable: executable,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Terminal:  func() (*os.File, error) { return os.OpenFile("/dev/tty", os.O_RDWR, 0) },
		StdoutTTY: isTerminal(os.Stdout), StderrTTY: isTerminal(os.Stderr),
	})
}

// interrupts makes the first signal an orderly end, with a report of what is known, and the
// second one an end at once.
func interrupts(cancel context.CancelCauseFunc) {
	signals := make(chan os.Signal, 2)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) { // as nohup has it, and a shell for what it runs in the background
			signal.Notify(signals, s)
		}
	}
	cancel(commands.Interrupt{Signal: <-signals})
	for again := time.After(echo); ; {
		select {
		case <-again:
			again = nil
		case s := <-signals:
			if again == nil {
				os.Exit(commands.Interrupt{Signal: s}.ExitCode())
			}
		}
	}
}

// echo is how long after the first signal another is the same wish: timeout(1) sends it to the
// process and then to its group.
const echo = 300 * time.Millisecond

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
