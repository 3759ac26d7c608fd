package spark

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sparkops/inventory"
	"sparkops/spark/facts"
)

// oddFiles are what a conf directory may hold, and what has to arrive byte by byte.
var oddFiles = map[string]string{
	"spark-defaults.conf": "spark.a  b\\n\\\\ \"x\" 'y' $HOME `id` %s\n\tc\r\nlast line without its end",
	"log4j.properties":    "\xef\xbb\xbfa\x00b\n\x00\nä\xff\xfe\x01\x7f\n",
	"log4j2.properties":   "\n\n\nx=\\\n  y\n\n\n",
	"slaves":              "",
	"masters":             "\n",
	"workers":             strings.Repeat("worker \\ \"quoted\" of many # ü\r\n", 3000),
}

// What a look says is what Go finds on the same host by its own means.
func TestSurveyIsTrue(t *testing.T) {
	for name, argv := range shells {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, argv, "JAVA_HOME=$SPARK_HOME/java\nSPARK_WORKER_CORES=2\nSPARK_LOCAL_DIRS='"+t.TempDir()+"/a b,/tmp'\nSPARK_ODD='a\\b\nc'\"$(printf '\\r')\"d\n")
			for name, text := range oddFiles {
				b.write("conf/"+name, text, 0o640)
			}
			b.write("jars/of two.jar", "12345", 0o644)
			b.write("jdk/bin/java", "#!/bin/sh\necho 'openjdk version \"17.0.1\"' >&2\nprintf '%s\\n' '\\back '$#$1 >&2\n", 0o755)
			if err := os.Symlink(b.home+"/jdk", b.home+"/java"); err != nil {
				t.Fatal(err)
			}
			h := b.survey(&Cluster{Home: b.home, Addresses: []string{"127.0.0.1:1"}}, inventory.Host{Name: "w1"}, "SSH_X=y z", "LANG=C", "SPARK_LOGIN=1", "JAVA_HOME_=no", "PYSPARK_DRIVER_PYTHON=p")
			trueFiles(t, b, h)
			trueNetwork(t, h)
			trueResources(t, h)
			truePaths(t, h)
			trueVariables(t, b, h)
		})
	}
}

// expect compares what was said with what is.
func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", want); g != w {
		t.Errorf("%s: %s, and not %s", what, g, w)
	}
}

func trueFiles(t *testing.T, b *bed, h *facts.Host) {
	for name, text := range oddFiles {
		f, _ := h.File(name)
		if !bytes.Equal(f.Text, []byte(text)) || f.Real != realPath(t, b.home)+"/conf/"+name {
			t.Errorf("%s: %d bytes, and not %d: %.200q", name, len(f.Text), len(text), f.Text)
		}
	}
	expect(t, "jars", h.Spark.Jars, []facts.Jar{{Name: "of two.jar", Size: 5}, {Name: "spark-core_2.12-3.5.8.jar"}})
	h.Java.Said = strings.TrimSpace(h.Java.Said)
	expect(t, "java", h.Java, facts.Java{
		Found: true, Path: b.home + "/java/bin/java", Real: realPath(t, b.home) + "/jdk/bin/java", From: "JAVA_HOME", Said: "openjdk version \"17.0.1\"\n\\back 1-version",
	})
	if python, err := exec.LookPath("python3"); err == nil {
		said, _ := exec.Command(python, "--version").CombinedOutput()
		i := slices.IndexFunc(h.Pythons, func(p facts.Python) bool { return p.Name == "python3" && p.Path == python })
		if i < 0 || strings.TrimSpace(h.Pythons[i].Said) != strings.TrimSpace(string(said)) {
			t.Errorf("python: %q, and not %q", h.Pythons, said)
		}
	}
	if h.Syntax != "" || len(h.Refusals) > 0 {
		t.Errorf("syntax %q, refusals %v", h.Syntax, h.Refusals)
	}
}

func trueNetwork(t *testing.T, h *facts.Host) {
	read := func(name string) string {
		text, _ := os.ReadFile(name)
		return strings.TrimSpace(string(text))
	}
	hostname, _ := os.Hostname()
	network, _ := os.Readlink("/proc/self/ns/net")
	n := h.Name
	expect(t, "name", []string{n.Host, n.MachineID, n.BootID, n.Network}, []string{hostname, read("/etc/machine-id"), read("/proc/sys/kernel/random/boot_id"), network})
	own, _ := net.InterfaceAddrs()
	for _, a := range own {
		prefix, err := netip.ParsePrefix(a.String())
		if err == nil && !slices.Contains(n.Addresses, prefix.Addr()) {
			t.Errorf("the address %v is not among %v", a, n.Addresses)
		}
	}
	for _, name := range []string{hostname, "127.0.0.1"} {
		var want, got []string
		resolved, _ := net.LookupHost(name)
		want = append(want, resolved...)
		for _, a := range h.Resolve(name).Addresses {
			got = append(got, a.String())
		}
		if state := h.Resolve(name).State; len(want) > 0 && (state != "found" || len(got) == 0 || !slices.Contains(want, got[0])) {
			t.Errorf("%s is %v (%s), and not %v", name, got, state, want)
		}
	}
	if full, err := exec.Command("hostname", "-f").Output(); err == nil {
		expect(t, "hostname -f", n.Full, strings.TrimSpace(string(full)))
	}
	hosts := regexp.MustCompile(`(?im)^[^#\n]+[ \t](` + regexp.QuoteMeta(hostname) + `|127\.0\.0\.1)([ \t]|$)`)
	expect(t, "lines of /etc/hosts", len(n.Hosts), len(hosts.FindAllString(read("/etc/hosts"), -1)))
}

func trueResources(t *testing.T, h *facts.Host) {
	info, _ := os.ReadFile("/proc/meminfo")
	total, _ := strconv.ParseInt(string(regexp.MustCompile(`MemTotal: *(\d+)`).FindSubmatch(info)[1]), 10, 64)
	expect(t, "memory", h.Memory.Total, total<<10)
	expect(t, "cores", h.Cores, runtime.NumCPU())
	limit := func(n uint64) string {
		if int64(n) == -1 {
			return "unlimited"
		}
		return fmt.Sprint(n)
	}
	var files syscall.Rlimit
	syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files)
	expect(t, "limits", []string{h.Limits.FilesHard}, []string{limit(files.Max)})
	me, _ := user.Current()
	expect(t, "access", []string{h.Access.User, fmt.Sprint(h.Access.UID), fmt.Sprint(h.Sudo.Root)}, []string{me.Username, me.Uid, fmt.Sprint(me.Uid == "0")})
	passwd, _ := os.ReadFile("/etc/passwd")
	if found := regexp.MustCompile(`(?m)^[^:\n]*:[^:\n]*:` + me.Uid + `:.*:(.*)$`).FindSubmatch(passwd); found != nil {
		expect(t, "login shell", h.Access.Shell, string(found[1]))
	}
}

func truePaths(t *testing.T, h *facts.Host) {
	mounts, _ := os.ReadFile("/proc/mounts")
	for _, p := range h.Paths {
		info, err := os.Stat(p.Path)
		if err != nil {
			expect(t, p.Path, p.Type, "missing")
			continue
		}
		stat := info.Sys().(*syscall.Stat_t)
		owner, _ := user.LookupId(fmt.Sprint(stat.Uid))
		group, _ := user.LookupGroupId(fmt.Sprint(stat.Gid))
		mode := info.Mode().Perm() | info.Mode()&(os.ModeSticky|os.ModeSetuid|os.ModeSetgid)
		expect(t, p.Path, []any{p.Mode, p.UID, p.Owner, p.Group, p.Inode, p.Real}, []any{mode, int(stat.Uid), owner.Username, group.Name, fmt.Sprint(stat.Ino), realPath(t, p.Path)})
		if !info.IsDir() {
			expect(t, p.Path, p.Size, info.Size())
			expect(t, p.Path, p.Changed.Unix(), info.ModTime().Unix())
		}
		var fs syscall.Statfs_t
		if syscall.Statfs(p.Path, &fs) == nil {
			expect(t, "room of "+p.Path, []any{p.Block, p.Blocks, p.Inodes}, []any{fs.Frsize, int64(fs.Blocks), int64(fs.Files)})
		}
		if !strings.Contains(string(mounts), " "+p.Mount+" "+p.FSType+" ") {
			t.Errorf("%s lies in %s (%s)", p.Path, p.Mount, p.FSType)
		}
	}
	if skew := time.Since(h.Clock); skew < -time.Second || skew > time.Minute {
		t.Errorf("clock: %v", h.Clock)
	}
}

func trueVariables(t *testing.T, b *bed, h *facts.Host) {
	h.Login["PATH"], h.Env["PATH"], h.Login["HOME"], h.Env["HOME"] = "", "", "", ""
	login := map[string]string{"PATH": "", "HOME": "", "USER": "tester", "SSH_X": "y z", "LANG": "C", "SPARK_LOGIN": "1", "PYSPARK_DRIVER_PYTHON": "p"}
	expect(t, "login", h.Login, login)
	env := login
	for name, value := range map[string]string{
		"SPARK_HOME": b.home, "SPARK_CONF_DIR": b.home + "/conf", "SPARK_PID_DIR": b.home + "/pids", "JAVA_HOME": b.home + "/java",
		"SPARK_WORKER_CORES": "2", "SPARK_LOCAL_DIRS": h.Env["SPARK_LOCAL_DIRS"], "SPARK_ODD": "a\\b\nc\rd",
	} {
		env[name] = value
	}
	expect(t, "environment", h.Env, env)
}
