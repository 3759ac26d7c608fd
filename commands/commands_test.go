package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sparkops/fleet"
	"sparkops/report"
	"sparkops/shell"
	"sparkops/spark"
)

func TestArrange(t *testing.T) {
	all := newApp(World{Args: []string{"sparkops"}}).all
	tests := []struct {
		line    string
		command string
		flags   string
		args    string
	}{
		{"status -o json", "status", "-o json", ""},
		{"-o json status", "status", "-o json", ""},
		{"exec -w w1 -- df -h", "exec", "-w w1", "df -h"},
		{"-q status stray -v", "status", "-q -v", "stray"},
		{"start-all --wait-timeout=3s --dry-run x", "start-all", "--wait-timeout=3s --dry-run", "x"},
		{"--version", "", "--version", ""},
		{"exec --timeout", "exec", "--timeout", ""},
		{"-- status", "", "", "status"},
	}
	for _, tt := range tests {
		a := arrange(strings.Fields(tt.line), all)
		if got := []string{a.command, strings.Join(a.flags, " "), strings.Join(a.args, " ")}; !slices.Equal(got, []string{tt.command, tt.flags, tt.args}) {
			t.Errorf("%s: got %q", tt.line, got)
		}
	}
}

func TestEnvironmentIsAFlagThatAFlagBeats(t *testing.T) {
	all := newApp(World{Args: []string{"sparkops"}}).all
	env := func(name string) (string, bool) {
		value, ok := map[string]string{"SPARKOPS_OUTPUT": "json", "SPARKOPS_CONF_DIR": "/c", "SPARKOPS_FANOUT": ""}[name]
		return value, ok
	}
	got := arrange([]string{"status", "-o", "text"}, all).fromEnvironment(find(all, "status"), env)
	if want := []string{"--conf-dir=/c"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEveryFlagIsOnceInACommand(t *testing.T) {
	for _, c := range newApp(World{Args: []string{"sparkops"}}).all {
		seen := map[string]bool{}
		for _, f := range c.Flags {
			for _, name := range f.Names() {
				if seen[name] {
					t.Errorf("%s has --%s twice", c.Name, name)
				}
				seen[name] = true
			}
		}
	}
}

func TestExitOfRows(t *testing.T) {
	ok, down := report.Row{Status: report.OK}, report.Row{Status: report.Unreachable, Class: "timeout"}
	failed := report.Row{Status: report.Fail, Class: "died"}
	late := report.Row{Status: report.Fail, Class: "not-registered"}
	key := report.Row{Status: report.Unreachable, Class: "hostkey"}
	skipped := report.Row{Status: report.Skipped}
	unknown := report.Row{Status: report.Unknown, Class: "timeout"}
	tests := []struct {
		rows []report.Row
		want int
	}{
		{nil, 0}, {[]report.Row{ok, {Status: report.Changed}, {Status: report.Warn}}, 0},
		{[]report.Row{ok, down}, 4}, {[]report.Row{down, failed}, 5}, {[]report.Row{down, late}, 6},
		{[]report.Row{late, failed}, 5}, {[]report.Row{failed, key}, 77}, {[]report.Row{skipped}, 5},
		{[]report.Row{down, skipped}, 4}, {[]report.Row{unknown, down}, 5},
	}
	for _, tt := range tests {
		if got := exitOfRows(tt.rows); got != tt.want {
			t.Errorf("%v: got %d, want %d", tt.rows, got, tt.want)
		}
	}
}

func TestVerdict(t *testing.T) {
	begun := &shell.Error{Class: shell.ClassTimeout, Began: true, Err: errors.New("late")}
	tests := []struct {
		o    spark.Outcome
		want report.Status
	}{
		{spark.Outcome{}, report.OK}, {spark.Outcome{Changed: true}, report.Changed},
		{spark.Outcome{Changed: true, Warning: "x"}, report.Warn}, {spark.Outcome{Class: shell.ClassDied}, report.Fail},
		{spark.Outcome{Err: begun, Class: shell.ClassTimeout}, report.Unknown},
		{spark.Outcome{Err: shell.Errorf(shell.ClassAuth, "", "no")}, report.Unreachable},
		{spark.Outcome{Err: &fleet.SkippedError{Why: begun}}, report.Skipped},
	}
	for _, tt := range tests {
		if got := verdict(tt.o); got != tt.want {
			t.Errorf("%+v: got %s, want %s", tt.o, got, tt.want)
		}
	}
}

// The README's table of exit codes is the one that sparkops prints.
func TestExitCodesStandInTheReadme(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	printExitCodes(&b)
	if !strings.Contains(string(text), b.String()) {
		t.Errorf("README.md lacks this table:\n%s", b.String())
	}
}

func TestInterruptHasTheCodeOfItsSignal(t *testing.T) {
	for signal, want := range map[os.Signal]int{os.Interrupt: 130, syscall.SIGTERM: 143} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(Interrupt{Signal: signal})
		if code, _ := exitOfError(fmt.Errorf("while reading: %w", context.Cause(ctx))); code != want {
			t.Errorf("%v: got %d, want %d", signal, code, want)
		}
	}
}

func TestSelf(t *testing.T) {
	me, err := newSelf("me")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, user string
		port       int
		jump, want bool
	}{
		{"localhost", "me", 22, false, true},
		{"127.0.0.1", "me", 22, false, true},
		{strings.ToUpper(me.names[1]), "me", 22, false, true},
		{"localhost", "you", 22, false, false},
		{"localhost", "me", 2222, false, false},
		{"localhost", "me", 22, true, false},
		{"192.0.2.1", "me", 22, false, false},
		{"no-such-host.invalid", "me", 22, false, false},
	}
	for _, tt := range tests {
		if got := me.is(t.Context(), tt.name, tt.user, tt.port, tt.jump); got != tt.want {
			t.Errorf("%+v: got %v", tt, got)
		}
	}
}

func TestQuoteWords(t *testing.T) {
	if got, want := quoteWords([]string{"exec", "--", "ls", "a b", "", "it's"}), `exec -- ls 'a b' '' 'it'\''s'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCaptureSpillsPastOneMiB(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var c capture
	chunk := []byte(strings.Repeat("x", 700_000))
	for range 3 {
		c.Write(chunk)
	}
	text, raw, file := c.json()
	if text != nil || raw != nil || file == "" || c.trouble() != nil {
		t.Fatalf("json: %v %v %q, %v", text, raw, file, c.trouble())
	}
	whole, err := os.ReadFile(file)
	if err != nil || len(whole) != 2_100_000 {
		t.Errorf("the file holds %d bytes, %v", len(whole), err)
	}
}

// In text all of it is shown, and no file is left.
func TestCaptureShowsAll(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	var c capture
	line := strings.Repeat("x", 99) + "\n"
	for range 20_000 {
		c.Write([]byte(line))
	}
	c.Write([]byte("end"))
	var b strings.Builder
	if err := c.show(&b, "w1: "); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(b.String(), "w1: "); got != 20_001 || !strings.HasSuffix(b.String(), "w1: end\n") {
		t.Errorf("%d lines", got)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	t.Setenv("TMPDIR", "/nonexistent")
	var lost capture
	lost.Write([]byte(strings.Repeat("x", 2<<20)))
	if lost.trouble() == nil || lost.show(&b, "") == nil {
		t.Error("lost output is not told of")
	}
}
