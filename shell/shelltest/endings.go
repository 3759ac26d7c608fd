package shelltest

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"sparkops/shell"
)

// kill ends a process that a script has left behind.
func kill(t *testing.T, r shell.Runner, pid string) {
	t.Helper()
	out := run(t, r, shell.Script{Vars: []shell.Var{{Name: "pid", Value: strings.TrimSpace(pid)}}, Body: `kill -9 "$pid"`})
	if out.Code != 0 {
		t.Errorf("the child was not there: %s", out.Stderr)
	}
}

func childHoldsOutput(t *testing.T, r shell.Runner) {
	begin := time.Now()
	out := run(t, r, shell.Script{Body: "sleep 60 & echo $!; exit 3"})
	if took := time.Since(begin); took > soon || out.Code != 3 {
		t.Errorf("code %d after %v", out.Code, took)
	}
	kill(t, r, string(out.Stdout))
}

func killedShell(t *testing.T, r shell.Runner) {
	e := fails(t, t.Context(), r, shell.Script{Body: "kill -9 $$"})
	if e.Class != shell.ClassLost || !e.Began {
		t.Errorf("class %s, began %v: %v", e.Class, e.Began, e)
	}
}

func killedShellHeld(t *testing.T, r shell.Runner) {
	var pid bytes.Buffer
	e := fails(t, t.Context(), r, shell.Script{Body: "sleep 60 & echo $!; kill -9 $$", Stdout: &pid})
	if e.Class != shell.ClassLost || !e.Began {
		t.Errorf("class %s, began %v: %v", e.Class, e.Began, e)
	}
	run(t, r, shell.Script{Vars: []shell.Var{{Name: "pid", Value: strings.TrimSpace(pid.String())}}, Body: `kill -9 "$pid"`})
}

// first calls then at its first byte, and keeps all of them. It has no lock: nothing may be
// written to it once Run has returned.
type first struct {
	bytes.Buffer
	then func()
}

func (f *first) Write(b []byte) (int, error) {
	if f.Len() == 0 {
		f.then()
	}
	return f.Buffer.Write(b)
}

func cancelled(t *testing.T, r shell.Runner) {
	for _, body := range []string{"echo begun; sleep 60", "while :; do echo more; done", "trap '' TERM; echo begun; sleep 60; sleep 60"} {
		ctx, cancel := context.WithCancel(t.Context())
		out := &first{then: cancel}
		e := fails(t, ctx, r, shell.Script{Body: body, Stdout: out})
		if e.Class != shell.ClassCancelled || !e.Began {
			t.Errorf("%s: class %s, began %v: %v", body, e.Class, e.Began, e)
		}
		length := out.Len()
		time.Sleep(20 * time.Millisecond)
		if out.Len() != length {
			t.Errorf("%s: the writer was written to after Run had returned", body)
		}
	}
}

func deadline(t *testing.T, r shell.Runner) {
	begun := make(chan struct{})
	ctx, cancel := context.WithTimeoutCause(t.Context(), 500*time.Millisecond, shell.Errorf(shell.ClassPort, "hint", "the cause"))
	defer cancel()
	e := fails(t, ctx, r, shell.Script{Body: "echo begun; sleep 60", Stdout: &first{then: func() { close(begun) }}})
	if e.Class != shell.ClassPort || e.Hint != "hint" || e.Error() != "the cause" {
		t.Errorf("a cause with a class: %+v", e)
	}
	select {
	case <-begun:
		if !e.Began {
			t.Error("it began, and the error does not say so")
		}
	default: // a machine under load
	}
	ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if e := fails(t, ctx, r, shell.Script{Body: "sleep 60"}); e.Class != shell.ClassTimeout {
		t.Errorf("a bare deadline: class %s: %v", e.Class, e)
	}
}

func doneBefore(t *testing.T, r shell.Runner) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		var out bytes.Buffer
		e := fails(t, ctx, r, shell.Script{Body: "echo ran", Stdout: &out})
		if e.Class != shell.ClassCancelled || e.Began || out.Len() != 0 {
			t.Fatalf("class %s, began %v, %q", e.Class, e.Began, &out)
		}
	}
}

func refusedScripts(t *testing.T, r shell.Runner) {
	for _, c := range []struct {
		script shell.Script
		class  shell.Class
	}{
		{shell.Script{Body: "echo ran; if"}, shell.ClassShell},
		{shell.Script{Body: "echo ran; echo 'open"}, shell.ClassShell},
		{shell.Script{Vars: []shell.Var{{Name: "a b", Value: ""}}, Body: "echo ran"}, shell.ClassConfig},
		{shell.Script{Vars: []shell.Var{{Name: "a", Value: "\x00"}}, Body: "echo ran"}, shell.ClassConfig},
	} {
		var out bytes.Buffer
		c.script.Stdout = &out
		if e := fails(t, t.Context(), r, c.script); e.Class != c.class || e.Began || out.Len() > 0 {
			t.Errorf("%.60q: class %s, began %v, wrote %q: %v", c.script.Body, e.Class, e.Began, &out, e)
		}
	}
}
