package spark

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sparkops/fleet"
	"sparkops/inventory"
	"sparkops/shell"
	"sparkops/shell/shelltest"
)

// pushBed is a conf directory, and a shell to run the scripts of a push with.
type pushBed struct {
	*testing.T
	sh   []string
	home string
	path string // PATH of the scripts
	push *Push
	cred *syscall.Credential
}

func newPushBed(t *testing.T, sh []string) *pushBed {
	shelltest.Unwatched(t) // scripts run, and no Go beside them
	shelltest.Program(t, sh[0])
	b := &pushBed{T: t, sh: sh, home: filepath.Join(t.TempDir(), "spark's home"), path: os.Getenv("PATH")}
	b.write("bin/spark-class", "", 0o755)
	b.write("conf/spark-env.sh", "A=1\n", 0o640)
	b.want("A=2\n")
	return b
}

// want makes text what is to be pushed.
func (b *pushBed) want(text string) {
	b.push = &Push{
		Cluster: &Cluster{Home: b.home}, Hosts: []inventory.Host{{Name: "w1"}}, Bounds: Bounds{Script: time.Minute},
		Run:   Run{Launcher: "abc", PID: 1, Began: "2", Nonce: "xn"},
		Files: []PushFile{{Name: "spark-env.sh", Content: map[string][]byte{"w1": []byte(text)}, Mode: map[string]string{"w1": "0644"}}},
	}
}

func (b *pushBed) write(name, text string, mode os.FileMode) {
	b.Helper()
	path := filepath.Join(b.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		b.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		b.Fatal(err)
	}
}

func (b *pushBed) read(name string) string {
	b.Helper()
	text, err := os.ReadFile(filepath.Join(b.home, name))
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// run runs the one script of a plan.
func (b *pushBed) run(plan fleet.Plan) Answer {
	b.Helper()
	task := plan.Stages[0].Tasks[0]
	text, err := task.Script.Text()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), b.sh[0], b.sh[1:]...)
	cmd.Stdin = strings.NewReader("{\n" + text + "\n} </dev/null\n")
	cmd.Env = []string{"PATH=" + b.path, "HOME=" + b.TempDir(), "USER=tester"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: b.cred}
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s: %v\n%s\n%s", task.Script.Name, err, out, said.String())
	}
	return b.push.Read(fleet.Result{Task: task, Output: shell.Output{Stdout: out, Stderr: []byte(said.String())}})
}

func (b *pushBed) compare() Answer { b.Helper(); return b.run(b.push.Compare(b.sums())) }

func (b *pushBed) sums() Sums {
	sum := sha256.Sum256(b.push.Files[0].Content["w1"])
	return Sums{"w1": {hex.EncodeToString(sum[:])}}
}

var first = Files{"w1": {0}}

func (b *pushBed) stage() Pushed { b.Helper(); return b.run(b.push.Stage(first, b.sums())).Files[0] }

func (b *pushBed) switchNow() Pushed {
	b.Helper()
	return b.run(b.push.Switch(first, b.sums())).Files[0]
}

// pushed stages and switches, and wants both to succeed.
func (b *pushBed) pushed() {
	b.Helper()
	for _, o := range []Pushed{b.stage(), b.switchNow()} {
		if !o.OK() {
			b.Fatalf("%s: %s %s", o.State, o.Class, o.Message)
		}
	}
	if got, want := b.read("conf/spark-env.sh"), string(b.push.Files[0].Content["w1"]); got != want {
		b.Fatalf("the file has %d bytes, want %d: %.80q", len(got), len(want), got)
	}
	b.alone()
}

// alone wants no temporary file in the conf directory.
func (b *pushBed) alone() {
	b.Helper()
	if left, _ := filepath.Glob(b.home + "/conf/.*sparkops*"); len(left) > 0 {
		b.Errorf("left: %v", left)
	}
}

// refused wants a stage or switch to fail, the old file to be whole, and nothing to be left.
func (b *pushBed) refused(o Pushed, class shell.Class, message string) {
	b.Helper()
	if o.Class != class || !strings.Contains(o.Message, message) {
		b.Errorf("%s %q, want %s %q", o.Class, o.Message, class, message)
	}
	b.alone()
}

func TestPushScripts(t *testing.T) {
	cases := map[string]func(*pushBed){
		"round":        pushRound,
		"bytes":        pushBytes,
		"attributes":   pushAttributes,
		"in the way":   pushInTheWay,
		"links":        pushLinks,
		"rollback":     pushRollback,
		"common":       pushCommon,
		"shown":        pushShown,
		"complaints":   pushComplaints,
		"checksum":     pushChecksum,
		"bash refuses": pushBashRefuses,
		"leftovers":    pushLeftovers,
		"nobody reads": pushNobodyReads,
		"poor host":    pushPoorHost,
		"dd":           pushDD,
		"others":       pushOthers,
		"others end":   pushOthersEnd,
		"user":         pushAsUser,
		"mode":         pushModeAndOwner,
		"facts":        pushFacts,
	}
	for name, argv := range shells {
		for what, do := range cases {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				do(newPushBed(t, argv))
			})
		}
	}
}

func pushRound(b *pushBed) {
	a := b.compare()
	if o := a.Files[0]; o.State != Differs || o.Before == "" || !o.OK() {
		b.Fatalf("compared: %+v", o)
	}
	b.pushed()
	if got := b.read("conf/spark-env.sh.sparkops-backup"); got != "A=1\n" {
		b.Errorf("the backup has %q", got)
	}
	if o := b.compare().Files[0]; o.Before != b.sums()["w1"][0] || o.Backup == "" {
		b.Errorf("compared again: %+v", o)
	}
	os.Remove(b.home + "/conf/spark-env.sh")
	if o := b.compare().Files[0]; o.State != Absent {
		b.Errorf("compared with nothing: %+v", o)
	}
	b.pushed()
}

// Any byte arrives, and so does a file of a size that no argument of a program may have.
func pushBytes(b *pushBed) {
	var all strings.Builder
	for i := range 256 {
		all.WriteByte(byte(i))
	}
	for name, text := range map[string]string{
		"every byte": all.String() + "\\0000 \\n %s '\"$`", "empty": "", "no newline": "A=1", "newlines": "\n\n\n",
		"large": strings.Repeat("# 0123456789 abc\n", 64<<10),
	} {
		b.want(text)
		b.push.Files[0].Name = "log4j2.properties" // bash does not read it
		for _, o := range []Pushed{b.stage(), b.switchNow()} {
			if !o.OK() {
				b.Fatalf("%s: %s %s", name, o.Class, o.Message)
			}
		}
		if got := b.read("conf/log4j2.properties"); got != text {
			b.Errorf("%s: %d bytes, want %d", name, len(got), len(text))
		}
	}
}

func pushAttributes(b *pushBed) {
	stat := func() string {
		info, err := os.Stat(b.home + "/conf/spark-env.sh")
		if err != nil {
			b.Fatal(err)
		}
		s := info.Sys().(*syscall.Stat_t)
		return fmt.Sprintf("%o %d:%d", info.Mode().Perm(), s.Uid, s.Gid)
	}
	for _, mode := range []os.FileMode{0o444, 0o600, 0o664, 0o755} {
		os.Chmod(b.home+"/conf/spark-env.sh", mode)
		if os.Getuid() == 0 {
			os.Chown(b.home+"/conf/spark-env.sh", 1234, 4321)
		}
		want := stat()
		b.want(fmt.Sprintf("A=%o\n", mode))
		b.pushed()
		if got := stat(); got != want {
			b.Errorf("it is %s now, and was %s", got, want)
		}
	}
	os.Remove(b.home + "/conf/spark-env.sh")
	b.push.Files[0].Mode["w1"] = "0600"
	b.pushed()
	if got := stat(); !strings.HasPrefix(got, "600 ") {
		b.Errorf("the new file is %s", got)
	}
}

func pushInTheWay(b *pushBed) {
	env := b.home + "/conf/spark-env.sh"
	staged := b.stage()
	os.Remove(env)
	os.MkdirAll(env+"/in", 0o755)
	if o := b.compare().Files[0]; o.Class != shell.ClassConfig {
		b.Errorf("compared: %+v", o)
	}
	b.refused(b.switchNow(), shell.ClassConfig, "is a directory")
	os.RemoveAll(env)
	if staged.State != Staged {
		b.Errorf("staged: %+v", staged)
	}
	os.Remove(filepath.Join(b.home, "conf"))
	os.RemoveAll(b.home + "/conf")
	b.refused(b.compare().Files[0], shell.ClassConfig, "no conf directory")
	os.RemoveAll(b.home + "/bin")
	if o := b.compare().Files[0]; o.Class != shell.ClassSparkHome {
		b.Errorf("without Spark: %+v", o)
	}
}

func pushLinks(b *pushBed) {
	env := b.home + "/conf/spark-env.sh"
	b.write("else where/real", "old\n", 0o644)
	b.write("conf/one", "", 0o644)
	os.Remove(env)
	os.Symlink("../conf/one", env)
	os.Remove(b.home + "/conf/one")
	os.Symlink(b.home+"/else where/real", b.home+"/conf/one")
	b.pushed()
	if to, err := os.Readlink(env); err != nil || to != "../conf/one" {
		b.Errorf("the link leads to %q (%v)", to, err)
	}
	if got := b.read("else where/real.sparkops-backup"); got != "old\n" {
		b.Errorf("the backup has %q", got)
	}
	os.Remove(b.home + "/else where/real")
	b.refused(b.stage(), shell.ClassConfig, "which is not there")
	os.Remove(b.home + "/conf/one")
	os.Symlink("spark-env.sh", b.home+"/conf/one")
	b.refused(b.stage(), shell.ClassConfig, "loop of links")
	os.Remove(env)
	os.Symlink("/dev/null", env)
	b.refused(b.stage(), shell.ClassConfig, "no regular file")
}

func pushRollback(b *pushBed) {
	b.pushed()
	b.push.Rollback = true
	o := b.compare().Files[0]
	wanted := Sums{"w1": {o.Backup}}
	for _, want := range []string{"A=1\n", "A=2\n"} {
		for _, plan := range []fleet.Plan{b.push.Stage(first, wanted), b.push.Switch(first, wanted)} {
			if o := b.run(plan).Files[0]; !o.OK() {
				b.Fatalf("%s %s", o.Class, o.Message)
			}
		}
		if got := b.read("conf/spark-env.sh"); got != want {
			b.Errorf("%q, want %q", got, want)
		}
		wanted = Sums{"w1": {b.compare().Files[0].Backup}}
	}
	b.alone()
	os.Remove(b.home + "/conf/spark-env.sh")
	if o := b.compare().Files[0]; o.State != Absent || o.Backup == "" {
		b.Errorf("with the file gone: %+v", o)
	}
}

// In a rollback the SHA-256 of what is before the mark is that of a file without one.
func pushCommon(b *pushBed) {
	b.push.Rollback, b.push.Files[0].Mark = true, "# --- \\\\1 "
	common := func(text string) string {
		b.write("conf/spark-env.sh", text, 0o644)
		b.write("conf/spark-env.sh.sparkops-backup", text, 0o644)
		o := b.compare().Files[0]
		if o.Common != o.Older {
			b.Errorf("%q: %s, and in the backup %s", text, o.Common, o.Older)
		}
		return o.Common
	}
	for plain, marked := range map[string]string{"A=1\n": "A=1\n\n# --- \\\\1 w1\nB=2\n", "A=1": "A=1\n\n# --- \\\\1 w1\n", "A=1\n\n": "A=1\n\n\n# --- \\\\1 w1\nC", "": "\n# --- \\\\1 "} {
		if one, two := common(plain), common(marked); one != two {
			b.Errorf("%q: %s, %q: %s", plain, one, marked, two)
		}
	}
	if common("A=1\n") == common("A=2\n") || common("A=1\n") == common("A=1\n\n") {
		b.Error("other content, the same sum")
	}
}

// What a shell puts before a complaint, its own name and a line, is not shown.
func pushComplaints(b *pushBed) {
	for said, want := range map[string]string{
		"/bin/sh: 411: cannot create x": "cannot create x", "sh: 3: x: y": "x: y", "/usr/bin/my bash: line 12: x": "x", "mv: cannot move x": "mv: cannot move x",
	} {
		task := b.push.Compare(b.sums()).Stages[0].Tasks[0]
		task.Script.Body = body("lib", "push") + "\nemit kind failed; emit number 1; emit message \"$(said_by '" + said + "')\"; close_record"
		if got := b.run(fleet.Plan{Stages: []fleet.Stage{{Tasks: []fleet.Task{task}}}}).Files[0].Message; got != want {
			b.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

// Several large files are shown as far as an answer has room for them.
func pushShown(b *pushBed) {
	b.push.Show = true
	for i := range 4 {
		name := fmt.Sprintf("large%d", i)
		b.write("conf/"+name, strings.Repeat("# 0123456789 abc\n", 18000), 0o644)
		b.push.Files = append(b.push.Files, PushFile{Name: name})
	}
	sums := Sums{"w1": append(b.sums()["w1"], "", "", "", "")}
	shown := 0
	for _, o := range b.run(b.push.Compare(sums)).Files {
		if !o.OK() {
			b.Fatalf("%s: %s", o.File, o.Message)
		}
		if o.Text != nil {
			shown++
		}
	}
	if shown != 3 {
		b.Errorf("%d files are shown, want 3", shown)
	}
}

func pushChecksum(b *pushBed) {
	wrong := Sums{"w1": {strings.Repeat("0", 64)}}
	b.refused(b.run(b.push.Stage(first, wrong)).Files[0], shell.ClassChecksum, "not what was sent")
	b.stage()
	left, _ := filepath.Glob(b.home + "/conf/.*sparkops*")
	if len(left) != 1 || os.Truncate(left[0], 2) != nil {
		b.Fatalf("staged: %v", left)
	}
	b.refused(b.switchNow(), shell.ClassChecksum, "not there any more")
	if got := b.read("conf/spark-env.sh"); got != "A=1\n" {
		b.Errorf("the file has %q", got)
	}
}

func pushBashRefuses(b *pushBed) {
	b.want("if true\n")
	b.refused(b.stage(), shell.ClassConfig, "bash there cannot read it: line 2: syntax error")
	b.push.Force = true
	if o := b.stage(); o.State != Staged || o.Warning == "" {
		b.Errorf("forced: %+v", o)
	}
}

// What a killed run has left is shown, and removed when it is asked for; nothing else is.
func pushLeftovers(b *pushBed) {
	old := time.Now().Add(-time.Hour) // an empty text is never written, so that the model's time could stay
	os.Chtimes(b.home+"/conf/spark-env.sh", old, old)
	b.want("")
	b.stage()
	b.write("conf/.mine.sparkops-keep", "", 0o644)
	left := b.compare().Left
	if len(left) != 1 || left[0].Age < 0 || left[0].Age > time.Minute {
		b.Fatalf("left: %+v", left)
	}
	b.run(b.push.Clean(map[string][]string{"w1": {left[0].Path, b.home + "/conf/spark-env.sh", b.home + "/conf/.mine.sparkops-keep"}}))
	b.read("conf/spark-env.sh")
	b.read("conf/.mine.sparkops-keep")
	os.Remove(b.home + "/conf/.mine.sparkops-keep")
	b.alone()
}

// A temporary file of another push goes while it is looked at.
func pushOthersEnd(b *pushBed) {
	real, err := exec.LookPath("stat")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	stub := "#!/bin/sh\nfor last; do :; done\ncase $last in */.spark-env.sh.sparkops-*) rm -f \"$last\" ;; esac\nexec " + real + " \"$@\"\n"
	if err := os.WriteFile(dir+"/stat", []byte(stub), 0o755); err != nil {
		b.Fatal(err)
	}
	b.path = dir + ":" + b.path
	b.write("conf/.spark-env.sh.sparkops-abc-1-2", "", 0o600)
	if a := b.compare(); len(a.Left) != 0 || a.Files[0].Err != nil || a.Files[0].Class != "" {
		b.Fatalf("%+v", a)
	}
	b.alone()
}

// A launcher that went away while the script ran leaves nothing behind.
func pushNobodyReads(b *pushBed) {
	text, err := b.push.Stage(first, b.sums()).Stages[0].Tasks[0].Script.Text()
	if err != nil {
		b.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	r.Close()
	cmd := exec.CommandContext(b.Context(), b.sh[0], b.sh[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Env = strings.NewReader(text), w, []string{"PATH=" + b.path, "HOME=/"}
	cmd.Run() // it ends as it likes
	w.Close()
	b.alone()
}

// Without flock, ACL tools, and the options of GNU that help, by busybox alone.
func pushPoorHost(b *pushBed) {
	shelltest.Program(b.T, "busybox")
	dir := b.TempDir()
	for _, name := range []string{"sed", "awk", "cat", "tr", "stat", "readlink", "dd", "sync", "mv", "ln", "cp", "rm", "touch", "date", "chmod", "chown", "id", "sha256sum", "grep", "sleep", "ls"} {
		os.Symlink("/bin/busybox", filepath.Join(dir, name))
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		b.Fatal(err)
	}
	os.Symlink(bash, filepath.Join(dir, "bash"))
	sh, err := exec.LookPath(b.sh[0])
	if err != nil {
		b.Fatal(err)
	}
	b.sh = append([]string{sh}, b.sh[1:]...)
	b.path = dir
	pushRound(b)
	b.write("conf/spark-env.sh", "A=1\n", 0o640)
	pushAttributes(b)
	pushLinks(b)
}

// Another push at the same time: it is waited for, with a bound; one that was faster with the
// same content leaves the former file in the backup.
func pushOthers(b *pushBed) {
	shelltest.Program(b.T, "flock")
	conf, err := os.Open(b.home + "/conf")
	if err != nil {
		b.Fatal(err)
	}
	defer conf.Close()
	if err := syscall.Flock(int(conf.Fd()), syscall.LOCK_EX); err != nil {
		b.Fatal(err)
	}
	plan := b.push.Stage(first, b.sums())
	for i, v := range plan.Stages[0].Tasks[0].Script.Vars {
		if v.Name == "in_lock_wait" {
			plan.Stages[0].Tasks[0].Script.Vars[i].Value = "1"
		}
	}
	b.refused(b.run(plan).Files[0], shell.ClassTimeout, "another push has held")
	syscall.Flock(int(conf.Fd()), syscall.LOCK_UN)

	b.stage()
	b.write("conf/spark-env.sh", "A=2\n", 0o640)
	b.write("conf/spark-env.sh.sparkops-backup", "A=1\n", 0o640)
	if o := b.switchNow(); o.State != Switched || o.Before != b.sums()["w1"][0] {
		b.Errorf("switched: %+v", o)
	}
	if got := b.read("conf/spark-env.sh.sparkops-backup"); got != "A=1\n" {
		b.Errorf("the backup has %q", got)
	}
	b.alone()
}

// A temporary file is a leftover when its process is gone, and nobody can tell so for another
// launcher's before it is very old.
func TestIsLeft(t *testing.T) {
	lives := func(pid int, began string) bool { return pid == 10 && began == "77" }
	mine := Run{Launcher: "aaa", PID: 11, Began: "80", Nonce: "xq"}
	for name, want := range map[string][2]bool{ // young, old
		"/c/.f.sparkops-aaa-10-77xabc.0":     {false, false},
		"/c/.f.sparkops-aaa-10-77xabc.0.old": {false, false},
		"/c/.f.sparkops-aaa-10-78xabc.0":     {true, true},
		"/c/.f.sparkops-aaa-12-77xabc.3":     {true, true},
		"/c/.f.sparkops-bbb-12-77xabc.3":     {false, true},
		"/c/.f.sparkops-something":           {false, true},
	} {
		if young, old := mine.IsLeft(name, time.Minute, lives), mine.IsLeft(name, 7*time.Hour, lives); young != want[0] || old != want[1] {
			t.Errorf("%s: %v and %v, want %v", name, young, old, want)
		}
	}
}

// What a full quota makes of a write, in the words of the kernel; and a dd that cannot fsync.
func pushDD(b *pushBed) {
	dir := b.TempDir()
	dd := func(text string) {
		script := "#!/bin/sh\ncase $* in *conv=fsync*) " + text + ";; esac\n"
		if err := os.WriteFile(dir+"/dd", []byte(script), 0o755); err != nil {
			b.Fatal(err)
		}
	}
	b.path = dir + ":" + b.path
	dd(`head -c 2; echo "dd: error writing 'standard output': Disk quota exceeded" >&2; exit 1`)
	b.refused(b.stage(), shell.ClassDisk, "Disk quota exceeded")
	dd(`echo "dd: error writing 'standard output': Input/output error" >&2; exit 1`)
	b.refused(b.stage(), shell.ClassDisk, "Input/output error")
	dd(`echo "dd: invalid conversion: 'fsync'" >&2; exit 1`)
	b.pushed()
}

// A user who may write in the directory and does not own the file cannot keep its owner; one
// who may not write there is told whose it is.
func pushAsUser(b *pushBed) {
	if os.Getuid() != 0 {
		b.Skip("not tested: files of two users, as no one but root can make them")
	}
	for dir := b.home; dir != os.TempDir() && len(dir) > 1; dir = filepath.Dir(dir) {
		os.Chmod(dir, 0o755)
	}
	b.cred = &syscall.Credential{Uid: 1234, Gid: 1234}
	b.refused(b.stage(), shell.ClassPermission, "cannot read")
	os.Chmod(b.home+"/conf/spark-env.sh", 0o644)
	b.refused(b.stage(), shell.ClassPermission, "/conf (of root): Permission denied")
	os.Chown(b.home+"/conf", 1234, 1234)
	b.refused(b.stage(), shell.ClassPermission, "belongs to root:root")
	os.Chown(b.home+"/conf/spark-env.sh", 1234, 1234)
	os.Chmod(b.home+"/conf/spark-env.sh", 0o444)
	b.pushed()
}
