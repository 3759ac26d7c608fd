// Package commands is what the user types: one file a verb, and what they share: flags,
// the way from flags and files to a cluster and its hosts (site.go), the way from results
// to rows and exit codes (rows.go, exit.go). It is the only place where ssh and spark
// meet, and the only one that knows exit codes. Begin reading at [Run], then start.go.
package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/urfave/cli/v2"

	"sparkops/report"
)

// World is all that sparkops has of the outside.
type World struct {
	Args       []string // as os.Args
	Env        []string // as os.Environ
	Stdin      io.Reader
	Stdout     io.Writer
	Stderr     io.Writer
	StdoutTTY  bool                     // a person reads Stdout on a terminal
	StderrTTY  bool                     // likewise
	Terminal   func() (*os.File, error) // opens the terminal of the person who typed; nil or an error if there is none
	Executable string                   // this program's own file, for the sandbox and for OpenSSH's client
}

// Getenv looks a variable up, the last of its name.
func (w World) Getenv(name string) (string, bool) {
	for _, entry := range slices.Backward(w.Env) {
		if key, value, ok := strings.Cut(entry, "="); ok && key == name {
			return value, true
		}
	}
	return "", false
}

// app is one run of sparkops.
type app struct {
	world World
	all   []*cli.Command
	every []cli.Flag  // those that every verb has
	given arrangement // what was typed
	exit  int

	beside []string // hosts that no file has, yet they may be selected: of --alias
}

func newApp(w World) *app {
	a := &app{world: w}
	a.all = a.commands()
	a.given = arrange(w.Args[1:], a.all)
	return a
}

// Run does what w.Args says and returns the exit code. When ctx is cancelled with an
// [Interrupt], what is known is reported and the code is that of the signal.
func Run(ctx context.Context, w World) int {
	out := &output{Writer: w.Stdout}
	w.Stdout = out
	a := newApp(w)
	err := a.run(ctx)
	if err == nil && a.exit == exitOK {
		err = out.lost() // what nobody could read is no success
	}
	if err == nil {
		return a.exit
	}
	if cause := context.Cause(ctx); cause != nil {
		err = errors.Join(cause, err)
	}
	return a.problem(err)
}

func (a *app) run(ctx context.Context) error {
	words, given := []string{"sparkops"}, a.given
	if given.command != "" {
		c := find(a.all, given.command)
		if c == nil {
			return given.strange(a.all)
		}
		words = append(words, given.command)
		if given.command != "sandbox" { // it is no cluster that a variable could point at
			words = append(words, given.fromEnvironment(c, a.world.Getenv)...)
		}
	}
	words = append(words, given.joined()...)
	if len(given.args) > 0 {
		words = append(append(words, "--"), given.args...)
	}
	return a.cli().RunContext(ctx, words)
}

// cli is the urfave/cli app: it neither prints errors nor ends the process.
func (a *app) cli() *cli.App {
	usage := func(c *cli.Context, err error, _ bool) error {
		command := &cli.Command{}
		if c != nil && c.Command != nil && find(a.all, c.Command.Name) != nil {
			command = c.Command
		}
		return a.usageError(command, err)
	}
	for _, c := range a.all {
		c.OnUsageError = usage
	}
	return &cli.App{
		Name: "sparkops", Usage: "start, stop and look after Apache Spark standalone clusters",
		Writer: a.world.Stdout, ErrWriter: a.world.Stderr,
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   usage,
		HideVersion:    true, HideHelpCommand: true,
		Commands: a.all,
		Flags:    []cli.Flag{&cli.BoolFlag{Name: "version", Usage: "print version, commit and Go"}, cli.HelpFlag},
		Action: func(c *cli.Context) error {
			if c.Bool("version") {
				fmt.Fprintln(a.world.Stdout, version())
				return nil
			}
			return cli.ShowAppHelp(c)
		},
	}
}

func (a *app) commands() []*cli.Command {
	return []*cli.Command{
		a.start("start-all", true, true), a.stop("stop-all", true, true), a.restart(),
		a.start("start-master", true, false), a.stop("stop-master", true, false),
		a.start("start-workers", false, true, "start-slaves"), a.stop("stop-workers", false, true, "stop-slaves"),
		a.status(), a.execute(), a.pushEnv(), a.pushKeys(), a.doctor(), a.explain(), a.config(), a.sandbox(), a.help(),
	}
}

// problem reports an error that came before any result, in the format that was asked for.
func (a *app) problem(err error) int {
	code, hint := exitOfError(err)
	format := a.given.format()
	if asked, ok := a.world.Getenv("SPARKOPS_OUTPUT"); ok && format == "" {
		format = report.Format(asked)
	}
	hint = a.again(hint, false)
	p := report.Printer{Out: a.world.Stdout, Err: a.world.Stderr, Format: format}
	r := report.Report{Command: a.given.command, Exit: code, Error: err.Error(), Hint: hint}
	if p.Report(r) != nil && format != report.Text { // a full disk: somebody is to know
		p.Format = report.Text
		p.Report(r)
	}
	return code
}

// format is the output format of a command line, also of one that is wrong elsewhere; "" if
// it names none.
func (a arrangement) format() report.Format {
	for i, w := range a.flags {
		name, value, joined := strings.Cut(strings.TrimLeft(w, "-"), "=")
		if name != "o" && name != "output" {
			continue
		}
		if !joined && i+1 < len(a.flags) {
			value = a.flags[i+1]
		}
		return report.Format(value)
	}
	return ""
}

func find(all []*cli.Command, name string) *cli.Command {
	for _, c := range all {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

// version is one line: release, commit, Go.
func version() string {
	release, commit := "(devel)", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		release = info.Main.Version
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				commit = s.Value[:min(12, len(s.Value))]
			case "vcs.modified":
				if s.Value == "true" {
					commit += " (modified)"
				}
			}
		}
	}
	return fmt.Sprintf("sparkops %s, commit %s, %s %s/%s", release, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// output is standard output, which remembers that it has failed.
type output struct {
	io.Writer
	mu  sync.Mutex
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = cmp.Or(o.err, err)
	return n, err
}

// lost is why a part of the answer did not reach its reader. One who has gone away, as head
// does, has had enough.
func (o *output) lost() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil || errors.Is(o.err, syscall.EPIPE) {
		return nil
	}
	return fmt.Errorf("writing the answer: %w", o.err)
}
