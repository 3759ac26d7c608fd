package spark

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sparkops/inventory"
	"sparkops/shell"
	"sparkops/shell/shelltest"
)

func TestMain(m *testing.M) { shelltest.Main(m) }

// fakeClass is a bin/spark-class whose daemon is a bash under the name of java.
const fakeClass = `#!/usr/bin/env bash
home=$(dirname "$0")/..
echo "Spark Command: java -cp x $*"
echo "$*" >>"$home/asked"
exec "$home/jvm/java" "$home/jvm/daemon" "$@"
`

// fakeDaemon says what Spark's daemons say and then does nothing. What it is to do instead
// stands in FAKE.
const fakeDaemon = `
trap "exit 143" TERM
case ${FAKE-} in
die) echo "java.lang.UnsupportedClassVersionError: x"; exit 1 ;;
deaf) echo "Starting Spark worker 10.0.0.1:4001 with 1 cores, 1 GiB RAM"; echo "WARN Worker: Failed to connect to master m1:7077"; echo "Caused by: Connection refused" ;;
slide) echo "WARN Utils: Service 'sparkMaster' could not bind on port 7077. Attempting port 7078." ;;
mute) ;;
*)
  case $1 in
  *.Master) echo "Starting Spark master at spark://h:7077"; echo "Bound MasterWebUI to 0.0.0.0, and started at http://h:8080"; echo "I have been elected leader! New state: ALIVE" ;;
  *) echo "Starting Spark worker 10.0.0.1:$$ with 1 cores, 1 GiB RAM"; echo "Bound WorkerWebUI to 0.0.0.0, and started at http://w:8081"; echo "Successfully registered with master spark://h:7077" ;;
  esac ;;
esac
[ "${FAKE-}" != stubborn ] || trap "" TERM
exec 7<> <(:)
while :; do read -t 1 -u 7 || :; done
`

// bed is a SPARK_HOME with a fake spark-class, and a shell to run scripts with.
type bed struct {
	t    *testing.T
	sh   []string
	home string
}

// shells are those that the scripts must run under.
var shells = map[string][]string{"dash": {"dash", "-s"}, "bash": {"bash", "--posix", "-s"}, "busybox": {"busybox", "sh", "-s"}}

func newBed(t *testing.T, sh []string, sparkEnv string) *bed {
	shelltest.Program(t, sh[0])
	shelltest.Unwatched(t) // scripts run, and no Go beside them
	b := &bed{t: t, sh: sh, home: filepath.Join(t.TempDir(), "spark's home")}
	b.write("bin/spark-class", fakeClass, 0o755)
	b.write("jvm/daemon", fakeDaemon, 0o644)
	if err := os.Symlink("/bin/bash", filepath.Join(b.home, "jvm/java")); err != nil {
		t.Fatal(err)
	}
	b.write("conf/spark-env.sh", "SPARK_PID_DIR=$SPARK_HOME/pids\nJAVA_HOME=\n"+sparkEnv, 0o644)
	b.write("jars/spark-core_2.12-3.5.8.jar", "", 0o644)
	t.Cleanup(func() {
		for _, pid := range b.pids() {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	return b
}

func (b *bed) write(name, text string, mode os.FileMode) {
	b.t.Helper()
	path := filepath.Join(b.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		b.t.Fatal(err)
	}
}

// pids are the daemons of this bed, found without the scripts' help.
func (b *bed) pids() []int {
	parents := map[int]int{}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		env, _ := os.ReadFile(filepath.Join(dir, "environ"))
		cmd, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		program, _, _ := strings.Cut(string(cmd), "\x00")
		if strings.Contains(string(env), "SPARK_HOME="+b.home+"\x00") && strings.HasSuffix(program, "/java") {
			parent := 0
			pid, _ := strconv.Atoi(filepath.Base(dir))
			stat, _ := os.ReadFile(filepath.Join(dir, "stat"))
			_, rest, _ := strings.Cut(string(stat), ") ")
			fmt.Sscanf(rest, "%s %d", new(string), &parent)
			parents[pid] = parent
		}
	}
	var found []int
	for pid, parent := range parents {
		if _, ok := parents[parent]; !ok { // what a daemon forks looks like it for a moment
			found = append(found, pid)
		}
	}
	return found
}

// run runs a script of the plans as a host would, and returns its records.
func (b *bed) run(role Role, name string, env []string, vars ...shell.Var) []shell.Record {
	b.t.Helper()
	c := &Cluster{Home: b.home}
	task := c.task(role, inventory.Host{Name: "w1"}, name, Bounds{}, vars...)
	text, err := task.Script.Text()
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.sh[0], b.sh[1:]...)
	cmd.Stdin = strings.NewReader(text)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + b.t.TempDir(), "USER=tester"}, env...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		b.t.Fatalf("%s: %v\n%s\n%s", name, err, out, said.String())
	}
	records, err := shell.Records(out)
	if err != nil {
		b.t.Fatalf("%s: %v\n%s\n%s", name, err, out, said.String())
	}
	return records
}

func (b *bed) start(role Role, env ...string) []shell.Record {
	b.t.Helper()
	return b.run(role, "start", env, b.startVars(role, "registered")...)
}

func (b *bed) startVars(role Role, until string) []shell.Var {
	s := &Start{Cluster: &Cluster{Addresses: []string{"h:7077"}}, Bounds: Bounds{Wait: 3 * time.Second}}
	if role == Master {
		return s.startVars("h", "7077", until)
	}
	return s.startVars("", "", until)
}

func (b *bed) stop(role Role, kill string) []shell.Record {
	b.t.Helper()
	return b.run(role, "stop", nil, stopVars(kill)...)
}

func stopVars(kill string) []shell.Var {
	return []shell.Var{{Name: "in_wait", Value: "3"}, {Name: "in_kill", Value: kill}}
}

// states are the states of the daemon records: "registered registered".
func states(records []shell.Record) string {
	var all []string
	for _, r := range records {
		if r["kind"] != "host" && r["kind"] != "signalled" {
			all = append(all, r["state"]+r["class"])
		}
	}
	return strings.Join(all, " ")
}

func (b *bed) expect(what string, records []shell.Record, want string) {
	b.t.Helper()
	if got := states(records); got != want {
		b.t.Fatalf("%s: got %q, want %q\n%v", what, got, want, records)
	}
}

// underEveryShell runs each case under each shell, on a bed with these lines in its spark-env.sh.
func underEveryShell(t *testing.T, sparkEnv string, cases map[string]func(*testing.T, *bed)) {
	for name, argv := range shells {
		for what, do := range cases {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				do(t, newBed(t, argv, sparkEnv))
			})
		}
	}
}

// Every script, under every shell of the machine.
func TestScripts(t *testing.T) {
	underEveryShell(t, "", map[string]func(*testing.T, *bed){
		"a life":           aLife,
		"running is found": runningIsFound,
		"instances":        manyInstances,
		"failures":         failures,
		"pid files":        pidFiles,
		"rotation":         rotation,
	})
}

func aLife(_ *testing.T, b *bed) {
	b.expect("master", b.start(Master), "started")
	first := b.start(Worker)
	b.expect("worker", first, "registered")
	b.expect("worker again", b.start(Worker), "running")
	b.expect("probe", b.run(Worker, "probe", nil), "running")
	b.expect("stop worker", b.stop(Worker, "no"), "stopped")
	b.expect("stop worker again", b.stop(Worker, "no"), "not-running")
	b.expect("probe", b.run(Worker, "probe", nil), "not-running")
	b.expect("stop master", b.stop(Master, "no"), "stopped")
	if left := b.pids(); len(left) > 0 {
		b.t.Errorf("left: %v", left)
	}
	files, _ := filepath.Glob(b.home + "/pids/*.pid*")
	if len(files) > 0 {
		b.t.Errorf("left: %v", files)
	}
	r := first[1]
	if want := fmt.Sprintf("%s/logs/spark-tester-%s-1-", b.home, Worker.Class()); !strings.HasPrefix(r["log"], want) {
		b.t.Errorf("log is %s, want %s...", r["log"], want)
	}
	if first[0]["version"] != "3.5.8" || r["address"] == "" || r["webui"] != "http://w:8081" || r["bound"] != "0.0.0.0" {
		b.t.Errorf("records: %v", first)
	}
}

// Without its pid file, with another ident, and under a symbolic link to SPARK_HOME.
func runningIsFound(t *testing.T, b *bed) {
	b.expect("start", b.start(Worker), "registered")
	os.RemoveAll(b.home + "/pids")
	b.expect("no pid file", b.start(Worker), "running")
	if files, _ := filepath.Glob(b.home + "/pids/*.pid"); len(files) != 1 {
		t.Errorf("the pid file was not written again: %v", files)
	}
	b.expect("other ident", b.start(Worker, "SPARK_IDENT_STRING=other"), "running")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(b.home, link); err != nil {
		t.Fatal(err)
	}
	linked := &bed{t: t, sh: b.sh, home: link}
	linked.expect("by a link", linked.start(Worker), "running")
	if pids := b.pids(); len(pids) != 1 {
		t.Errorf("%d daemons, want 1", len(pids))
	}
	b.expect("stop", b.stop(Worker, "no"), "stopped")
}

func manyInstances(_ *testing.T, b *bed) {
	conf := b.home + "/conf/spark-env.sh"
	before, _ := os.ReadFile(conf)
	b.write("conf/spark-env.sh", string(before)+"SPARK_WORKER_INSTANCES=3\n", 0o644)
	b.expect("start", b.start(Worker), "registered registered registered")
	b.sameCommand(3)
	b.write("conf/spark-env.sh", string(before), 0o644)
	b.expect("stop what is above the number", b.stop(Worker, "no"), "stopped stopped stopped")
	b.write("conf/spark-env.sh", string(before)+"SPARK_WORKER_INSTANCES=many\n", 0o644)
	b.expect("not a number", b.start(Worker), "config")
}

// sameCommand checks that n daemons run one command line but for their arguments, and that
// spark-class was asked for it once.
func (b *bed) sameCommand(n int) {
	b.t.Helper()
	asked, _ := os.ReadFile(b.home + "/asked")
	if strings.Count(string(asked), "\n") != 1 {
		b.t.Errorf("spark-class was asked for\n%s", asked)
	}
	commands, ports := map[string]bool{}, map[string]bool{}
	for _, pid := range b.pids() {
		cmd, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		command, args, _ := strings.Cut(string(cmd), Worker.Class())
		commands[command], ports[args] = true, true
	}
	if len(commands) != 1 || len(ports) != n {
		b.t.Errorf("commands %v, arguments %v", commands, ports)
	}
}

func failures(_ *testing.T, b *bed) {
	b.expect("dies", b.start(Worker, "FAKE=die"), "died")
	b.expect("deaf", b.start(Worker, "FAKE=deaf"), "late")
	b.expect("stop deaf", b.stop(Worker, "no"), "stopped")
	b.expect("slides", b.start(Master, "FAKE=slide"), "port")
	if left := b.pids(); len(left) > 0 {
		b.t.Errorf("a master that slid to another port was left running: %v", left)
	}
	b.expect("mute", b.start(Worker, "FAKE=mute"), "late")
	b.expect("stop mute", b.stop(Worker, "no"), "stopped")
	b.expect("stubborn", b.start(Worker, "FAKE=stubborn"), "registered")
	b.expect("stop stubborn", b.stop(Worker, "no"), "stopping")
	b.expect("kill stubborn", b.stop(Worker, "yes"), "stopped")
	b.expect("port of Kubernetes", b.start(Master, "SPARK_MASTER_PORT=tcp://10.0.0.1:7077"), "config")
	b.write("conf/spark-env.sh", "JAVA_HOME=/nowhere\n", 0o644)
	b.expect("no java", b.start(Worker), "java")
	b.write("conf/spark-env.sh", "SPARK_LOG_DIR=/proc/nowhere\n", 0o644)
	b.expect("no log directory", b.start(Worker), "permission")
	b.write("conf/spark-env.sh", "exec true\n", 0o644)
	b.expect("spark-env.sh that ends its shell", b.start(Worker), "config")
	os.Remove(b.home + "/bin/spark-class")
	b.expect("no Spark", b.start(Worker), "spark-home")
}

// A pid file that names somebody else's process harms nobody, and helps nobody.
func pidFiles(t *testing.T, b *bed) {
	foreign := exec.Command("bash", "-c", "exec -a java sleep 60")
	if err := foreign.Start(); err != nil {
		t.Fatal(err)
	}
	defer foreign.Wait()
	defer foreign.Process.Kill()
	file := "pids/spark-tester-" + Worker.Class() + "-1.pid"
	b.write(file, strconv.Itoa(foreign.Process.Pid)+"\n", 0o644)
	b.expect("probe", b.run(Worker, "probe", nil), "stale-pid-file")
	b.expect("stop", b.stop(Worker, "yes"), "not-running")
	if err := foreign.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("a foreign java was signalled: %v", err)
	}
	b.write(file, strconv.Itoa(foreign.Process.Pid)+"\n", 0o644)
	b.expect("start", b.start(Worker), "registered")
	text, _ := os.ReadFile(filepath.Join(b.home, file))
	if got := strings.TrimSpace(string(text)); got != strconv.Itoa(b.pids()[0]) {
		t.Errorf("pid file holds %q, the daemon is %d", got, b.pids()[0])
	}
	pid := b.pids()[0]
	syscall.Kill(pid, syscall.SIGKILL)
	for deadline := time.Now().Add(10 * time.Second); len(b.pids()) > 0 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	b.expect("killed", b.run(Worker, "probe", nil), "died")
	b.expect("start after it", b.start(Worker), "registered")
	b.expect("stop", b.stop(Worker, "no"), "stopped")
}

func rotation(t *testing.T, b *bed) {
	for range 4 {
		b.expect("start", b.start(Worker, "SPARK_LOG_MAX_FILES=2"), "registered")
		b.expect("stop", b.stop(Worker, "no"), "stopped")
	}
	logs, _ := filepath.Glob(b.home + "/logs/*.out*")
	if len(logs) != 3 {
		t.Errorf("logs: %v, want .out .out.1 .out.2", logs)
	}
	b.expect("not a number", b.start(Worker, "SPARK_LOG_MAX_FILES=x"), "config")
}

// What may stand in a spark-env.sh does no harm, and all that it exports reaches the daemon.
func TestSparkEnv(t *testing.T) {
	for name, argv := range shells {
		for what, text := range map[string]string{
			"ends early": "exit 3\n",
			"all else": "echo noise\necho more >&2\nread -r x\ncat >/dev/null\n" +
				"SPARK_NO_DAEMONIZE=\nSPARK_MASTER=spark://h:7077\nclass=x n=y rest=z pid=1 log=2 state=3\n" +
				"set -e\nset -u\nX=$NOTHING\n",
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				b := newBed(t, argv, `odd="it's"' "$x" \ & '$'two\nlines'`+"\n"+text)
				records := b.start(Worker, "SPARK_ENV_LOADED=1")
				b.expect("start", records, "registered")
				if said := records[len(records)-1]["warning"]; !strings.Contains(said, "ends the shell that reads it") {
					t.Errorf("warning %q", said)
				}
				env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", b.pids()[0]))
				if err != nil {
					t.Fatal(err)
				}
				entries := strings.Split(string(env), "\x00")
				for _, want := range []string{"odd=it's \"$x\" \\ & two\nlines", "SPARK_ENV_LOADED=1", "SPARK_IDENT_STRING=tester"} {
					if !contains(entries, want) {
						t.Errorf("the daemon lacks %q", want)
					}
				}
				for _, entry := range entries {
					if strings.HasPrefix(entry, "SPARK_NO_DAEMONIZE") || strings.HasPrefix(entry, "SPARK_MASTER=") || strings.HasPrefix(entry, "in_") {
						t.Errorf("the daemon has %q", entry)
					}
				}
				b.expect("stop", b.stop(Worker, "no"), "stopped")
			})
		}
	}
}

// umask and ulimit of spark-env.sh are the daemon's, as with spark-daemon.sh.
func TestLimits(t *testing.T) {
	for name, argv := range shells {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, argv, "umask 027\nulimit -S -n 300\nulimit -n 500\nulimit -c 0\nSPARK_WORKER_INSTANCES=2\n")
			records := b.start(Worker)
			b.expect("start", records, "registered registered")
			for _, pid := range b.pids() {
				limits, _ := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
				for _, want := range []string{"Max open files 500 500 files", "Max core file size 0 0 bytes"} {
					if !strings.Contains(strings.Join(strings.Fields(string(limits)), " "), want) {
						t.Errorf("no %q in\n%s", want, limits)
					}
				}
			}
			for _, r := range records[1:] {
				if info, err := os.Stat(r["log"]); err != nil || info.Mode().Perm() != 0o640 {
					t.Errorf("the log: %v %v", info.Mode(), err)
				}
			}
		})
	}
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// A start that is killed at any point leaves nothing that the next one cannot put right.
func TestKilledAtAnyPoint(t *testing.T) {
	b := newBed(t, []string{"sh", "-s"}, "")
	for round := range 12 {
		text, err := (&Cluster{Home: b.home}).task(Worker, inventory.Host{Name: "w1"}, "start", Bounds{}, b.startVars(Worker, "registered")...).Script.Text()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", "-s")
		cmd.Stdin = strings.NewReader(text)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/", "USER=tester"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(round*10) * time.Millisecond)
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait() // killed, or done already
		records := b.start(Worker)
		if got := states(records); got != "registered" && got != "running" {
			t.Fatalf("round %d: %s", round, got)
		}
		pids := b.pids()
		if len(pids) != 1 {
			t.Fatalf("round %d: %d daemons, want 1", round, len(pids))
		}
		files, _ := filepath.Glob(b.home + "/pids/*.pid")
		if len(files) != 1 {
			t.Fatalf("round %d: pid files %v", round, files)
		}
		if text, _ := os.ReadFile(files[0]); strings.TrimSpace(string(text)) != strconv.Itoa(pids[0]) {
			t.Fatalf("round %d: the pid file holds %q, the daemon is %d", round, text, pids[0])
		}
		b.expect("stop", b.stop(Worker, "no"), "stopped")
	}
	if left, _ := filepath.Glob(b.home + "/pids/*.pid.*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// For the moment of an exec a process has neither command line nor environment, and is found all
// the same: setsid, nice, spark-class and java are execs of one process.
func TestFoundInExec(t *testing.T) {
	for name, argv := range shells {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, argv, "")
			b.write("bin/spark-class", "#!/bin/sh\nsleep 0.01\nexec \"$0\" \"$@\"\n", 0o755)
			cmd := exec.Command(b.home+"/bin/spark-class", Worker.Class())
			cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "SPARK_HOME=" + b.home}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Wait()
			defer cmd.Process.Kill()
			b.write("pids/spark-tester-"+Worker.Class()+"-1.pid", strconv.Itoa(cmd.Process.Pid)+"\n", 0o644)
			if err := syscall.Mkfifo(b.home+"/pids/spark-other-"+Worker.Class()+"-2.pid", 0o644); err != nil {
				t.Fatal(err)
			}
			for range 25 {
				b.expect("probe", b.run(Worker, "probe", nil), "running")
			}
		})
	}
}

// Two starts at one moment make one daemon.
func TestStartsAtOnce(t *testing.T) {
	b := newBed(t, []string{"sh", "-s"}, "")
	done := make(chan string)
	const many = 6
	for range many {
		go func() { done <- states(b.start(Worker)) }()
	}
	count := map[string]int{}
	for range many {
		count[<-done]++
	}
	if count["registered"] != 1 || count["running"] != many-1 {
		t.Errorf("got %v, want one registered", count)
	}
	if pids := b.pids(); len(pids) != 1 {
		t.Errorf("%d daemons, want 1", len(pids))
	}
}
