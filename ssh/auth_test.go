package ssh_test

import (
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

// authorized is a server that one key opens.
func authorized(t testing.TB, key gossh.Signer) *sshtest.Server {
	t.Helper()
	return serve(t, sshtest.Options{AuthorizedKeys: []gossh.PublicKey{key.PublicKey()}})
}

func public(key gossh.Signer) string { return string(gossh.MarshalAuthorizedKey(key.PublicKey())) }

func TestLogin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	private, right := newKey(t)
	otherPrivate, _ := newKey(t)
	s := authorized(t, right)
	file := func(name string) string { return filepath.Join(dir, name) }
	key := writeKey(t, file("id"), private)
	locked := file("locked")
	other := writeKey(t, file("other"), otherPrivate)
	pub := write(t, file("only.pub"), public(right))
	write(t, file("absent.pub"), public(right))
	garbage := write(t, file("garbage"), "no key\n")
	holds, _ := serveAgent(t, private)
	holdsBoth, _ := serveAgent(t, otherPrivate, private)
	holdsOther, _ := serveAgent(t, otherPrivate)
	nowhere := file("no-agent")
	fingerprint := gossh.FingerprintSHA256(right.PublicKey())

	for _, c := range []struct {
		name  string
		files []string
		agent string
		only  bool
		says  string // why the login is refused, "" if it is not
	}{
		{"key file", []string{key}, "", false, ""},
		{"second key file", []string{other, key}, "", false, ""},
		{"agent", nil, holds, false, ""},
		{"agent, second key", nil, holdsBoth, false, ""},
		{"agent and the same file", []string{key}, holds, false, ""},
		{"agent with another key, file", []string{key}, holdsOther, false, ""},
		{"IdentitiesOnly, file", []string{key}, holdsOther, true, ""},
		{"IdentitiesOnly, file in the agent", []string{key}, holdsBoth, true, ""},
		{"IdentitiesOnly, the agent's key is not configured", []string{other}, holds, true, "offered: other"},
		{"encrypted, the agent holds it", []string{locked}, holds, true, ""},
		{"encrypted, no agent", []string{locked}, "", false, locked + " is encrypted, and the agent does not hold it"},
		{"public key, the agent holds it", []string{pub}, holdsBoth, true, ""},
		{"public key, no agent", []string{pub}, "", false, pub + " is a public key, and the agent does not hold its private half"},
		{"only a public key beside it, the agent holds it", []string{file("absent")}, holdsBoth, true, ""},
		{"missing file", []string{file("missing")}, "", false, "missing: no such file"},
		{"no key", []string{garbage, key}, "", false, ""},
		{"no key at all", []string{garbage}, "", false, "offered: no key; " + garbage},
		{"agent that is not there, file", []string{key}, nowhere, false, ""},
		{"agent that is not there", nil, nowhere, false, "the agent at " + nowhere},
		{"wrong key", []string{other}, "", false, "offered: other"},
		{"wrong key in the agent", nil, holdsOther, false, "offered: agent:SHA256:"},
		{"right key for somebody else", nil, "", false, "offered: no key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if slices.Contains(c.files, locked) {
				writeLocked(t, locked, private)
			}
			connections, logins := s.Connections(), s.Logins()
			p := newPool(t, ssh.Options{})
			h := at(t, s.Addr())
			h.Identities, h.IdentitiesSet, h.Agent, h.IdentitiesOnly = c.files, c.files != nil, c.agent, c.only
			if c.says == "" {
				if _, err := connect(t, p, h).Run(t.Context(), hello); err != nil || s.Logins() != logins+1 {
					t.Errorf("%v, %d logins", err, s.Logins()-logins)
				}
			} else if e := refusal(t, p, h); e.Class != shell.ClassAuth || !strings.Contains(e.Error(), c.says) || e.Hint == "" {
				t.Errorf("class %s, hint %q: %v", e.Class, e.Hint, e)
			} else if again := refusal(t, p, h); again != e {
				t.Errorf("asked again: %v", again)
			} else if strings.Contains(e.Error(), fingerprint) {
				t.Errorf("the right key was offered: %v", e)
			}
			if s.Connections() != connections+1 {
				t.Errorf("%d connections", s.Connections()-connections)
			}
		})
	}
}

// Default key files that are not there are no reason to complain.
func TestDefaultIdentities(t *testing.T) {
	_, right := newKey(t)
	h := at(t, authorized(t, right).Addr())
	h.Identities = []string{filepath.Join(t.TempDir(), "id_rsa")}
	if e := refusal(t, newPool(t, ssh.Options{}), h); strings.Contains(e.Error(), "id_rsa") || !strings.Contains(e.Hint, "ssh-add") {
		t.Errorf("%v, %s", e, e.Hint)
	}
}

// RSA and ECDSA keys, in a file and in an agent; RSA signs with SHA-2.
func TestOtherKeyTypes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, private := range otherPrivateKeys() {
		h := at(t, authorized(t, signerOf(t, private)).Addr())
		h.Identities = []string{writeKey(t, filepath.Join(dir, name), private)}
		connect(t, newPool(t, ssh.Options{}), h)
		h.Identities = nil
		h.Agent, _ = serveAgent(t, private)
		connect(t, newPool(t, ssh.Options{}), h)
	}
}

// Like sshd, the server ends the connection after six keys.
func TestTooManyKeys(t *testing.T) {
	_, right := newKey(t)
	var wrong []any
	for range 10 {
		private, _ := newKey(t)
		wrong = append(wrong, private)
	}
	s := serve(t, sshtest.Options{
		AuthorizedKeys: []gossh.PublicKey{right.PublicKey()},
		Config:         func(c *gossh.ServerConfig) { c.MaxAuthTries = 6 },
	})
	h := at(t, s.Addr())
	h.Agent, _ = serveAgent(t, wrong...)
	e := refusal(t, newPool(t, ssh.Options{}), h)
	if e.Class != shell.ClassAuth || !strings.Contains(e.Hint, "IdentitiesOnly") || strings.Count(e.Error(), "agent:SHA256:") != 6 || !strings.Contains(e.Error(), "too many keys, 4 more were not offered") {
		t.Errorf("class %s, hint %q: %v", e.Class, e.Hint, e)
	}
	if s.Connections() != 1 {
		t.Errorf("%d connections", s.Connections())
	}
}

// A server that wants something else than keys has refused the login.
func TestOnlyPasswords(t *testing.T) {
	s := serve(t, sshtest.Options{Config: func(c *gossh.ServerConfig) {
		c.NoClientAuth, c.PublicKeyCallback = false, nil
		c.PasswordCallback = func(gossh.ConnMetadata, []byte) (*gossh.Permissions, error) { return nil, io.EOF }
	}})
	if e := refusal(t, newPool(t, ssh.Options{}), at(t, s.Addr())); e.Class != shell.ClassAuth || s.Connections() != 1 {
		t.Errorf("class %s, %d connections: %v", e.Class, s.Connections(), e)
	}
}

func connectAs(t *testing.T, p *ssh.Pool, h *config.Host) {
	if _, err := p.Connect(t.Context(), h); err != nil {
		t.Errorf("%s: %v", h.User, err)
	}
}
