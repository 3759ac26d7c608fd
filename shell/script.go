package shell

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// Command is what a runner starts on the machine; the script follows on its
// standard input. Plain words survive bash, dash, zsh, tcsh and fish as login shells.
const Command = "/bin/sh -s"

// Runner carries scripts to one machine and brings back their answers.
//
// A script that exits 1 is an answer. An error means that it was not run to its
// end, or that nobody can tell; it is always an [*Error]. Run returns when the script
// has ended, also if some child of it still holds its output open, and in any case
// soon after ctx is done, unless a writer of the script blocks: that is waited for.
// Runners may be used by several goroutines at a time.
type Runner interface {
	Run(ctx context.Context, s Script) (Output, error)
}

// Script is a POSIX sh script and its inputs.
type Script struct {
	Name string // a word for messages and dry runs: "start"
	Vars []Var  // set before Body, in this order
	Body string // the text; it may exit, its standard input is /dev/null

	// Stdout and Stderr receive what Body writes, byte for byte, each from a goroutine of
	// its own, and nothing after Run has returned. Where one is nil, the first MaxKept
	// bytes are kept in the Output.
	Stdout, Stderr io.Writer
}

// Var is one input of a script. The name is a shell name, the value may hold any
// byte but NUL.
type Var struct{ Name, Value string }

// Quote returns s as one word of POSIX sh.
func Quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Text returns the script as one could type it into sh: the variables, then the body.
func (s Script) Text() (string, error) {
	var b strings.Builder
	for _, v := range s.Vars {
		if !isName(v.Name) {
			return "", fmt.Errorf("script %s: %q is not a variable name", s.Name, v.Name)
		}
		if strings.ContainsRune(v.Value, 0) {
			return "", fmt.Errorf("script %s: the value of %s holds a NUL byte", s.Name, v.Name)
		}
		fmt.Fprintf(&b, "%s=%s\n", v.Name, Quote(v.Value))
	}
	b.WriteString(s.Body)
	return b.String(), nil
}

func isName(s string) bool {
	for i, r := range s {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
