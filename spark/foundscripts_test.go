package spark

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// Daemons that others have started, or whose files others have changed, under every shell.
func TestFound(t *testing.T) {
	underEveryShell(t, "", map[string]func(*testing.T, *bed){
		"without SPARK_HOME": withoutHome,
		"logs are links":     logsAreLinks,
		"two lines":          twoLines,
	})
}

// One that a service has started without SPARK_HOME is known by its class path, also where that is
// another path to the same directory.
func withoutHome(t *testing.T, b *bed) {
	daemon := exec.Command(b.home+"/jvm/java", b.home+"/jvm/daemon", Worker.Class(), "-cp", b.home+"/jars/*")
	daemon.Env = []string{"PATH=" + os.Getenv("PATH")}
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	defer daemon.Wait()
	defer daemon.Process.Kill()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(b.home, link); err != nil {
		t.Fatal(err)
	}
	linked := &bed{t: t, sh: b.sh, home: link}
	for _, bed := range []*bed{b, linked} {
		records := bed.run(Worker, "probe", nil)
		bed.expect("probe by "+bed.home, records, "running")
		if pid := strconv.Itoa(daemon.Process.Pid); records[1]["pid"] != pid {
			t.Errorf("by %s: %v, want pid %s", bed.home, records[1], pid)
		}
	}
	other := newBed(t, b.sh, "")
	other.expect("of another Spark", other.run(Worker, "probe", nil), "not-running")
}

// Logs that lead to one file tell no instances apart; the pid files do.
func logsAreLinks(t *testing.T, b *bed) {
	b.write("conf/spark-env.sh", "SPARK_PID_DIR=$SPARK_HOME/pids\nJAVA_HOME=\nSPARK_WORKER_INSTANCES=2\n", 0o644)
	b.expect("start", b.start(Worker), "registered registered")
	want := map[string]string{}
	for _, r := range b.run(Worker, "probe", nil)[1:] {
		want[r["instance"]] = r["pid"]
		if err := os.Rename(r["log"], b.home+"/log"+r["instance"]); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(b.home+"/log2", r["log"]); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range b.run(Worker, "probe", nil)[1:] {
		if len(want) != 2 || want[r["instance"]] != r["pid"] {
			t.Errorf("instance %s is %s, want %v", r["instance"], r["pid"], want)
		}
	}
	b.expect("stop", b.stop(Worker, "no"), "stopped stopped")
}

// A pid file that says more than a pid is no use to spark-daemon.sh, and is written again.
func twoLines(t *testing.T, b *bed) {
	b.expect("start", b.start(Worker), "registered")
	files, _ := filepath.Glob(b.home + "/pids/*.pid")
	if len(files) != 1 {
		t.Fatal(files)
	}
	was, _ := os.ReadFile(files[0])
	if err := os.WriteFile(files[0], append(was, "1\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	b.expect("start", b.start(Worker), "running")
	if is, _ := os.ReadFile(files[0]); string(is) != string(was) {
		t.Errorf("the pid file says %q, was %q", is, was)
	}
}
