package envfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sparkops/envfile"
)

// Whatever a file does, Load comes back: with an answer where there is one, else with an error
// that says what the file was doing.
func TestBounds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       string // of A; "" if there is to be an error
		err        string
	}{
		{name: "it hangs", text: "echo here; while :; do :; done", err: `it did not come to its end within 300ms; it said "here"`},
		{name: "it waits for a child", text: "sleep 60", err: "within 300ms"},
		{name: "it waits for many children", text: "for i in 1 2 3 4 5 6 7 8; do sleep 60.TAG & done; wait", err: "within 300ms"},
		{name: "a child stays", text: "A=1\nsleep 1 &", want: "1"},
		{name: "a child stays and writes on", text: "A=1\n(while echo y; do :; done) &", want: "1"},
		{name: "it writes endlessly", text: "while :; do echo endless; done", err: "within 300ms"},
		{name: "it writes endlessly to the answer's descriptor", text: "A=1\nwhile :; do echo endless >&119; done", err: "within 300ms"},
		{name: "it reads its input", text: "read x; cat; A=1$x", want: "1"},
		{name: "it reads the terminal", text: "read x </dev/tty; A=1$x", want: "1"},
		{name: "it waits in a trap", text: "A=1\ntrap 'sleep 60' EXIT", want: "1"},
		{name: "a value that no program can be given", text: "A=$(printf %0200000d 1)", err: "Argument list too long"},
		{name: "it ends its shell", text: "A=1\nkill -9 $$", err: "signal: killed"},
		{name: "it stops its shell", text: "A=1\nkill -STOP $$", err: "within 300ms"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tag := fmt.Sprint(os.Getpid())
			o := options(t, strings.ReplaceAll(tt.text, "TAG", tag))
			o.Timeout = 10 * time.Second
			if strings.Contains(tt.err, "300ms") {
				o.Timeout = 300 * time.Millisecond
			}
			if tt.name == "it waits in a trap" {
				o.Timeout = time.Second
			}
			began := time.Now()
			env, err := envfile.Load(t.Context(), o)
			if took := time.Since(began); took > 8*time.Second {
				t.Errorf("it took %v", took)
			}
			switch {
			case tt.err == "" && (err != nil || env.Vars["A"] != tt.want):
				t.Errorf("got %+v, %v", env, err)
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("got %+v, %v", env, err)
			}
			if strings.Contains(tt.text, "TAG") {
				gone(t, "60."+tag)
			}
		})
	}
}

// gone waits until no process has the word among its arguments.
func gone(t *testing.T, word string) {
	t.Helper()
	for range 200 {
		left := 0
		all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, name := range all {
			if line, err := os.ReadFile(name); err == nil && bytes.HasSuffix(line, []byte("\x00"+word+"\x00")) {
				left++
			}
		}
		if left == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("processes with %s are left", word)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want []envfile.Fault // of Syntax
		load bool            // Load finds the same
	}{
		{"A=1\nif then\nB=2", []envfile.Fault{{2, "syntax error near unexpected token `then'"}}, true},
		{"A=1\nB=\"2\nC=3\n", []envfile.Fault{{2, "unexpected EOF while looking for matching `\"'"}}, true},
		{"A=1 (2)\n", []envfile.Fault{{1, "syntax error near unexpected token `('"}}, true},
		{"A=1\n", nil, true},
		// bash -n does not run the shopt, and the file does say this, but not as bash.
		{"shopt -s extglob\ncase 1 in !(2)) A=1;; esac\n", []envfile.Fault{{2, "syntax error near unexpected token `('"}}, false},
		{"echo \"$BASH_SOURCE: line 1: syntax error near unexpected token\"\n", nil, true},
		{"nosuchcommand\n", nil, true},
	}
	for _, tt := range tests {
		o := options(t, tt.text)
		got, err := envfile.Syntax(t.Context(), o)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%q: bash -n: %v, %v", tt.text, got, err)
		}
		env, err := envfile.Load(t.Context(), o)
		if err != nil || tt.load != (fmt.Sprint(env.Faults) == fmt.Sprint(tt.want)) || !tt.load && env.Faults != nil {
			t.Errorf("%q: Load: %v, %v", tt.text, env, err)
		}
	}
	o := options(t, "")
	o.Bash = "/nowhere/bash"
	if _, err := envfile.Syntax(t.Context(), o); err == nil {
		t.Error("no bash, and no error")
	}
	o = options(t, "A=1\r\n")
	if _, err := envfile.Load(t.Context(), o); !errors.Is(err, envfile.ErrCR) {
		t.Errorf("a CR: %v", err)
	}
}
