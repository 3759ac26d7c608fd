//go:build linux

package e2e

import (
	"regexp"
	"syscall"
	"testing"
	"time"
)

var wholeNumber = regexp.MustCompile(`^[1-9][0-9]*$`)

// A Ctrl-C ends start-all soon, with a report of what is known.
func TestInterrupted(t *testing.T) {
	onLast(t, func(b *bed) {
		for _, delay := range []time.Duration{200 * time.Millisecond, 1500 * time.Millisecond} {
			run, after, err := b.signalled(syscall.SIGINT, delay)
			b.must(err)
			if run.Exit != 130 || len(run.Report.Results) == 0 {
				b.Errorf("interrupted after %v: %s", delay, run)
			}
			if after > 5*time.Second {
				b.Errorf("it took %v to end after SIGINT", after)
			}
			for _, row := range run.Report.Results {
				if row.Status == "fail" {
					b.Errorf("interrupted work is reported as %+v", row)
				}
			}
			b.wantRecovery()
		}
	})
}

// Whatever moment sparkops is killed at, the next one finds a state it can work with.
func TestKilledOutright(t *testing.T) {
	onFirst(t, func(b *bed) {
		for _, delay := range []time.Duration{150 * time.Millisecond, 500 * time.Millisecond, 1500 * time.Millisecond} {
			// There is no report: it had no time for one.
			b.signalled(syscall.SIGKILL, delay)
			b.wantWholePidFiles()
			b.wantRecovery()
		}
	})
}

// signalled runs start-all and sends it a signal that long after it began.
func (b *bed) signalled(signal syscall.Signal, delay time.Duration) (Run, time.Duration, error) {
	b.Helper()
	type ended struct {
		run Run
		err error
	}
	done := make(chan ended, 1)
	go func() {
		run, err := b.Sparkops(b.ctx, "start-all")
		done <- ended{run, err}
	}()
	var running []Process
	b.must(Until(b.ctx, "sparkops runs", func() (bool, error) {
		var err error
		running, err = b.Launcher.Named("sparkops")
		return len(running) > 0, err
	}))
	time.Sleep(delay)
	sent := time.Now()
	b.must(running[0].Signal(signal))
	e := <-done
	return e.run, time.Since(sent), e.err
}

// wantWholePidFiles wants every pid file to hold a number and nothing else.
func (b *bed) wantWholePidFiles() {
	b.Helper()
	for _, h := range b.Hosts() {
		files, err := h.PidFiles()
		b.must(err)
		for name, content := range files {
			if !wholeNumber.MatchString(content) {
				b.Errorf("%s of %s holds %q", name, h.Name, content)
			}
		}
	}
}

// wantRecovery wants the next start-all to leave one of each, and stop-all none.
func (b *bed) wantRecovery() {
	b.Helper()
	b.sparkops(0, "start-all")
	b.wantDaemons(all(1))
	b.wantAlive(all(1))
	b.wantWholePidFiles()
	b.sparkops(0, "stop-all")
	b.wantNothingLeft()
}
