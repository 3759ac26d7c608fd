package ssh_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

// Who has a ticket is not asked for what OpenSSH's client would not ask for: it tries GSSAPI
// first. Who has none is, and learns where one comes from.
func TestTicket(t *testing.T) {
	t.Parallel()
	private, signer := newKey(t)
	locked := lock(t, writeKey(t, filepath.Join(t.TempDir(), "id"), private), "secret")
	none := func(*config.Host) {}
	for _, c := range []struct {
		name   string
		klist  string // its exit status and that of kvno, "" for none there
		change func(h *config.Host)
		asked  []string
		called bool   // OpenSSH's client
		hint   string // begins so
	}{
		{"a ticket", "0 0", none, nil, true, "ssh-add"},
		{"no ticket", "1 0", none, []string{"password for spark@worker"}, false, "ssh "},
		{"a ticket for other hosts", "0 1", none, []string{"password for spark@worker"}, false, "ssh "},
		{"no klist", "", none, []string{"password for spark@worker"}, false, "ssh "},
		{"passwords before tickets", "0 0", func(h *config.Host) { h.PreferredAuth = []string{"password", "gssapi-with-mic"} }, []string{"password for spark@worker"}, false, "ssh "},
		{"tickets before passwords", "0 0", func(h *config.Host) { h.PreferredAuth = []string{"publickey", "gssapi-with-mic", "password"} }, nil, true, "ssh-add"},
		{"a ticket that is not wanted", "0 0", func(h *config.Host) { h.GSSAPI = false }, []string{"password for spark@worker"}, false, "ssh "},
		{"a ticket, and a key that needs a passphrase", "0 0", func(h *config.Host) { h.Identities = []string{locked} }, nil, true, "ssh "},
		{"no ticket, and a key that needs a passphrase", "1 0", func(h *config.Host) { h.Identities = []string{locked} }, []string{"passphrase for " + locked, "password for spark@worker"}, false, "ssh "},
		{"a ticket, nobody to ask", "0 0", func(h *config.Host) { h.Batch = true }, nil, true, "ssh-add"},
		{"no ticket, nobody to ask", "1 0", func(h *config.Host) { h.Batch = true }, nil, true, "kinit, or ssh-add"},
		{"no ticket, and only that", "1 0", func(h *config.Host) { h.NeedSSH = []string{"gssapiauthentication"} }, nil, true, "kinit, or ssh -v"},
		{"a ticket, and only that", "0 0", func(h *config.Host) { h.NeedSSH = []string{"gssapiauthentication"} }, nil, true, "ssh -v"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, sshtest.Options{AuthorizedKeys: []gossh.PublicKey{signer.PublicKey()}, Config: func(sc *gossh.ServerConfig) {
				sc.NoClientAuth = false
				sc.PasswordCallback = func(gossh.ConnMetadata, []byte) (*gossh.Permissions, error) { return nil, errors.New("wrong") }
				takingGSSAPI(sc)
			}})
			dir := t.TempDir()
			h := commanded(at(t, s.Addr()))
			for i, program := range []string{"klist -s", "kvno -q -S host " + h.HostName} {
				if name, args, _ := strings.Cut(program, " "); c.klist != "" {
					write(t, filepath.Join(dir, name), "#!/bin/sh\n[ \"$*\" = '"+args+"' ] || exit 2\nexit "+strings.Fields(c.klist)[i]+"\n")
					os.Chmod(filepath.Join(dir, name), 0o700)
				}
			}
			h.Name, h.GSSAPI, h.Prompts = "worker", true, 1
			c.change(h)
			program, called := refusing(t)
			who := &answering{secret: "x"}
			e := refusal(t, newPool(t, ssh.Options{SSH: program, Ask: who, Environ: []string{"PATH=" + dir + ":/nowhere"}}), h)
			if !slices.Equal(who.asked, c.asked) || (called() != "") != c.called {
				t.Errorf("asked %q, called with %q: %v", who.asked, called(), e)
			}
			if !strings.HasPrefix(e.Hint, c.hint) {
				t.Errorf("hint %q, want %q", e.Hint, c.hint)
			}
		})
	}
}
