package spark

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sparkops/fleet"
	"sparkops/inventory"
	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/spark/facts"
)

// survey runs the facts scripts as a host would.
func (b *bed) survey(c *Cluster, host inventory.Host, env ...string) *facts.Host {
	b.t.Helper()
	s := &Survey{Cluster: c, Now: time.Now}
	task := s.task(Surveyed{Host: host, Roles: []Role{Master, Worker}})
	text, err := task.Script.Text()
	if err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.CommandContext(b.t.Context(), b.sh[0], b.sh[1:]...)
	cmd.Stdin = strings.NewReader(text)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + b.t.TempDir(), "USER=tester"}, env...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		b.t.Fatalf("%v\n%s", err, said.String())
	}
	h, failure := surveyed(fleet.Result{Task: task, Output: shell.Output{Stdout: out}})
	if failure != nil {
		b.t.Fatalf("%v\n%s\n%s", failure, out, said.String())
	}
	return h
}

func TestSurvey(t *testing.T) {
	sparkEnv := "SPARK_LOCAL_DIRS=/tmp,$SPARK_HOME/missing/local\nPYSPARK_PYTHON=$SPARK_HOME/python\n"
	underEveryShell(t, sparkEnv, map[string]func(*testing.T, *bed){
		"a host":           surveyOfAHost,
		"no Spark":         surveyWithoutSpark,
		"broken spark-env": surveyOfABrokenSparkEnv,
		"links":            surveyOfLinks,
		"directories":      surveyOfDirectories,
		"pid files":        surveyOfPidFiles,
		"ports":            surveyOfPorts,
		"recovery":         surveyOfRecovery,
		"keys":             surveyOfKeys,
	})
}

func surveyOfAHost(t *testing.T, b *bed) {
	b.write("conf/workers", "w1\r\nw2 \\ x\n", 0o640)
	b.expect("worker", b.start(Worker), "registered")
	h := b.survey(&Cluster{Home: b.home, Addresses: []string{"127.0.0.1:1", "no.such.invalid:7077"}}, inventory.Host{Name: "w1"})
	if h.Home.Path != b.home || h.Spark.Version != "3.5.8" || h.Spark.Scala != "2.12" || len(h.Spark.Jars) != 1 || len(h.Refusals) > 0 {
		t.Errorf("home %+v, spark %+v, refusals %v", h.Home, h.Spark, h.Refusals)
	}
	if got := h.Env["PYSPARK_PYTHON"]; got != b.home+"/python" {
		t.Errorf("PYSPARK_PYTHON=%s", got)
	}
	f, ok := h.File("workers")
	if !ok || string(f.Text) != "w1\r\nw2 \\ x\n" {
		t.Errorf("workers: %+v", f)
	}
	pids := h.Path(facts.Pids)
	if pids.Path != b.home+"/pids" || !pids.Writable || pids.Mode.Perm() == 0 || pids.Available == 0 || pids.Mount == "" || pids.Inode == "" {
		t.Errorf("pid directory: %+v", pids)
	}
	missing := slices.IndexFunc(h.Paths, func(p facts.Path) bool { return p.Path == b.home+"/missing/local" })
	if p := h.Paths[missing]; p.Type != "missing" || p.Missing != b.home+"/missing" || p.Nearest != b.home || !p.NearestWritable {
		t.Errorf("local directory: %+v", p)
	}
	if d := h.Daemons; len(d) != 2 || d[0].Role != "master" || d[0].Running || !d[1].Running || d[1].Address == "" || d[1].Named != fmt.Sprint(d[1].PID) {
		t.Errorf("daemons: %+v", d)
	}
	if d, ok := h.Dial("127.0.0.1:1"); !ok || d.State != "refused" {
		t.Errorf("dialled: %+v", h.Dialled)
	}
	if d, _ := h.Dial("no.such.invalid:7077"); d.State != "dns" || h.Resolve("no.such.invalid").State != "unknown" {
		t.Errorf("dialled: %+v; resolved: %+v", h.Dialled, h.Resolved)
	}
	if h.Memory.Total == 0 || h.Cores == 0 || h.Limits.Files == "" || h.Name.Host == "" || len(h.Name.Addresses) == 0 || h.Access.User == "" {
		t.Errorf("%+v %v %+v %+v %+v", h.Memory, h.Cores, h.Limits, h.Name, h.Access)
	}
	if skew := time.Since(h.Clock); skew < -time.Minute || skew > time.Minute {
		t.Errorf("clock: %v", h.Clock)
	}
	b.expect("stop", b.stop(Worker, "no"), "stopped")
}

func surveyWithoutSpark(t *testing.T, b *bed) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, "spark x"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(b.home, filepath.Join(home, "spark-3")); err != nil {
		t.Fatal(err)
	}
	h := b.survey(&Cluster{Home: "/nowhere/at/all/spark-3"}, inventory.Host{Name: "w1"}, "HOME="+home, "SPARK_HOME=/elsewhere")
	if len(h.Refusals) == 0 || h.Refusals[0].Class != shell.ClassSparkHome || h.Home.Path != "/elsewhere" || !h.Whole {
		t.Errorf("refusals %v, home %+v", h.Refusals, h.Home)
	}
	if len(h.Installs) != 1 || h.Installs[0].Path != home+"/spark-3" || h.Installs[0].Version != "3.5.8" || h.Installs[0].Real == h.Installs[0].Path {
		t.Errorf("installs: %+v", h.Installs)
	}
	if p := h.Path(facts.Launcher); p.Missing != "/nowhere" || p.Nearest != "/" {
		t.Errorf("the launcher's path: %+v", p)
	}
}

func surveyOfABrokenSparkEnv(t *testing.T, b *bed) {
	for text, class := range map[string]shell.Class{
		"exec true\n":                  shell.ClassConfig,
		"SPARK_HOME=/elsewhere\n":      shell.ClassSparkHome,
		"SPARK_WORKER_INSTANCES=two\n": shell.ClassConfig,
	} {
		b.write("conf/spark-env.sh", text, 0o644)
		h := b.survey(&Cluster{Home: b.home}, inventory.Host{Name: "w1"})
		if len(h.Refusals) == 0 || h.Refusals[0].Class != class || !h.Whole {
			t.Errorf("%q: refusals %v", text, h.Refusals)
		}
	}
	// What stands behind a return is left out on purpose, and no shell ends there.
	for text, cut := range map[string]bool{
		"exit 0\nA=1\n": true, "case $- in *i*) ;; *) exit 0 ;; esac\nA=1\n": true, "set -e\nfalse\nA=1\n": true, "set -u\nA=$NOTHING\n": true, "set -eu\nA=$NOTHING\n": true, "A=${NOTHING:?must be set}\n": true,
		"return 1\nA=1\n": false, "set -eu\nA=1\n": false, "false\n": false, "(exit 3)\n": false, "trap : EXIT\n": false, "": false,
	} {
		b.write("conf/spark-env.sh", text, 0o644)
		if h := b.survey(&Cluster{Home: b.home}, inventory.Host{Name: "w1"}); h.Home.EnvCut != cut || !h.Home.EnvRead || h.Syntax != "" {
			t.Errorf("%q: %+v %s", text, h.Home, h.Syntax)
		}
	}
	if err := os.Remove(b.home + "/conf/spark-env.sh"); err != nil {
		t.Fatal(err)
	}
	if h := b.survey(&Cluster{Home: b.home}, inventory.Host{Name: "w1"}); h.Home.EnvCut || !h.Home.EnvRead {
		t.Errorf("none: %+v", h.Home)
	}
	// A PATH that has nothing is Spark's, and the look is none the worse.
	b.write("opt/java", "#!/bin/sh\necho openjdk of opt\n", 0o755)
	b.write("conf/spark-env.sh", "JAVA_HOME=\nPATH=$SPARK_HOME/opt\n", 0o644)
	h := b.survey(&Cluster{Home: b.home}, inventory.Host{Name: "w1"})
	if !h.Home.PathLost || h.Env["PATH"] != b.home+"/opt" || h.Access.User == "" || h.Cores == 0 || h.Java.Path != b.home+"/opt/java" || !strings.Contains(h.Java.Said, "of opt") {
		t.Errorf("PATH: %+v %s %+v %+v", h.Home, h.Env["PATH"], h.Access, h.Java)
	}
	for _, u := range h.Unseen {
		if strings.Contains(u.What, b.home) || u.What == "the kernel's tables" {
			t.Errorf("not looked at: %+v", u)
		}
	}
	b.expect("start", b.start(Worker), "config")
	b.write("conf/spark-env.sh", "A='x\n", 0o644)
	if h := b.survey(&Cluster{Home: b.home}, inventory.Host{Name: "w1"}); !strings.Contains(h.Syntax, "line 1") || !h.Whole {
		t.Errorf("syntax: %q", h.Syntax)
	}
}

func surveyOfLinks(t *testing.T, b *bed) {
	dir := t.TempDir()
	for link, target := range map[string]string{
		"spark": "current", "current": b.home, "round": "about", "about": dir + "/round", "gone": "/nowhere/spark",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	h := b.survey(&Cluster{Home: dir + "/spark"}, inventory.Host{Name: "w1"})
	if p := h.Path(facts.Launcher); p.Real != realPath(t, b.home) {
		t.Errorf("%+v", p)
	}
	var seen []string
	for _, l := range h.Links {
		if l.Of == facts.Launcher && strings.HasPrefix(l.Path, dir) {
			seen = append(seen, filepath.Base(l.Path)+fmt.Sprint(l.Relative(), l.Dangling))
		}
	}
	if got := strings.Join(seen, " "); got != "sparktrue false currentfalse false" {
		t.Errorf("links: %s", got)
	}
	if p := b.survey(&Cluster{Home: dir + "/round"}, inventory.Host{Name: "w1"}).Path(facts.Launcher); !p.Loop || p.Exists() {
		t.Errorf("a circle: %+v", p)
	}
	h = b.survey(&Cluster{Home: dir + "/gone"}, inventory.Host{Name: "w1"})
	if p := h.Path(facts.Launcher); p.Missing != "/nowhere" || !h.Links[len(h.Links)-1].Dangling {
		t.Errorf("dangling: %+v %+v", p, h.Links)
	}
}

// What cannot be made: below a file, and where a link leads nowhere.
func surveyOfDirectories(t *testing.T, b *bed) {
	if err := os.Symlink(b.home+"/no/where", b.home+"/pids"); err != nil {
		t.Fatal(err)
	}
	b.write("conf/spark-env.sh", "SPARK_PID_DIR=$SPARK_HOME/pids/a\nSPARK_LOG_DIR=$SPARK_HOME/jvm/daemon/logs\n", 0o644)
	h := b.survey(&Cluster{Home: b.home}, inventory.Host{Name: "w1"})
	if p := h.Path(facts.Logs); p.Nearest != b.home+"/jvm/daemon" || !p.NearestFile || p.Broken != "" {
		t.Errorf("below a file: %+v", p)
	}
	if p := h.Path(facts.Pids); p.Broken != b.home+"/pids" || p.Real != b.home+"/no/where/a" || p.NearestFile {
		t.Errorf("behind a link: %+v", p)
	}
	b.expect("start", b.start(Worker), "permission")
	b.write("conf/spark-env.sh", "", 0o644)
	if err := errors.Join(os.Chmod(b.home+"/bin/spark-class", 0o644), os.Chmod(b.home+"/jars", 0o777), os.Chmod(b.home+"/conf/spark-env.sh", 0o666)); err != nil {
		t.Fatal(err)
	}
	h = b.survey(&Cluster{Home: b.home}, inventory.Host{Name: "w1"})
	if p := h.Path(facts.Program); p.Type != "file" || p.Searchable || p.Mode != 0o644 || h.Path(facts.Jars).Mode.Perm() != 0o777 || h.Path(facts.Bin).Mode.Perm() != 0o755 || h.Path(facts.ConfFile).Mode != 0o666 {
		t.Errorf("%+v", h.Paths)
	}
	records := b.start(Worker)
	if b.expect("start", records, "permission"); !strings.Contains(records[len(records)-1]["message"], "bin/spark-class may not be run") {
		t.Errorf("%v", records)
	}
}

func realPath(t *testing.T, name string) string {
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		t.Fatal(err)
	}
	return real
}

func surveyOfPidFiles(t *testing.T, b *bed) {
	foreign := exec.Command("sleep", "60")
	if err := foreign.Start(); err != nil {
		t.Fatal(err)
	}
	defer foreign.Wait()
	defer foreign.Process.Kill()
	b.write("pids/spark-tester-"+Worker.Class()+"-1.pid", fmt.Sprint(foreign.Process.Pid), 0o644)
	b.write("pids/spark-other-"+Worker.Class()+"-7.pid", "many", 0o644)
	b.write("pids/spark-other-"+Master.Class()+"-1.pid", "4194399", 0o644)
	h := b.survey(&Cluster{Home: b.home}, inventory.Host{Name: "w1"})
	found := map[string]string{}
	for _, p := range h.PidFiles {
		if strings.HasPrefix(p.Path, b.home) {
			found[p.Names] = p.State
		}
	}
	if found["many"] != "garbage" || found["4194399"] != "gone" || found[fmt.Sprint(foreign.Process.Pid)] != "foreign" {
		t.Errorf("pid files: %v", h.PidFiles)
	}
}

func surveyOfPorts(t *testing.T, b *bed) {
	l, err := net.Listen("tcp4", "127.0.0.7:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	conf, _ := os.ReadFile(b.home + "/conf/spark-env.sh")
	b.write("conf/spark-env.sh", string(conf)+fmt.Sprintf("SPARK_WORKER_WEBUI_PORT=%d\nSPARK_WORKER_PORT=tcp://10.0.0.1:1\n", port), 0o644)
	h := b.survey(&Cluster{Home: b.home, Addresses: []string{"h:7077"}}, inventory.Host{Name: "w1"})
	if !slices.Contains(h.Wanted, facts.Wanted{Role: "worker", Use: "webui", Port: port}) || !slices.Contains(h.Wanted, facts.Wanted{Role: "master", Use: "rpc", Port: 7077}) {
		t.Errorf("wanted: %v", h.Wanted)
	}
	i := slices.IndexFunc(h.Listeners, func(l facts.Listener) bool { return l.Port == port })
	if i < 0 {
		t.Fatalf("listeners: %v", h.Listeners)
	}
	if l := h.Listeners[i]; l.Address != "127.0.0.7" || l.PID != os.Getpid() || l.UID != os.Getuid() || !strings.Contains(l.Command, "test") {
		t.Errorf("listener: %+v", l)
	}
	if !slices.ContainsFunc(h.Unseen, func(u facts.Unseen) bool { return strings.Contains(u.Why, "is not a port number") }) {
		t.Errorf("unseen: %v", h.Unseen)
	}
}

// A look costs a bounded number of programs, whatever the host: they are what its time goes
// into. Nothing but these is run: bash twice, grep, awk, stat twice, java, python and getent.
func TestSurveyIsCheap(t *testing.T) {
	shelltest.Unwatched(t) // the daemons of other packages' tests, which run beside that, are looked at too
	b := newBed(t, []string{"dash", "-s"}, "")
	dir := t.TempDir()
	log := filepath.Join(dir, "ran")
	for _, name := range []string{
		"awk", "base64", "bash", "cut", "date", "df", "du", "env", "getconf", "getent", "grep", "head", "hostname", "id", "java", "ls", "nproc",
		"python3", "readlink", "sed", "seq", "sleep", "sort", "stat", "sudo", "tail", "timeout", "tr", "true", "uname",
	} {
		real, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if name == "python3" {
			real = "echo" // those of some users are many programs
		}
		text := fmt.Sprintf("#!/bin/sh\necho %s >>%s\nexec %s \"$@\"\n", name, log, real)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	sh, err := exec.LookPath("dash")
	if err != nil {
		t.Skip("no dash")
	}
	b.sh = []string{sh, "-s"}
	h := b.survey(&Cluster{Home: b.home, Addresses: []string{"127.0.0.1:1"}}, inventory.Host{Name: "w1"}, "PATH="+dir)
	ran, _ := os.ReadFile(log)
	const inAll, each = 12, 12 // each for a daemon that other tests have on this machine
	others, _ := exec.Command("sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -c '^org[.]apache[.]spark[.]deploy'").Output()
	foreign, _ := strconv.Atoi(strings.TrimSpace(string(others)))
	most := inAll + each*max(foreign, len(h.Strangers))
	if n := strings.Count(string(ran), "\n"); n > most || n == 0 {
		t.Errorf("%d programs were run, more than %d:\n%s", n, most, ran)
	} else {
		t.Logf("%d programs", n)
	}
	if len(h.Unseen) > 0 && h.Unseen[0].What != "/etc/ssh/sshd_config" {
		t.Errorf("not looked at: %v", h.Unseen)
	}
}
