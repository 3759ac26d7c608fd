package ssh_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/sshtest"
)

// A private key that others may use is no use to its owner, as with ssh, and nobody is asked
// for its passphrase; its public half still tells the agent's key that is meant.
func TestPrivateKeyOpenToOthers(t *testing.T) {
	shelltest.Unwatched(t)
	t.Parallel()
	binary := shelltest.Program(t, "ssh")
	c := newChest(t)
	for _, s := range []struct {
		name, lay, certificates, agent, takes string
		mode                                  fs.FileMode // of the file a
		in                                    bool
	}{
		{"the owner's alone", "a", "", "-", "a", 0o600, true},
		{"not to be written", "a", "", "-", "a", 0o400, true},
		{"read by the group", "a", "", "-", "a", 0o640, false},
		{"read by all", "a", "", "-", "a", 0o604, false},
		{"written by the group", "a", "", "-", "a", 0o620, false},
		{"of an older format", "a=r~", "", "-", "r", 0o644, false},
		{"encrypted", "a!", "", "-", "a", 0o644, false},
		{"the agent holds it", "a", "", "b a", "a", 0o644, true},
		{"its certificate", "a a-cert.pub", "", "-", "a-cert", 0o644, false},
		{"its CertificateFile", "a cert=a-cert.pub", "cert", "-", "a-cert", 0o644, false},
		{"a public key", "a=a.pub", "", "b a", "a", 0o644, true},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c.lay(t, dir, s.lay)
			file := filepath.Join(dir, "a")
			if err := os.Chmod(file, s.mode); err != nil {
				t.Fatal(err)
			}
			server, _ := c.toll(t, s.takes)
			h := at(t, server.Addr())
			h.Identities, h.IdentitiesSet, h.IdentitiesOnly, h.Prompts = []string{file}, true, true, 3
			h.Certificates, h.Agent = paths(dir, s.certificates), c.agent(t, s.agent)
			if said, in := openSSHLogin(t, binary, h); in != s.in || !in && !strings.Contains(said, "UNPROTECTED PRIVATE KEY FILE") {
				t.Errorf("ssh: logged in %v\n%s", in, said)
			}
			who := &person{passphrase: "secret"}
			p := newPool(t, ssh.Options{Ask: who})
			if s.in {
				connect(t, p, h)
				return
			}
			e := refusal(t, p, h)
			if e.Class != shell.ClassAuth || !strings.Contains(e.Error(), file+" is not used, as others may") || e.Hint != "chmod 600 "+file {
				t.Errorf("class %s, hint %q: %v", e.Class, e.Hint, e)
			}
			if asked := who.questions(t); len(asked) > 0 {
				t.Errorf("asked %q", asked)
			}
		})
	}
}

// A pipe in place of a key file is nothing to wait for.
func TestKeyFileIsAPipe(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "id")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, sshtest.Options{AuthorizedKeys: []gossh.PublicKey{}, Config: func(c *gossh.ServerConfig) {
		c.NoClientAuth, c.PublicKeyCallback = false, func(gossh.ConnMetadata, gossh.PublicKey) (*gossh.Permissions, error) { return nil, errors.New("no") }
	}})
	h := at(t, s.Addr())
	h.Identities, h.IdentitiesSet = []string{pipe}, true
	if e := refusal(t, newPool(t, ssh.Options{}), h); e.Class != shell.ClassAuth || !strings.Contains(e.Error(), "no regular file") {
		t.Errorf("class %s: %v", e.Class, e)
	}
}
