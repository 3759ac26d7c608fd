package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sparkops/sandbox"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/sshtest"
)

// TestMain lets the test binary be sparkops in scripts, and java in a sandbox.
func TestMain(m *testing.M) {
	if sandbox.IsStandIn(os.Args) || ssh.IsWay(os.Args) {
		os.Exit(run())
	}
	if strings.HasSuffix(os.Args[0], ".test") { // and not sparkops in a script
		flag.Parse()
		flag.Set("test.parallel", "8") // scripts wait for daemons most of their time, not for a processor
	}
	testscript.Main(m, map[string]func(){"sparkops": main})
}

// TestScript types what stands in testdata/script. Beside testscript's own commands there are:
//
//	sandbox N [PASSWORD] a practice cluster with N workers; sparkops is pointed at it. With a
//	                     password its hosts take that, and the launcher has no key.
//	                     $MASTER_URL, $MASTER, $WORKER1 ... are its addresses, $CONF the
//	                     launcher's conf directory, $PIDS_worker1 ... hold pid files
//	hostenv HOST LINE    adds a line to what a host's spark-env.sh reads
//	workers LINE...      replaces conf/workers
//	unplug HOST          takes the host's SSH server away
//	exits CODE COMMAND   runs a command that is to end with that exit code
func TestScript(t *testing.T) { types(t, "testdata/script") }

// TestCases types what stands in testdata/cases: the verbs of testdata/script on other files and
// hosts. Nothing runs side by side that does not there, so it is done without the race detector.
func TestCases(t *testing.T) {
	shelltest.Unwatched(t)
	types(t, "testdata/cases")
}

func types(t *testing.T, dir string) {
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Values[bedKey{}] = &bed{}
			env.Vars = append(env.Vars, shelltest.EndsAtOnce)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox": startSandbox,
			"hostenv": hostEnv,
			"workers": writeWorkers,
			"unplug":  unplug,
			"exits":   exits,
		},
	})
}

// bed is the sandbox of one script.
type bed struct{ cluster *sandbox.Cluster }

type bedKey struct{}

func clusterOf(ts *testscript.TestScript) *sandbox.Cluster {
	c := ts.Value(bedKey{}).(*bed).cluster
	if c == nil {
		ts.Fatalf("no sandbox yet")
	}
	return c
}

func startSandbox(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	executable, err := os.Executable()
	ts.Check(err)
	password := strings.Join(args[1:], " ")
	c, err := sandbox.Start(context.Background(), sandbox.Options{
		Workers: n, Password: password, Dir: ts.MkAbs("."), Executable: executable, Env: []string{shelltest.EndsAtOnce}, SSH: sshtest.Cheapest,
	})
	ts.Check(err)
	ts.Value(bedKey{}).(*bed).cluster = c
	ts.Defer(func() { ts.Check(c.Close()) })
	for _, entry := range c.Env() {
		name, value, _ := strings.Cut(entry, "=")
		ts.Setenv(name, value)
	}
	ts.Setenv("MASTER_URL", c.MasterURL())
	ts.Setenv("CONF", c.Dir()+"/conf")
	for _, h := range c.Hosts() {
		ts.Setenv(strings.ToUpper(h.Name), h.Address)
		ts.Setenv("PIDS_"+h.Name, h.Pids)
		ts.Setenv("HOME_"+h.Name, h.SparkHome)
	}
}

func hostEnv(ts *testscript.TestScript, _ bool, args []string) {
	write(ts, clusterOf(ts).Host(args[0]).EnvFile, args[1]+"\n", os.O_APPEND)
}

func writeWorkers(ts *testscript.TestScript, _ bool, args []string) {
	write(ts, clusterOf(ts).Dir()+"/conf/workers", strings.Join(args, "\n")+"\n", os.O_TRUNC)
}

func write(ts *testscript.TestScript, file, text string, flag int) {
	f, err := os.OpenFile(file, os.O_WRONLY|flag, 0)
	ts.Check(err)
	_, err = f.WriteString(text)
	ts.Check(err)
	ts.Check(f.Close())
}

func unplug(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(clusterOf(ts).Unplug(args[0]))
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		ended, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = ended.ExitCode()
	}
	if want := args[0]; strconv.Itoa(code) != want {
		ts.Fatalf("exit code %d, want %s", code, want)
	}
}
