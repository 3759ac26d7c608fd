package ssh_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell/shelltest"
	"sparkops/ssh/config"
)

// sshd starts a real sshd on loopback, on top of whose default settings there are these, and
// returns how to reach it; its key is not known yet.
func sshd(t testing.TB, settings ...string) *config.Host {
	t.Helper()
	program := shelltest.Program(t, "sshd")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if me.Uid == "0" { // else it separates nothing, and serves this user alone
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	private, _ := newKey(t)
	hostKey := writeKey(t, filepath.Join(dir, "host"), private)
	private, signer := newKey(t)
	identity := writeKey(t, filepath.Join(dir, "id"), private)
	authorized := write(t, filepath.Join(dir, "authorized"), string(gossh.MarshalAuthorizedKey(signer.PublicKey())))
	address := freeAddress(t)
	host, port, _ := net.SplitHostPort(address)
	text := append([]string{
		"ListenAddress " + host, "Port " + port, "HostKey " + hostKey, "AuthorizedKeysFile " + authorized, "StrictModes no", "UsePAM no",
		"PermitRootLogin yes", "PidFile none", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
		"SetEnv HOME=" + dir, // bash would read this user's ~/.bashrc for each session
	}, settings...)
	cmd := exec.Command(program, "-D", "-e", "-f", write(t, filepath.Join(dir, "sshd_config"), strings.Join(text, "\n")+"\n"))
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stderr, cmd.SysProcAttr = log, &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			said, _ := os.ReadFile(log.Name())
			t.Logf("sshd: %s", said)
		}
	})
	until(t, "sshd listens", func() bool {
		said, _ := os.ReadFile(log.Name())
		return strings.Contains(string(said), "Server listening on")
	})
	h := at(t, address)
	h.User, h.Identities, h.IdentitiesSet = me.Username, []string{identity}, true
	return commanded(h)
}

// commanded says how OpenSSH's client reaches a host.
func commanded(h *config.Host) *config.Host {
	h.Command = []string{
		"ssh", "-F", "none", "-p", fmt.Sprint(h.Port), "-o", "UserKnownHostsFile=" + h.KnownHosts[0], "-o", "GlobalKnownHostsFile=/dev/null",
		"-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", fmt.Sprintf("%s@%s", h.User, h.HostName),
	}
	h.Prompts = 3 // as it has it
	for _, identity := range h.Identities {
		h.Command = slices.Insert(h.Command, 1, "-i", identity)
	}
	return h
}

// freeAddress is one that nobody listens on, for a server that has to be told. Its host is
// loopback's, and nobody else's: where others are served, one of them might be given the port.
func freeAddress(t testing.TB) string {
	t.Helper()
	host := fmt.Sprintf("127.%d.%d.%d", 1+rand.N(254), 1+rand.N(254), 1+rand.N(254))
	l, err := net.Listen("tcp", host+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// until waits for what has to come.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}
