// Package shelltest is the contract of [shell.Runner] as tests. What holds for one runner
// holds for all: the same [Runner] is called for this machine and for connections.
package shelltest

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"sparkops/shell"
)

// soon is far more than any of the scripts here needs, and less than a sleep in them.
const soon = 40 * time.Second

// Runner tests all that a runner promises. Scripts run in any directory and write nothing.
func Runner(t *testing.T, r shell.Runner) {
	run(t, r, shell.Script{Body: ":"}) // by now whatever serves the runner has begun too
	before := runtime.NumGoroutine()
	Beside(t, r)
	goroutines(t, before)
}

// Beside is Runner where other tests run at the same time: goroutines are for those to count
// who wait for all of them.
func Beside(t *testing.T, r shell.Runner) {
	t.Run("contract", func(t *testing.T) { contract(t, r) }) // until its last case has ended
}

func contract(t *testing.T, r shell.Runner) {
	for _, c := range []struct {
		name string
		test func(*testing.T, shell.Runner)
	}{
		{"answers", answers}, {"variables", variables}, {"long scripts", longScripts}, {"much output", muchOutput},
		{"slow writer", slowWriter}, {"several at a time", severalAtATime},
		{"child holds the output", childHoldsOutput}, {"killed shell", killedShell}, {"killed shell, output held", killedShellHeld},
		{"cancel", cancelled}, {"deadline", deadline}, {"context done before", doneBefore},
		{"refused scripts", refusedScripts},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			c.test(t, r)
		})
	}
}

// goroutines fails the test if there are more goroutines than before and they stay.
func goroutines(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(soon); runtime.NumGoroutine() > before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			all := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, all[:runtime.Stack(all, true)])
		}
	}
}

// run runs a script that has to come to its end.
func run(t *testing.T, r shell.Runner, s shell.Script) shell.Output {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	out, err := r.Run(ctx, s)
	if err != nil {
		t.Fatalf("%.60q: %v", s.Body, err)
	}
	return out
}

// fails runs a script that must not come to its end, and returns why.
func fails(t *testing.T, ctx context.Context, r shell.Runner, s shell.Script) *shell.Error {
	t.Helper()
	begin := time.Now()
	out, err := r.Run(ctx, s)
	if took := time.Since(begin); took > soon {
		t.Errorf("it took %v", took)
	}
	e, ok := err.(*shell.Error)
	if !ok {
		t.Fatalf("%.60q: %+v, %v (a %T)", s.Body, out, err, err)
	}
	return e
}

func answers(t *testing.T, r shell.Runner) {
	for _, c := range []struct {
		body, out, errs string
		code            int
	}{
		{"", "", "", 0},
		{"echo one; echo two >&2", "one\n", "two\n", 0},
		{"printf 'no newline'; printf ' here' >&2", "no newline", " here", 0},
		{`printf 'a\000b\377\r\n\n'`, "a\x00b\xff\r\n\n", "", 0},
		{"exit 7", "", "", 7},
		{"exit 255", "", "", 255},
		{"false", "", "", 1},
		{"no-such-command 2>/dev/null", "", "", 127},
		{"set -e; false; echo never", "", "", 1},
		{"exec sh -c 'echo other; exit 4'", "other\n", "", 4},
		{"exec >&- 2>&-; exit 3", "", "", 3},
		{"cat; read x || echo eof", "eof\n", "", 0},
		{"echo a comment # at the end", "a comment\n", "", 0},
		{"cat <<E\nhere\nE", "here\n", "", 0},
		{"trap 'echo trapped' EXIT; exit 5", "trapped\n", "", 5},
	} {
		out := run(t, r, shell.Script{Name: "answer", Body: c.body})
		if out.Code != c.code || string(out.Stdout) != c.out || string(out.Stderr) != c.errs || out.Truncated {
			t.Errorf("%q: %+q %+q, code %d, truncated %v", c.body, out.Stdout, out.Stderr, out.Code, out.Truncated)
		}
	}
}

func variables(t *testing.T, r shell.Runner) {
	var all []byte
	for b := 1; b < 256; b++ {
		all = append(all, byte(b))
	}
	for _, value := range []string{"", "'", `'\''`, `\`, "$(exit 3)`exit 3`$HOME", "two\n\n", "\n", "-n", "ü€", string(all), string(all) + string(all)} {
		out := run(t, r, shell.Script{Vars: []shell.Var{{Name: "value", Value: value}, {Name: "_2", Value: "last"}}, Body: `printf %s "$value$_2"`})
		if string(out.Stdout) != value+"last" {
			t.Errorf("sent %+q, got %+q", value+"last", out.Stdout)
		}
	}
}

// A command string may have 128 KiB; what travels on standard input may have more.
func longScripts(t *testing.T, r shell.Runner) {
	value := strings.Repeat("0123456789abcde\n", 3<<14)
	body := strings.Repeat(": a line of the script that does nothing\n", 10_000) + `printf %s "$value"`
	var out bytes.Buffer
	run(t, r, shell.Script{Vars: []shell.Var{{Name: "value", Value: value}}, Body: body, Stdout: &out})
	if out.String() != value {
		t.Errorf("%d bytes came back of %d", out.Len(), len(value))
	}
}

func muchOutput(t *testing.T, r shell.Runner) {
	size := 3 << 20
	if Watched {
		size = shell.MaxKept + 1<<16
	}
	body := fmt.Sprintf("head -c %d /dev/zero & head -c %[1]d /dev/zero >&2; wait; printf end", size)
	var stdout, stderr bytes.Buffer
	out := run(t, r, shell.Script{Body: body, Stdout: &stdout, Stderr: &stderr})
	if stdout.Len() != size+3 || stderr.Len() != size || out.Truncated || out.Stdout != nil || out.Stderr != nil {
		t.Errorf("through writers: %d and %d bytes, truncated %v", stdout.Len(), stderr.Len(), out.Truncated)
	}
	out = run(t, r, shell.Script{Body: body})
	if len(out.Stdout) != shell.MaxKept || len(out.Stderr) != shell.MaxKept || !out.Truncated {
		t.Errorf("kept: %d and %d bytes, truncated %v", len(out.Stdout), len(out.Stderr), out.Truncated)
	}
	out = run(t, r, shell.Script{Body: fmt.Sprintf("head -c %d /dev/zero", shell.MaxKept)})
	if len(out.Stdout) != shell.MaxKept || out.Truncated {
		t.Errorf("just enough: %d bytes, truncated %v", len(out.Stdout), out.Truncated)
	}
}

// pausing is a writer that is paused once, as a pager is: the script ends meanwhile.
type pausing struct {
	bytes.Buffer
	paused bool
}

func (p *pausing) Write(b []byte) (int, error) {
	if !p.paused {
		p.paused = true
		time.Sleep(shell.Settle + 500*time.Millisecond)
	}
	return p.Buffer.Write(b)
}

func slowWriter(t *testing.T, r shell.Runner) {
	var out pausing
	run(t, r, shell.Script{Body: "head -c 90000 /dev/zero; echo end", Stdout: &out})
	if out.Len() != 90004 {
		t.Errorf("%d bytes", out.Len())
	}
}

func severalAtATime(t *testing.T, r shell.Runner) {
	type answer struct {
		shell.Output
		err error
	}
	answers := make([]chan answer, 24)
	for i := range answers {
		answers[i] = make(chan answer, 1)
		go func() {
			number := shell.Var{Name: "number", Value: fmt.Sprint(i)}
			out, err := r.Run(t.Context(), shell.Script{Vars: []shell.Var{number}, Body: `echo "$number"; echo "err $number" >&2; exit "$number"`})
			answers[i] <- answer{out, err}
		}()
	}
	for i, c := range answers {
		a := <-c
		if a.err != nil || a.Code != i || string(a.Stdout) != fmt.Sprintln(i) || string(a.Stderr) != fmt.Sprintln("err", i) {
			t.Errorf("%d: %+v, %v", i, a.Output, a.err)
		}
	}
}
