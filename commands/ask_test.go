package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// typist is a person at a pseudo-terminal.
type typist struct {
	*testing.T
	screen *os.File // the person's side
	seen   strings.Builder
	*terminal
}

func newTypist(t *testing.T) *typist {
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("NOT TESTED: no pseudo-terminal: ", err)
	}
	t.Cleanup(func() { screen.Close() })
	raw, _ := screen.SyscallConn()
	number := 0
	raw.Control(func(fd uintptr) {
		unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0)
		number, err = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
	})
	if err != nil {
		t.Fatal(err)
	}
	open := func() (*os.File, error) {
		return os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	keep, err := open() // a terminal that nobody holds open has an end of file for its typist
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keep.Close() })
	return &typist{T: t, screen: screen, terminal: &terminal{open: open, turn: make(chan struct{}, 1)}}
}

// waitFor reads the screen until it shows a text.
func (p *typist) waitFor(text string) {
	p.Helper()
	p.screen.SetReadDeadline(time.Now().Add(20 * time.Second))
	b := make([]byte, 1)
	for !strings.HasSuffix(p.seen.String(), text) {
		if _, err := p.screen.Read(b); err != nil {
			p.Fatalf("waiting for %q: %v; seen %q", text, err, p.seen.String())
		}
		p.seen.Write(b)
	}
}

func (p *typist) types(text string) { p.screen.WriteString(text) }

func TestAsk(t *testing.T) {
	p := newTypist(t)
	answer := make(chan string)
	go func() {
		secret, err := p.Secret(t.Context(), "password for \x1b[2Jspark@w1")
		answer <- fmt.Sprint(secret, err)
	}()
	p.waitFor("password for ?[2Jspark@w1: ")
	p.types("top secret\r")
	if got := <-answer; got != "top secret<nil>" {
		t.Errorf("got %s", got)
	}
	for typed, want := range map[string]bool{"y\r": true, "Yes\r": true, "\r": false, "n\r": false, "whatever\r": false} {
		go func() {
			yes, err := p.Confirm(t.Context(), "two unknown hosts:\n  w1 SHA256:abc\nconnect?")
			answer <- fmt.Sprintf("%v %v", yes, err)
		}()
		p.waitFor("connect? [y/N] ")
		p.types(typed)
		if got := <-answer; got != fmt.Sprintf("%v <nil>", want) {
			t.Errorf("%q: got %s", typed, got)
		}
	}
	if seen := p.seen.String(); strings.Contains(seen, "top secret") || !strings.Contains(seen, "hosts:\r\n  w1 SHA256:abc\r\n") {
		t.Errorf("seen: %q", seen)
	}
}

// A question whose time has passed is taken back, and one that waits for its turn too.
func TestAskInVain(t *testing.T) {
	p := newTypist(t)
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("late")
	errs := make(chan error)
	for range 2 {
		go func() {
			_, err := p.Secret(ctx, "password")
			errs <- err
		}()
	}
	p.waitFor("password: ")
	cancel(why)
	for range 2 {
		if err := <-errs; !errors.Is(err, why) {
			t.Error(err)
		}
	}
	for deadline := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// Ctrl-D is no answer, Ctrl-C the end of the run.
func TestAskUnanswered(t *testing.T) {
	p := newTypist(t)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	defer signal.Stop(signals)
	errs := make(chan error)
	for _, typed := range []string{"\x04", "\x03"} {
		go func() {
			_, err := p.Secret(t.Context(), "passphrase")
			errs <- err
		}()
		p.waitFor("passphrase: ")
		p.types(typed)
		if err := <-errs; !errors.Is(err, errNoAnswer) {
			t.Errorf("%q: %v", typed, err)
		}
		select {
		case <-signals:
			if typed == "\x04" {
				t.Error("Ctrl-D made a signal")
			}
		default:
			if typed == "\x03" {
				t.Error("Ctrl-C made no signal")
			}
		}
		p.seen.Reset()
	}
}
