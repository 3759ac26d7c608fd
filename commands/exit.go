package commands

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"sparkops/report"
	"sparkops/shell"
)

// The exit codes. README and `sparkops help exit-codes` print this table.
const (
	exitOK            = 0
	exitError         = 1
	exitUsage         = 2
	exitNotWell       = 3
	exitUnreachable   = 4
	exitFailed        = 5
	exitNotRegistered = 6
	exitHeld          = 9
	exitHostKey       = 77
	exitInterrupted   = 130
	exitTerminated    = 143
)

var exitCodes = []struct {
	codes   string
	meaning string
}{
	{"0", "everything asked for is true on every selected host"},
	{"1", "an error of sparkops or of this machine, before any host was touched"},
	{"2", "usage or configuration: nothing was tried"},
	{"3", "doctor: a check failed; status: something is not running or not registered"},
	{"4", "some hosts unreachable, none failed"},
	{"5", "some hosts failed (others may be unreachable)"},
	{"6", "started, but not all registered in time"},
	{"9", "another sparkops holds the cluster's lock"},
	{"77", "a host key was refused on at least one host (before 4 and 5)"},
	{"130, 143", "interrupted, terminated"},
}

// printExitCodes writes the table as Markdown, the same as in the README.
func printExitCodes(w io.Writer) {
	fmt.Fprintln(w, "| code | meaning |\n| --- | --- |")
	for _, e := range exitCodes {
		fmt.Fprintf(w, "| %s | %s |\n", e.codes, e.meaning)
	}
}

// Interrupt is the cause with which main cancels the context when a signal comes.
type Interrupt struct{ Signal os.Signal }

func (i Interrupt) Error() string { return "interrupted by " + i.Signal.String() }

// ExitCode is 128 and the number of the signal, as a shell has it.
func (i Interrupt) ExitCode() int {
	if i.Signal == os.Interrupt || i.Signal == syscall.SIGINT {
		return exitInterrupted
	}
	return exitTerminated // TERM, or the terminal has gone
}

// mistake is an error in what was typed or configured: nothing was tried.
type mistake struct {
	err  error
	hint string
}

func (m *mistake) Error() string { return m.err.Error() }
func (m *mistake) Unwrap() error { return m.err }

func mistakef(hint, format string, args ...any) error {
	return &mistake{err: fmt.Errorf(format, args...), hint: hint}
}

// exitOfError is the code for an error that came before any host was touched, and what to
// type about it.
func exitOfError(err error) (code int, hint string) {
	if i, ok := errors.AsType[Interrupt](err); ok {
		return i.ExitCode(), ""
	}
	if _, ok := errors.AsType[*heldError](err); ok {
		return exitHeld, "wait until it has ended: sparkops status shows what it has done"
	}
	if m, ok := errors.AsType[*mistake](err); ok {
		return exitUsage, m.hint
	}
	return exitError, ""
}

// exitOfRows is the code for results.
func exitOfRows(rows []report.Row) int {
	has := map[int]bool{}
	for _, row := range rows {
		switch {
		case row.Class == string(shell.ClassHostKey):
			has[exitHostKey] = true
		case row.Status == report.Unreachable:
			has[exitUnreachable] = true
		case row.Status == report.Fail && row.Class == string(shell.ClassNotRegistered):
			has[exitNotRegistered] = true
		case row.Status == report.Fail, row.Status == report.Unknown:
			has[exitFailed] = true
		}
	}
	for _, code := range []int{exitHostKey, exitFailed, exitNotRegistered, exitUnreachable} {
		if has[code] {
			return code
		}
	}
	for _, row := range rows {
		if row.Status == report.Skipped {
			return exitFailed // not tried is not as asked
		}
	}
	return exitOK
}
