//go:build linux

// Command bench measures sparkops against what it replaces, side by side on the same
// machine: Spark's own start and stop procedure on real hosts with a real Spark, the
// same on the stand-in daemons of the sandbox, one ssh a host for exec, tools that copy
// a file to many hosts for push-env, and one doctor of many hosts by itself. It prints
// tables in Markdown; README.md says how to repeat them and how to read them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// limit bounds the whole run.
const limit = 45 * time.Minute

// bench is what every part is given.
type bench struct {
	ctx      context.Context
	rounds   int
	sparkops string // the program, freshly built
	dir      string // removed at the end
}

// parts are the measurements, in the order they are taken.
var parts = []struct {
	name string
	take func(*bench) (table, error)
}{
	{"spark", (*bench).spark},
	{"stand-ins", (*bench).standIns},
	{"exec", (*bench).exec},
	{"push", (*bench).push},
	{"doctor", (*bench).doctor},
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == farmVerb {
		exitOn(farm(os.Args[2]))
		return
	}
	rounds := flag.Int("rounds", 3, "how often each figure is taken")
	only := flag.String("only", "spark,stand-ins,exec,push,doctor", "which parts")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	exitOn(run(ctx, *rounds, strings.Split(*only, ",")))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rounds int, only []string) error {
	dir, err := os.MkdirTemp("", "sparkops-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{ctx: ctx, rounds: rounds, dir: dir, sparkops: filepath.Join(dir, "sparkops")}
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", b.sparkops, "sparkops").CombinedOutput(); err != nil {
		return fmt.Errorf("building sparkops: %w: %s", err, out)
	}
	var errs []error
	for _, name := range only {
		errs = append(errs, b.part(name))
	}
	return errors.Join(errs...)
}

func (b *bench) part(name string) error {
	for _, p := range parts {
		if p.name != name {
			continue
		}
		result, err := p.take(b)
		result.print(os.Stdout)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
	return fmt.Errorf("no part is called %q", name)
}

// say tells on standard error how far the run is.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", args...)
}
