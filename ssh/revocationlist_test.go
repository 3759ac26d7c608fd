package ssh_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

// krl makes a revocation list by ssh-keygen -k; spec is what is revoked, or public keys, in the
// words of hostKeys.lines.
func krl(t *testing.T, keys hostKeys, spec string, options ...string) (file string) {
	t.Helper()
	dir := t.TempDir()
	file = filepath.Join(dir, "krl")
	ca := write(t, filepath.Join(dir, "ca.pub"), keys.lines("=CA\n", "127.0.0.1:22"))
	args := []string{"-k", "-q", "-f", file}
	for _, option := range options {
		args = append(args, strings.ReplaceAll(option, "CA-FILE", ca))
	}
	args = append(args, write(t, filepath.Join(dir, "spec"), keys.lines(spec, "127.0.0.1:22")))
	if out, err := exec.CommandContext(t.Context(), shelltest.Program(t, "ssh-keygen"), args...).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen %q: %v: %s", args, err, out)
	}
	return file
}

// What a revocation list names, in each of the ways that it has, is revoked as it is by ssh.
func TestRevocationLists(t *testing.T) {
	shelltest.Unwatched(t)
	keys := newHostKeys(t)
	binary, keygen := openSSH(t), shelltest.Program(t, "ssh-keygen")
	fingerprint := func(name string) string { return gossh.FingerprintSHA256(keys[name].PublicKey()) }
	text := func(file string) []byte { return []byte(read(t, file)) }
	broken := func(change func([]byte) []byte) string {
		file := krl(t, keys, "=OTHER\n")
		return write(t, file, string(change(text(file))))
	}
	const byCA = "@cert-authority * =CA\n"
	for _, c := range []struct {
		name, server, known string
		list                string
		is                  string
	}{
		{"a key", "ED", "HOST =ED\n", krl(t, keys, "=ED\n"), "revoked"},
		{"a key that is unknown", "ED", "", krl(t, keys, "=ED\n"), "revoked"},
		{"another key", "ED", "HOST =ED\n", krl(t, keys, "=OTHER\n"), "known"},
		{"another key, unknown", "ED", "", krl(t, keys, "=OTHER\n"), "unknown"},
		{"an RSA key", "RSA", "HOST =RSA\n", krl(t, keys, "=OTHER\n=RSA\n"), "revoked"},
		{"an ECDSA key", "ECDSA", "HOST =ECDSA\n", krl(t, keys, "key: =ECDSA\n"), "revoked"},
		{"nothing", "ED", "HOST =ED\n", krl(t, keys, ""), "known"},
		{"a key by its SHA-1", "ED", "HOST =ED\n", krl(t, keys, "sha1: =ED\n"), "revoked"},
		{"a key by its SHA-256", "ED", "HOST =ED\n", krl(t, keys, "sha256: =ED\n"), "revoked"},
		{"a key by its fingerprint", "ED", "HOST =ED\n", krl(t, keys, "hash: "+fingerprint("ED")+"\n"), "revoked"},
		{"another key by its fingerprint", "ED", "HOST =ED\n", krl(t, keys, "hash: "+fingerprint("OTHER")+"\n"), "known"},
		{"a certificate by its serial number", "cert", byCA, krl(t, keys, "serial: 7\n", "-s", "CA-FILE"), "revoked"},
		{"a certificate by a range of them", "cert", byCA, krl(t, keys, "serial: 3-9\n", "-s", "CA-FILE"), "revoked"},
		{"a certificate by a bitmap of them", "cert", byCA, krl(t, keys, "serial: 3\nserial: 5\nserial: 7\nserial: 9\nserial: 11\n", "-s", "CA-FILE"), "revoked"},
		{"another serial number", "cert", byCA, krl(t, keys, "serial: 8\n", "-s", "CA-FILE"), "known"},
		{"the serial number, of another authority", "rogue cert", "@cert-authority * =ROGUE\n", krl(t, keys, "serial: 7\n", "-s", "CA-FILE"), "known"},
		{"the serial number, of any authority", "rogue cert", "@cert-authority * =ROGUE\n", krl(t, keys, "serial: 7\n", "-s", "none"), "revoked"},
		{"a certificate by its name", "cert", byCA, krl(t, keys, "id: host one\n", "-s", "CA-FILE"), "revoked"},
		{"another name", "cert", byCA, krl(t, keys, "id: host two\n", "-s", "CA-FILE"), "known"},
		{"the authority", "cert", byCA, krl(t, keys, "=CA\n"), "revoked"},
		{"the authority by its SHA-256", "cert", byCA, krl(t, keys, "sha256: =CA\n"), "revoked"},
		{"the key in a certificate", "cert", byCA, krl(t, keys, "=ED\n"), "revoked"},
		{"a certificate that is not trusted anyway", "cert", "HOST =ED\n", krl(t, keys, "serial: 7\n", "-s", "CA-FILE"), "revoked"},
		{"it ends early", "ED", "HOST =ED\n", broken(func(b []byte) []byte { return b[:len(b)-5] }), "revoked"},
		{"it is of a later version", "ED", "HOST =ED\n", broken(func(b []byte) []byte { b[11] = 9; return b }), "revoked"},
		{"it is its head alone", "ED", "HOST =ED\n", broken(func(b []byte) []byte { return b[:8] }), "revoked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, sshtest.Options{HostKeys: []gossh.Signer{keys[c.server]}})
			for policy, word := range policies {
				if policy == config.Ask || policy == config.No {
					continue
				}
				h := at(t, s.Addr())
				h.Strict, h.RevokedHostKeys = policy, c.list
				write(t, h.KnownHosts[0], keys.lines(c.known, s.Addr()))
				_, err := newPool(t, ssh.Options{Keygen: keygen}).Connect(t.Context(), h)
				if verdicts[c.is][policy] != (err == nil) || err != nil && (shell.AsError(err, "").Class != shell.ClassHostKey || c.is == "revoked" && !strings.Contains(err.Error(), c.list)) {
					t.Errorf("%s: %v", word, err)
				}
				write(t, h.KnownHosts[0], keys.lines(c.known, s.Addr()))
				if theirs := asOpenSSH(t, binary, word, h); theirs != (err == nil) {
					t.Errorf("%s: ssh: %v; here: %v", word, theirs, err)
				}
			}
		})
	}
}

// ssh-keygen is asked once about a key, however many hosts have it.
func TestRevocationListIsAskedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program := write(t, filepath.Join(dir, "ssh-keygen"), "#!/bin/sh\necho x >>"+dir+"/calls\nsleep 0.2\n")
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	list := write(t, filepath.Join(dir, "krl"), "SSHKRL\n\x00")
	s, other := serve(t, sshtest.Options{}), serve(t, sshtest.Options{})
	p := newPool(t, ssh.Options{Keygen: program})
	var all sync.WaitGroup
	for i := range 9 {
		h := at(t, s.Addr())
		if i == 0 {
			h = at(t, other.Addr())
		}
		h.User, h.RevokedHostKeys = fmt.Sprint("u", i), list
		all.Go(func() { connectAs(t, p, h) })
	}
	all.Wait()
	if calls := strings.Count(read(t, dir+"/calls"), "x"); calls != 2 {
		t.Errorf("asked %d times about two keys", calls)
	}
}

// An ssh-keygen that hangs has its own bound, and one that tells nothing lets no host in.
func TestRevocationListIsBounded(t *testing.T) {
	shelltest.Unwatched(t) // ten seconds of waiting
	t.Parallel()
	const bound = 10 * time.Second
	for _, c := range []struct {
		program string
		says    string
	}{
		{"exec sleep 60", "krl in 10s"},
		{"echo broken >&2; exit 255", "status 255; it said \"broken\""},
		{"exit 1", "status 1"},
	} {
		dir := t.TempDir()
		program := write(t, filepath.Join(dir, "ssh-keygen"), "#!/bin/sh\n"+c.program+"\n")
		if err := os.Chmod(program, 0o700); err != nil {
			t.Fatal(err)
		}
		s := serve(t, sshtest.Options{})
		h := at(t, s.Addr())
		h.RevokedHostKeys = write(t, filepath.Join(dir, "krl"), "SSHKRL\n\x00")
		p := newPool(t, ssh.Options{Keygen: program})
		begin := time.Now()
		if e := refusal(t, p, h); e.Class != shell.ClassHostKey || !strings.Contains(e.Error(), c.says) || time.Since(begin) > bound+patience/2 || s.Logins() != 0 {
			t.Errorf("%s: class %s after %v: %v", c.program, e.Class, time.Since(begin), e)
		}
		p.Close()
	}
}
