package spark

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"sparkops/inventory"
	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/spark/facts"
)

// Each awk that hosts have tells daemons by their command lines: busybox's cannot part at NUL, and mawk
// is ended by a process that ends while it is read.
func TestFoundByEveryAwk(t *testing.T) {
	early := func(end string) string {
		return `
case $* in *blind=*)
  echo >>"$0.looks"
  [ "$(wc -l <"$0.looks")" -gt 3 ] || { echo "1/1/1 yes is this whole"; ` + end + `; } ;;
esac
exec mawk "$@"`
	}
	busybox := map[string]string{}
	for _, name := range []string{"awk", "cat", "grep", "ls", "rm", "sed", "sleep", "tail", "tr"} {
		busybox[name] = "exec busybox " + name + ` "$@"`
	}
	for name, c := range map[string]struct {
		program string
		does    map[string]string
	}{
		"mawk":    {"mawk", map[string]string{"awk": `exec mawk "$@"`}},
		"gawk":    {"gawk", map[string]string{"awk": `exec gawk "$@"`}},
		"busybox": {"busybox", busybox},
		"failed":  {"mawk", map[string]string{"awk": early("exit 2")}},
		"cut off": {"mawk", map[string]string{"awk": early("exit 0")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shelltest.Program(t, c.program)
			b := newBed(t, shells["dash"], "SPARK_WORKER_INSTANCES=2\n")
			b.expect("start", b.start(Worker), "registered registered")
			b.beside(0, "an editor", b.home+"/jvm/daemon", Worker.Class())
			b.beside(0, "java", b.home+"/jvm/daemon", "org.apache.spark.deploy.worker.Worker2", "two\nlines")
			if err := os.RemoveAll(b.home + "/pids"); err != nil { // by them another look would be due
				t.Fatal(err)
			}
			path := b.with(c.does)
			b.expect("probe", b.run(Worker, "probe", path), "running running")
			b.expect("start", b.run(Worker, "start", path, b.startVars(Worker, "registered")...), "running running")
			b.expect("stop", b.run(Worker, "stop", path, stopVars("no")...), "stopped stopped")
			b.expect("probe", b.run(Worker, "probe", path), "not-running not-running")
		})
	}
}

// Where no awk works, nobody says that nothing runs.
func TestNoAwk(t *testing.T) {
	b := newBed(t, shells["dash"], "")
	b.expect("start", b.start(Worker), "registered")
	path := b.with(map[string]string{"awk": "exit 127"})
	b.expect("probe", b.run(Worker, "probe", path), "config")
	b.expect("stop", b.run(Worker, "stop", path, stopVars("no")...), "config")
	b.expect("stop", b.stop(Worker, "no"), "stopped")
}

// Nor does a look at the whole host, which goes on without.
func TestSurveyWithoutAwk(t *testing.T) {
	b := newBed(t, shells["dash"], "")
	b.expect("start", b.start(Worker), "registered")
	path := b.with(map[string]string{"awk": "case $* in *blind=*) exit 2 ;; esac\nexec mawk \"$@\""})
	h := b.survey(&Cluster{Home: b.home}, inventory.Host{Name: "w1"}, path...)
	if len(h.Daemons) > 0 || !slices.ContainsFunc(h.Unseen, func(u facts.Unseen) bool { return u.What == "daemons" }) {
		t.Errorf("daemons %v, unseen %v", h.Daemons, h.Unseen)
	}
	b.expect("stop", b.stop(Worker, "no"), "stopped")
}

// One that another user is about to start is nothing to wait for: all is looked at once.
func TestLaunchOfAnother(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("NOT TESTED: only root can run a process of another user")
	}
	b := newBed(t, shells["dash"], "")
	dir, err := os.MkdirTemp("", "sparkops-another-") // the test's own are closed to others
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	class := filepath.Join(dir, "spark-class")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(class, []byte("exec 7<> <(:)\nread -u 7\n"), 0o644)); err != nil {
		t.Fatal(err)
	}
	pid := b.beside(65534, "bash", class, Worker.Class())
	looks := filepath.Join(t.TempDir(), "looks")
	path := b.with(map[string]string{"awk": "case $* in *blind=*) echo look >>" + shell.Quote(looks) + " ;; esac\nexec mawk \"$@\""})
	b.expect("probe", b.run(Worker, "probe", path), "not-running")
	if text, _ := os.ReadFile(looks); string(text) != "look\n" {
		t.Errorf("looked: %q", text)
	}
	if text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); len(text) == 0 {
		t.Error("the other launch has ended")
	}
}

// with is a PATH where these programs do that.
func (b *bed) with(does map[string]string) []string {
	b.t.Helper()
	dir := b.t.TempDir()
	for name, text := range does {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			b.t.Fatal(err)
		}
	}
	return []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
}

// beside runs a bash of that user under another name, which is no daemon and whose environment names no
// SPARK_HOME, until the test ends.
func (b *bed) beside(user uint32, name string, args ...string) int {
	b.t.Helper()
	cmd := exec.Command("/bin/bash", args...)
	cmd.Args[0] = name
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	if user != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	}
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd.Process.Pid
}
