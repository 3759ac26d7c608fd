package ssh_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sparkops/shell"
	"sparkops/ssh"
	"sparkops/ssh/config"
)

// deadMount is a directory whose file system answers nothing, as that of an NFS server which is
// gone. Who looks into it is let go when the test ends.
func deadMount(t *testing.T) (dir string) {
	t.Helper()
	fd, err := syscall.Open("/dev/fuse", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Skip("NOT TESTED: no FUSE on this machine: ", err)
	}
	dir = t.TempDir()
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=%d,group_id=%d", fd, os.Getuid(), os.Getgid())
	if err := syscall.Mount("dead", dir, "fuse", 0, options); err != nil {
		syscall.Close(fd)
		t.Skip("NOT TESTED: this user mounts nothing: ", err)
	}
	t.Cleanup(func() {
		syscall.Close(fd) // nobody answers any more: all requests fail
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// A file on a mount whose server is gone costs the hosts that need it their bound, at the same
// time, and is named; it costs other hosts nothing, though they share what was read.
func TestDeadMount(t *testing.T) {
	t.Parallel()
	leavesNothing(t, func(t *testing.T) {
		const bound = 8 * time.Second // in which a host that lives has answered
		dead := deadMount(t)
		private, signer := newKey(t)
		key := writeKey(t, filepath.Join(t.TempDir(), "id"), private)
		s := authorized(t, signer)
		for name, on := range map[string]func(h *config.Host, file string){
			"IdentityFile":     func(h *config.Host, file string) { h.Identities = append([]string{file}, h.Identities...) },
			"CertificateFile":  func(h *config.Host, file string) { h.Certificates = []string{file} },
			"known_hosts":      func(h *config.Host, file string) { h.KnownHosts = []string{file} },
			"GlobalKnownHosts": func(h *config.Host, file string) { h.GlobalKnownHosts = []string{file} },
			"RevokedHostKeys":  func(h *config.Host, file string) { h.RevokedHostKeys = file },
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := newPool(t, ssh.Options{ConnectTimeout: bound})
				file := filepath.Join(dead, strings.ReplaceAll(name, " ", ""))
				host := func(i int) *config.Host {
					h := at(t, s.Addr())
					h.User, h.Identities, h.IdentitiesSet = fmt.Sprint("u", i), []string{key}, true
					return h
				}
				begin := time.Now()
				var all sync.WaitGroup
				for i := range 4 {
					h := host(i)
					on(h, file)
					all.Go(func() {
						_, err := p.Connect(t.Context(), h)
						if e := shell.AsError(err, shell.ClassExit); e.Class != shell.ClassTimeout || !strings.Contains(e.Error(), file+" could not be read") || !strings.Contains(e.Hint, file) {
							t.Errorf("class %s, hint %q: %v", e.Class, e.Hint, e)
						}
					})
				}
				time.Sleep(100 * time.Millisecond) // they are waiting
				connect(t, p, host(9))
				if took := time.Since(begin); took > bound {
					t.Errorf("another host took %v", took)
				}
				all.Wait()
				if took := time.Since(begin); took < bound || took > 2*bound+patience/4 {
					t.Errorf("after %v", took)
				}
			})
		}
	})
}

// What hangs beside known_hosts is a file too: a pipe that somebody holds open and writes nothing to.
func TestKnownHostsIsAPipe(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "known_hosts")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	held, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	_, signer := newKey(t)
	h := at(t, authorized(t, signer).Addr())
	h.GlobalKnownHosts = []string{pipe}
	if e := refusal(t, newPool(t, ssh.Options{ConnectTimeout: time.Second}), h); e.Class != shell.ClassTimeout || !strings.Contains(e.Error(), pipe) {
		t.Errorf("class %s: %v", e.Class, e)
	}
}
