package ssh_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Who does not let go of the lock costs a warning, and no connection, however short its
// bound is.
func lockedKnownHosts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "known_hosts")
	locked, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer locked.Close()
	if err := syscall.Flock(int(locked.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	s := serve(t, sshtest.Options{})
	var mu sync.Mutex
	var warned []string
	p := newPool(t, ssh.Options{Warn: func(text string) {
		mu.Lock()
		defer mu.Unlock()
		warned = append(warned, text)
	}})
	var all sync.WaitGroup
	for i := range 4 {
		h := at(t, s.Addr())
		h.KnownHosts, h.HostKeyAlias, h.ConnectTimeout = []string{file}, fmt.Sprint("w", i), 4*time.Second
		all.Go(func() { connectAs(t, p, h) })
	}
	all.Wait()
	if len(warned) != 4 || !strings.Contains(warned[0], "another program has held the lock of "+file) || read(t, file) != "" {
		t.Errorf("%q", warned)
	}
}

// A line that waits for the lock is not written to a file that has been replaced meanwhile.
func TestReplacedKnownHosts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := write(t, filepath.Join(dir, "known_hosts"), "")
	locked, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer locked.Close()
	if err := syscall.Flock(int(locked.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	s := serve(t, sshtest.Options{})
	h := at(t, s.Addr())
	h.KnownHosts = []string{file}
	var all sync.WaitGroup
	p := newPool(t, ssh.Options{})
	all.Go(func() { connectAs(t, p, h) })
	for end := time.Now().Add(patience); s.Connections() == 0 && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
	}
	time.Sleep(50 * time.Millisecond)
	if err := os.Rename(write(t, filepath.Join(dir, "new"), "# new\n"), file); err != nil {
		t.Fatal(err)
	}
	locked.Close()
	all.Wait()
	if text := read(t, file); strings.Count(text, "\n") != 2 || !strings.HasPrefix(text, "# new\n") {
		t.Errorf("%q", text)
	}
}

// A key that this run has remembered has a line, too.
func TestChangedInOneRun(t *testing.T) {
	h := at(t, serve(t, sshtest.Options{}).Addr())
	other := at(t, serve(t, sshtest.Options{}).Addr())
	write(t, h.KnownHosts[0], "# one\n# two, unfinished")
	h.HostKeyAlias, other.HostKeyAlias, other.KnownHosts = "farm", "farm", h.KnownHosts
	p := newPool(t, ssh.Options{})
	connect(t, p, h)
	if e := refusal(t, p, other); !strings.Contains(e.Error(), h.KnownHosts[0]+":3") {
		t.Error(e)
	}
}

// What was remembered is found again: by this package, by ssh-keygen, and in the same run.
func TestRemembered(t *testing.T) {
	for _, hash := range []bool{false, true} {
		s := serve(t, sshtest.Options{})
		h := at(t, s.Addr())
		h.KnownHosts = []string{filepath.Join(t.TempDir(), "new", "known_hosts"), filepath.Join(t.TempDir(), "second")}
		h.HashKnownHosts = hash
		p := newPool(t, ssh.Options{})
		connect(t, p, h)
		other := *h
		other.User = "other"
		connect(t, p, &other)
		text := read(t, h.KnownHosts[0])
		name := fmt.Sprintf("[127.0.0.1]:%d", h.Port)
		if strings.Count(text, "\n") != 1 || strings.HasPrefix(text, "|1|") != hash || strings.Contains(text, name) == hash {
			t.Errorf("hashed %v: %q", hash, text)
		}
		if info, err := os.Stat(h.KnownHosts[0]); err != nil || info.Mode() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if info, err := os.Stat(filepath.Dir(h.KnownHosts[0])); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if _, err := os.Stat(h.KnownHosts[1]); err == nil {
			t.Error("the second file was written to")
		}
		h.Strict = config.Yes
		connect(t, newPool(t, ssh.Options{}), h)
		if _, err := exec.LookPath("ssh-keygen"); err != nil {
			t.Log("NOT COMPARED with ssh-keygen: there is none")
			continue
		}
		if out, err := exec.Command("ssh-keygen", "-F", name, "-f", h.KnownHosts[0]).CombinedOutput(); err != nil || !strings.Contains(string(out), "ssh-ed25519") {
			t.Errorf("ssh-keygen -F: %s, %v", out, err)
		}
	}
}

// A key that cannot be remembered is told of, and is no reason to stay away.
func TestNotRemembered(t *testing.T) {
	s := serve(t, sshtest.Options{})
	var warned []string
	h := at(t, s.Addr())
	h.KnownHosts = nil
	connect(t, newPool(t, ssh.Options{Warn: func(text string) { warned = append(warned, text) }}), h)
	if len(warned) != 1 || !strings.Contains(warned[0], gossh.FingerprintSHA256(s.HostKey())) {
		t.Errorf("%q", warned)
	}
	h.KnownHosts = []string{"/dev/null"}
	connect(t, newPool(t, ssh.Options{Warn: func(text string) { t.Error(text) }}), h)
	h.Strict = config.Yes
	refusal(t, newPool(t, ssh.Options{}), h)
}

// Several files count as one.
func TestSeveralFiles(t *testing.T) {
	t.Parallel()
	s := serve(t, sshtest.Options{})
	_, other := newKey(t)
	right := "127.0.0.1 " + string(gossh.MarshalAuthorizedKey(s.HostKey()))
	for _, c := range []struct {
		user, second, global string
		known                bool
	}{
		{"", "", "", false},
		{"", right, "", true},
		{"", "", right, true},
		{"HOST " + public(other), "", right, false},
		{"", "@revoked * " + string(gossh.MarshalAuthorizedKey(s.HostKey())), right, false},
	} {
		h := at(t, s.Addr())
		dir := t.TempDir()
		file := func(name, text string) string {
			return write(t, filepath.Join(dir, name), strings.ReplaceAll(text, "HOST", fmt.Sprintf("[127.0.0.1]:%d", h.Port)))
		}
		h.KnownHosts, h.GlobalKnownHosts = []string{file("user", c.user), file("second", c.second)}, []string{file("global", c.global), filepath.Join(dir, "missing")}
		h.Strict = config.Yes
		if _, err := newPool(t, ssh.Options{}).Connect(t.Context(), h); (err == nil) != c.known {
			t.Errorf("%+v: %v", c, err)
		}
		if binary := openSSH(t); binary != "" && asOpenSSH(t, binary, "yes", h) != c.known {
			t.Errorf("%+v: ssh differs", c)
		}
	}
}
