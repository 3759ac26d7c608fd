package ssh_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

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

// Any number of writers at a time, in this process and in others, lose and tear nothing,
// and an unfinished last line stays what it is.
func TestRememberedByMany(t *testing.T) {
	for _, before := range []string{"", "# a comment without a newline"} {
		s := serve(t, sshtest.Options{})
		file := filepath.Join(t.TempDir(), "known_hosts")
		if before != "" {
			write(t, file, before)
		}
		var all sync.WaitGroup
		for process := range 4 { // each with known hosts of its own, as processes have
			p := newPool(t, ssh.Options{})
			for i := range 25 {
				h := at(t, s.Addr())
				h.KnownHosts, h.HostKeyAlias = []string{file}, fmt.Sprintf("w%d-%d", process, i)
				all.Go(func() { connectAs(t, p, h) })
			}
		}
		all.Wait()
		lines := strings.Split(strings.TrimSuffix(read(t, file), "\n"), "\n")
		if before != "" {
			if lines[0] != strings.TrimSuffix(before, "\n") {
				t.Errorf("the first line is now %q", lines[0])
			}
			lines = lines[1:]
		}
		names := map[string]bool{}
		for _, line := range lines {
			name, key, _ := strings.Cut(line, " ")
			names[name] = true
			if key+"\n" != string(gossh.MarshalAuthorizedKey(s.HostKey())) {
				t.Errorf("torn: %q", line)
			}
		}
		if len(names) != 100 || len(lines) != 100 {
			t.Errorf("%d lines, %d names", len(lines), len(names))
		}
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
