package sshtest_test

import (
	"crypto/ed25519"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell/shelltest"
	"sparkops/ssh/sshtest"
)

// OpenSSH's own client finds nothing to complain about.
func TestOpenSSH(t *testing.T) {
	shelltest.Program(t, "ssh")
	dir := t.TempDir()
	_, private, _ := ed25519.GenerateKey(nil)
	block, err := gossh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, "key")
	if err := os.WriteFile(key, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	signer, _ := gossh.NewSignerFromKey(private)
	s := start(t, sshtest.Options{AuthorizedKeys: []gossh.PublicKey{signer.PublicKey()}})
	_, port, _ := net.SplitHostPort(s.Addr())
	cmd := exec.Command("ssh", "-F", "none", "-i", key, "-p", port, "-o", "UserKnownHostsFile="+filepath.Join(dir, "known"),
		"-o", "StrictHostKeyChecking=accept-new", "-o", "BatchMode=yes", "-q", "127.0.0.1", "/bin/sh -s")
	cmd.Stdin = strings.NewReader("echo from sh; exit 7\n")
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 7 || string(out) != "from sh\n" {
		t.Errorf("%q, %v", out, err)
	}
}
