package ssh_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/config"
)

// A real sshd with a key of each type and a certificate: every row of the table of verdicts
// that began this. Nobody may log in there, so that a key that is accepted ends in a refused
// login.
func TestHostKeysOfRealServer(t *testing.T) {
	shelltest.Unwatched(t)
	t.Parallel()
	dir := t.TempDir()
	_, ca := newKey(t)
	_, other := newKey(t)
	public, address := startSSHD(t, dir, ca)
	binary := shelltest.Program(t, "ssh")
	host, port, _ := net.SplitHostPort(address)
	words := strings.NewReplacer("HOST", "["+host+"]:"+port, "BARE", host, "=CA", line(ca.PublicKey()), "=OTHER", line(other.PublicKey()),
		"=ED", line(public["ed25519"]), "=ECDSA", line(public["ecdsa"]), "=RSA", line(public["rsa"]))
	for _, c := range []struct{ name, known, is string }{
		{"only ed25519", "HOST =ED\n", "known"},
		{"only ecdsa", "HOST =ECDSA\n", "known"},
		{"only rsa", "HOST =RSA\n", "known"},
		{"hashed, rsa only", hashed("["+host+"]:"+port) + " =RSA\n", "known"},
		{"without the port", "BARE =ED\n", "known"},
		{"star", "* =RSA\n", "known"},
		{"pattern, another port", "127.0.* =ED\n", "known"},
		{"authority of everybody", "@cert-authority * =CA\n", "known"},
		{"authority without the port", "@cert-authority BARE =CA\n", "known"},
		{"authority of others, plain key known", "@cert-authority other.example =CA\nHOST =RSA\n", "known"},
		{"authority of others, key of the certificate known", "@cert-authority other.example =CA\nHOST =ED\n", "known"},
		{"revoked for another host", "@revoked other.host =ED\nHOST =ED\n", "known"},
		{"revoked", "@revoked * =ED\nHOST =ED\n", "revoked"},
		{"revoked authority", "@revoked * =CA\n@cert-authority * =CA\n", "revoked"},
		{"garbage", "garbage\n; comment\nHOST 1024 35 1234\nHOST ssh-new AAAA\nBARE " + strings.Repeat("x", 70_000) + "\nHOST =RSA\n", "known"},
		{"missing file", "", "unknown"},
		{"only a key of a type that changed", "HOST =OTHER\n", "changed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, policy := range []config.Strict{config.Yes, config.AcceptNew} {
				word := policies[policy]
				h := at(t, address)
				h.Strict = policy
				if c.known != "" {
					write(t, h.KnownHosts[0], words.Replace(c.known))
				}
				e := refusal(t, newPool(t, ssh.Options{}), h)
				if want := verdicts[c.is][policy]; want != (e.Class == shell.ClassAuth) || want == (e.Class == shell.ClassHostKey) {
					t.Errorf("%s: class %s: %v", word, e.Class, e)
				}
				now, _ := os.ReadFile(h.KnownHosts[0])
				os.Remove(h.KnownHosts[0])
				if c.known != "" {
					write(t, h.KnownHosts[0], words.Replace(c.known))
				}
				if theirs := acceptedByOpenSSH(t, binary, word, h); theirs != (e.Class == shell.ClassAuth) {
					t.Errorf("%s: ssh: %v; here: %v", word, theirs, e)
				}
				if theirs, _ := os.ReadFile(h.KnownHosts[0]); !bytes.Equal(theirs, now) {
					t.Errorf("%s: ssh remembers %.200q; here: %.200q", word, theirs, now)
				}
			}
		})
	}
}

func line(key gossh.PublicKey) string {
	return strings.TrimSpace(string(gossh.MarshalAuthorizedKey(key)))
}

// acceptedByOpenSSH reports whether ssh gets as far as the login, which is refused.
func acceptedByOpenSSH(t *testing.T, binary, policy string, h *config.Host) bool {
	t.Helper()
	out, _ := exec.CommandContext(t.Context(), binary, "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking="+policy, "-o", "UserKnownHostsFile="+h.KnownHosts[0],
		"-o", "GlobalKnownHostsFile=/dev/null", "-o", "IdentityAgent=none", "-o", "IdentityFile=none", "-o", "ConnectTimeout=20",
		"-p", fmt.Sprint(h.Port), "-l", h.User, h.HostName, "true").CombinedOutput()
	denied, refused := strings.Contains(string(out), "Permission denied"), strings.Contains(string(out), "Host key verification failed")
	if denied == refused {
		t.Errorf("ssh: %s", out)
	}
	return denied
}

// startSSHD starts OpenSSH's server with three host keys and a certificate of the first.
func startSSHD(t *testing.T, dir string, ca gossh.Signer) (public map[string]gossh.PublicKey, address string) {
	t.Helper()
	sshd := shelltest.Program(t, "sshd")
	if os.Getuid() == 0 { // sshd wants it, and a service makes it elsewhere
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	private := map[string]any{"ecdsa": otherPrivateKeys()["ecdsa"], "rsa": otherPrivateKeys()["rsa"]}
	private["ed25519"], _ = newKey(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	text := "ListenAddress 127.0.0.1\nPort " + port + "\nPidFile none\nUsePAM no\nMaxStartups 100\nPubkeyAuthentication yes\n" +
		"PasswordAuthentication no\nKbdInteractiveAuthentication no\nAuthorizedKeysFile none\n"
	public = map[string]gossh.PublicKey{}
	for name, key := range private {
		text += "HostKey " + writeKey(t, filepath.Join(dir, name), key) + "\n"
		public[name] = signerOf(t, key).PublicKey()
	}
	cert := &gossh.Certificate{Key: public["ed25519"], CertType: gossh.HostCert, ValidPrincipals: []string{"127.0.0.1"}, ValidBefore: gossh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	text += "HostCertificate " + write(t, filepath.Join(dir, "ed25519-cert.pub"), string(gossh.MarshalAuthorizedKey(cert))) + "\n"
	var log bytes.Buffer
	command := exec.Command(sshd, "-D", "-e", "-f", write(t, filepath.Join(dir, "sshd_config"), text))
	command.Stderr = &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		command.Wait()
		if t.Failed() {
			t.Logf("sshd: %.2000s", log.String())
		}
	})
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return public, address
		}
		if time.Now().After(end) {
			t.Fatalf("sshd does not listen: %s", log.String())
		}
	}
}
