package spark

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sparkops/shell"
	"sparkops/shell/shelltest"
)

// Each awk that hosts have tells daemons by their command lines: busybox's cannot part at NUL, and mawk
// is ended by a process that ends while it is read.
func TestFoundByEveryAwk(t *testing.T) {
	for name, c := range map[string]struct{ program, does string }{
		"mawk":    {"mawk", `exec mawk "$@"`},
		"gawk":    {"gawk", `exec gawk "$@"`},
		"busybox": {"busybox", `exec busybox awk "$@"`},
		"ended": {"mawk", `
case $* in *blind=*) echo >>"$0.looks"; [ "$(wc -l <"$0.looks")" -gt 3 ] || { echo "1/1/1 yes half"; exit 2; } ;; esac
exec mawk "$@"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shelltest.Program(t, c.program)
			b := newBed(t, shells["dash"], "SPARK_WORKER_INSTANCES=2\n")
			b.expect("start", b.start(Worker), "registered registered")
			b.beside("an editor", b.home+"/jvm/daemon", Worker.Class())
			b.beside("java", b.home+"/jvm/daemon", "org.apache.spark.deploy.worker.Worker2", "two\nlines")
			path := b.awk(c.does)
			b.expect("probe", b.run(Worker, "probe", path), "running running")
			b.expect("start", b.run(Worker, "start", path, b.startVars(Worker, "registered")...), "running running")
			b.expect("stop", b.run(Worker, "stop", path, shell.Var{Name: "in_wait", Value: "3"}, shell.Var{Name: "in_kill", Value: "no"}), "stopped stopped")
			b.expect("probe", b.run(Worker, "probe", path), "not-running not-running")
		})
	}
}

// Where no awk works, nobody says that nothing runs.
func TestNoAwk(t *testing.T) {
	b := newBed(t, shells["dash"], "")
	b.expect("start", b.start(Worker), "registered")
	path := b.awk("exit 127")
	b.expect("probe", b.run(Worker, "probe", path), "config")
	b.expect("stop", b.stop(Worker, "no"), "stopped")
}

// awk is a PATH whose awk does this.
func (b *bed) awk(does string) []string {
	b.t.Helper()
	dir := b.t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "awk"), []byte("#!/bin/sh\n"+does+"\n"), 0o755); err != nil {
		b.t.Fatal(err)
	}
	return []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
}

// beside runs a process of this bed's SPARK_HOME that is no daemon, until the test ends.
func (b *bed) beside(name string, args ...string) {
	b.t.Helper()
	cmd := exec.Command("/bin/bash", args...)
	cmd.Args[0] = name
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "SPARK_HOME=" + b.home}
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
}
