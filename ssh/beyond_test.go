package ssh_test

import (
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

// refusing is a client in the place of OpenSSH's that notes its arguments and is refused.
func refusing(t *testing.T) (program string, called func() string) {
	t.Helper()
	dir := t.TempDir()
	program = write(t, filepath.Join(dir, "ssh"), "#!/bin/sh\necho \"$@\" >>"+dir+"/calls\necho 'Permission denied (publickey).' >&2\nexit 255\n")
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	return program, func() string {
		text, _ := os.ReadFile(filepath.Join(dir, "calls"))
		return string(text)
	}
}

// tokenKey writes the file of a key on a FIDO token, as ssh-keygen -t ed25519-sk does.
func tokenKey(t *testing.T, file string) gossh.PublicKey {
	t.Helper()
	point, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	const kind = "sk-ssh-ed25519@openssh.com"
	public, err := gossh.ParsePublicKey(gossh.Marshal(struct {
		Type        string
		Key         []byte
		Application string
	}{kind, point, "ssh:"}))
	if err != nil {
		t.Fatal(err)
	}
	private := gossh.Marshal(struct {
		Check, Again    uint32
		Type            string
		Key             []byte
		Application     string
		Flags           byte
		Handle, Reserve []byte
		Comment         string
	}{7, 7, kind, point, "ssh:", 1, []byte("handle"), nil, "c"})
	for i := byte(1); len(private)%8 != 0; i++ {
		private = append(private, i)
	}
	text := gossh.Marshal(struct {
		Cipher, KDF, Options string
		Keys                 uint32
		Public, Private      []byte
	}{"none", "none", "", 1, public.Marshal(), private})
	write(t, file, string(pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: append([]byte("openssh-key-v1\x00"), text...)})))
	return public
}

// takingGSSAPI has a server name gssapi-with-mic among the methods that it takes.
func takingGSSAPI(c *gossh.ServerConfig) {
	c.GSSAPIWithMICConfig = &gossh.GSSAPIWithMICConfig{
		AllowLogin: func(gossh.ConnMetadata, string) (*gossh.Permissions, error) { return nil, errors.New("no") },
		Server:     struct{ gossh.GSSAPIServer }{},
	}
}

func TestTokenKeyIsOneForOpenSSH(t *testing.T) {
	file := filepath.Join(t.TempDir(), "id_sk")
	public := tokenKey(t, file)
	out, err := exec.Command(shelltest.Program(t, "ssh-keygen"), "-y", "-f", file).Output()
	if want := strings.TrimSpace(string(gossh.MarshalAuthorizedKey(public))); err != nil || !strings.HasPrefix(string(out), want) {
		t.Errorf("%q, not %q: %v", out, want, err)
	}
}

// A login that only OpenSSH's client can go on with is left to it once nothing else is left
// to try; no other login is tried a second time.
func TestLoginBeyond(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		takes   string // which of the keys, token or plain; "" for neither
		gssapi  bool   // the server takes it
		change  func(h *config.Host)
		without bool // OpenSSH's client
		called  bool
		class   shell.Class // "" if it is reached
		says    string
	}{
		{"the token's key is taken", "token", false, func(*config.Host) {}, false, true, shell.ClassAuth, "Permission denied"},
		{"it is, and there is no client", "token", false, func(*config.Host) {}, true, false, shell.ClassAuth, "on a FIDO token"},
		{"it is not taken", "", false, func(*config.Host) {}, false, false, shell.ClassAuth, "offered: id_plain, id_sk"},
		{"another key is taken", "plain", false, func(*config.Host) {}, false, false, "", ""},
		{"others may open its file", "token", false, func(h *config.Host) { os.Chmod(h.Identities[0], 0o644) }, false, false, shell.ClassAuth, "mode 0644"},
		{"no keys are wanted", "token", false, func(h *config.Host) { h.NoPubkey = true }, false, false, shell.ClassAuth, ""},
		{"GSSAPI", "", true, func(h *config.Host) { h.GSSAPI = true }, false, true, shell.ClassAuth, "Permission denied"},
		{"GSSAPI that is not allowed", "", true, func(*config.Host) {}, false, false, shell.ClassAuth, ""},
		{"GSSAPI that is not taken", "", false, func(h *config.Host) { h.GSSAPI = true }, false, false, shell.ClassAuth, ""},
		{"GSSAPI and a key that is taken", "plain", true, func(h *config.Host) { h.GSSAPI = true }, false, false, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			private, signer := newKey(t)
			_, stranger := newKey(t)
			keys := map[string]gossh.PublicKey{"": stranger.PublicKey(), "plain": signer.PublicKey(), "token": tokenKey(t, filepath.Join(dir, "id_sk"))}
			o := sshtest.Options{AuthorizedKeys: []gossh.PublicKey{keys[c.takes]}}
			if c.gssapi {
				o.Config = takingGSSAPI
			}
			h := at(t, serve(t, o).Addr())
			h.Identities, h.IdentitiesSet = []string{filepath.Join(dir, "id_sk"), writeKey(t, filepath.Join(dir, "id_plain"), private)}, true
			c.change(commanded(h))
			program, called := refusing(t)
			if c.without {
				program = ""
			}
			p := newPool(t, ssh.Options{SSH: program})
			if c.class == "" {
				connect(t, p, h)
			} else if e := refusal(t, p, h); e.Class != c.class || !strings.Contains(e.Error(), c.says) || !strings.Contains(e.Error(), "refused the login of spark") {
				t.Errorf("class %s: %v", e.Class, e)
			}
			if calls := called(); (strings.Count(calls, "-M -N") == 1) != c.called || !c.called && calls != "" {
				t.Errorf("called with %q", calls)
			}
		})
	}
}

// A person whose password was refused is not asked for it once more by OpenSSH's client.
func TestLoginBeyondAPassword(t *testing.T) {
	t.Parallel()
	s := serve(t, sshtest.Options{Config: func(c *gossh.ServerConfig) {
		c.NoClientAuth, c.PublicKeyCallback = false, nil
		c.PasswordCallback = func(gossh.ConnMetadata, []byte) (*gossh.Permissions, error) { return nil, errors.New("wrong") }
		takingGSSAPI(c)
	}})
	h := commanded(at(t, s.Addr()))
	h.GSSAPI, h.Prompts = true, 1
	program, called := refusing(t)
	if e := refusal(t, newPool(t, ssh.Options{SSH: program, Ask: &answering{secret: "x"}}), h); e.Class != shell.ClassAuth || called() != "" {
		t.Errorf("class %s: %v; called with %q", e.Class, e, called())
	}
}

// The passphrase of a key on a token is asked for once as well.
func TestTokenAsksOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "id_sk")
	public := tokenKey(t, file)
	lock(t, file, "right")
	program := write(t, filepath.Join(dir, "ssh"), "#!/bin/sh\n\"$SSH_ASKPASS\" \"Enter passphrase for key '"+file+"': \" >>"+dir+"/said\nexit 255\n")
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	who := &typing{answers: []string{"wrong", "right"}}
	p := newPool(t, ssh.Options{SSH: program, Ask: who})
	for range 3 {
		h := commanded(at(t, serve(t, sshtest.Options{AuthorizedKeys: []gossh.PublicKey{public}}).Addr()))
		h.Identities, h.IdentitiesSet = []string{file}, true
		refusal(t, p, h)
	}
	if said, _ := os.ReadFile(filepath.Join(dir, "said")); string(said) != "right\nright\nright\n" || who.asked != 2 {
		t.Errorf("answered %q, asked %d times", said, who.asked)
	}
}
