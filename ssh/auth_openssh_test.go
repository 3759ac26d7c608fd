package ssh_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

// chest is a directory of keys a, b, c (ed25519), r (RSA), e (ECDSA), each with a user
// certificate of one authority.
type chest struct {
	dir       string
	private   map[string]any
	certs     map[string]*gossh.Certificate
	names     map[string]string // by what is offered
	authority gossh.Signer
}

func newChest(t *testing.T) *chest {
	t.Helper()
	c := &chest{dir: t.TempDir(), private: map[string]any{}, certs: map[string]*gossh.Certificate{}, names: map[string]string{}}
	_, c.authority = newKey(t)
	for _, name := range []string{"a", "b", "c"} {
		c.private[name], _ = newKey(t)
	}
	c.private["r"], c.private["e"] = otherPrivateKeys()["rsa"], otherPrivateKeys()["ecdsa"]
	for name, private := range c.private {
		key := signerOf(t, private).PublicKey()
		c.certs[name] = certify(t, c.authority, key, func(*gossh.Certificate) {})
		c.names[string(key.Marshal())] = name
		c.names[string(c.certs[name].Marshal())] = name + "-cert"
	}
	return c
}

// certify makes a user certificate for spark.
func certify(t *testing.T, authority gossh.Signer, key gossh.PublicKey, change func(*gossh.Certificate)) *gossh.Certificate {
	t.Helper()
	cert := &gossh.Certificate{Key: key, CertType: gossh.UserCert, ValidPrincipals: []string{"spark"}, ValidBefore: gossh.CertTimeInfinity}
	change(cert)
	if err := cert.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	return cert
}

// lay writes files of keys: "a" is a private key, "a.pub" a public one, "a-cert.pub" a
// certificate; "x=a" writes a under the name x, "a!" encrypted, "a~" in the old PEM format.
func (c *chest) lay(t *testing.T, dir, files string) {
	t.Helper()
	for _, word := range strings.Fields(files) {
		name, of, renamed := strings.Cut(word, "=")
		if !renamed {
			of = name
		}
		name = strings.TrimRight(name, "!~")
		file := filepath.Join(dir, name)
		switch base, _, _ := strings.Cut(of, "."); {
		case strings.HasSuffix(of, "-cert.pub"):
			write(t, file, string(gossh.MarshalAuthorizedKey(c.certs[strings.TrimSuffix(base, "-cert")])))
		case strings.HasSuffix(of, ".pub"):
			write(t, file, public(signerOf(t, c.private[base])))
		case strings.HasSuffix(of, "!"):
			writeLocked(t, file, c.private[strings.TrimSuffix(of, "!")])
		case strings.HasSuffix(of, "~"):
			der, err := x509.MarshalPKCS8PrivateKey(c.private[strings.TrimSuffix(of, "~")])
			if err != nil {
				t.Fatal(err)
			}
			write(t, file, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
		default:
			writeKey(t, file, c.private[of])
		}
	}
}

// agent serves an agent that holds keys and certificates by their names; "-" is none.
func (c *chest) agent(t *testing.T, held string) string {
	t.Helper()
	if held == "-" {
		return ""
	}
	var keys []any
	for _, name := range strings.Fields(held) {
		base, isCert := strings.CutSuffix(name, "-cert")
		added := agent.AddedKey{PrivateKey: c.private[base]}
		if isCert {
			added.Certificate = c.certs[base]
		}
		keys = append(keys, added)
	}
	socket, _ := serveAgent(t, keys...)
	return socket
}

// offers are the keys that a server was offered, by their names.
type offers struct {
	mu    sync.Mutex
	names []string
}

func (o *offers) taken() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	names := o.names
	o.names = nil
	return names
}

// toll is a server that takes only the key of a name, or none, and keeps what it is offered.
// It does not tell a key that it is offered again.
func (c *chest) toll(t *testing.T, takes string) (*sshtest.Server, *offers) {
	t.Helper()
	o := &offers{}
	s := serve(t, sshtest.Options{Config: func(sc *gossh.ServerConfig) {
		sc.NoClientAuth, sc.MaxAuthTries = false, -1
		sc.PublicKeyCallback = func(_ gossh.ConnMetadata, key gossh.PublicKey) (*gossh.Permissions, error) {
			o.mu.Lock()
			defer o.mu.Unlock()
			name := c.names[string(key.Marshal())]
			if !slices.Contains(o.names, name) {
				o.names = append(o.names, name)
			}
			if name == takes {
				return nil, nil
			}
			return nil, errors.New("another one")
		}
	}})
	return s, o
}

// openSSHLogin logs in with ssh as h says.
func openSSHLogin(t *testing.T, binary string, h *config.Host) (string, bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	args := []string{"-v", "-F", "none", "-o", "BatchMode=yes", "-o", "PreferredAuthentications=publickey",
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "GlobalKnownHostsFile=/dev/null"}
	set := func(keyword, value string) { args = append(args, "-o", keyword+"="+value) }
	for _, path := range h.Identities {
		if h.IdentitiesSet {
			set("IdentityFile", path)
		}
	}
	for _, path := range h.Certificates {
		set("CertificateFile", path)
	}
	set("IdentityAgent", "none")
	if h.Agent != "" {
		args[len(args)-1] = "IdentityAgent=" + h.Agent
	}
	if h.IdentitiesOnly {
		set("IdentitiesOnly", "yes")
	}
	if h.PubkeyAlgorithms != "" {
		set("PubkeyAcceptedAlgorithms", h.PubkeyAlgorithms)
	}
	_, port, _ := strings.Cut(addressOf(h), ":")
	out, err := exec.CommandContext(ctx, binary, append(args, "-p", port, "-l", h.User, h.HostName, "true")...).CombinedOutput()
	return string(out), err == nil
}

// Which keys are offered, in which order, and which open a host: as with ssh, but for keys
// that ssh offers though nothing can sign with them, named after a slash.
func TestKeysAsOpenSSH(t *testing.T) {
	shelltest.Unwatched(t)
	t.Parallel()
	binary := shelltest.Program(t, "ssh")
	c := newChest(t)
	for _, s := range []struct {
		name         string
		lay          string // files
		identities   string
		certificates string
		agent        string // what it holds; "-" is no agent
		only         bool
		algorithms   string
		offers       string // /names are those of ssh alone
	}{
		{"a file", "a", "a", "", "-", false, "", "a"},
		{"files in order", "b a", "b a", "", "-", false, "", "b a"},
		{"agent alone", "", "none", "", "b a", false, "", "b a"},
		{"agent and files that it lacks", "c", "c", "", "a b", false, "", "a b c"},
		{"agent lists a configured key last", "c", "c", "", "a b c", false, "", "c a b"},
		{"agent has two configured keys in its own order", "a b", "a b", "", "c b a", false, "", "b a c"},
		{"IdentitiesOnly", "c", "c", "", "a b c", true, "", "c"},
		{"IdentitiesOnly, not in the agent", "c", "c", "", "a b", true, "", "c"},
		{"IdentitiesOnly, nothing configured is there", "", "x", "", "a b", true, "", ""},
		{".pub alone, in the agent", "a.pub", "a.pub", "", "b a", true, "", "a"},
		{".pub alone, named without .pub", "a.pub", "a", "", "b a", true, "", "a"},
		{".pub alone, not in the agent", "a.pub b", "a.pub b", "", "c", true, "", "/a b"},
		{".pub of another key beside it, which the agent holds", "x=a x.pub=b.pub", "x", "", "a b", true, "", "b"},
		{"certificate beside a key", "a a-cert.pub", "a", "", "-", false, "", "a a-cert"},
		{"certificates beside two keys", "a a-cert.pub b b-cert.pub", "b a", "", "-", false, "", "b b-cert a a-cert"},
		{"certificate beside a key that the agent holds", "a a-cert.pub", "a", "", "b a", false, "", "a b a-cert"},
		{"certificate beside a key, IdentitiesOnly", "a a-cert.pub", "a", "", "b a", true, "", "a a-cert"},
		{"certificate beside a .pub, the agent holds the key", "a.pub a-cert.pub", "a", "", "b a", true, "", "a a-cert"},
		{"certificate beside a key, both in the agent", "a a-cert.pub", "a", "", "b a a-cert", false, "", "a a-cert b"},
		{"certificate in the agent alone", "", "none", "", "b a-cert", false, "", "b a-cert"},
		{"certificate in the agent alone, IdentitiesOnly", "b", "b", "", "a-cert", true, "", "b"},
		{"CertificateFile", "a cert=a-cert.pub", "a", "cert", "-", false, "", "a-cert a"},
		{"CertificateFile hides the one beside the key", "a a-cert.pub b cert=b-cert.pub", "a b", "cert", "-", false, "", "b-cert a b"},
		{"CertificateFile of a key in the agent", "b cert=a-cert.pub", "b", "cert", "c a", false, "", "a-cert c a b"},
		{"CertificateFile of a key in the agent, IdentitiesOnly", "b cert=a-cert.pub", "b", "cert", "c a", true, "", "/a-cert b"},
		{"CertificateFile of a key that is nowhere", "b cert=a-cert.pub", "b", "cert", "c", false, "", "/a-cert c b"},
		{"CertificateFile twice", "a b x=a-cert.pub y=b-cert.pub", "a b", "y x", "c", false, "", "b-cert a-cert c a b"},
		{"CertificateFile that is not there", "a a-cert.pub", "a", "x", "-", false, "", "a"},
		{"CertificateFile that is a key", "a a.pub", "a", "a.pub", "-", false, "", "a"},
		{"certificate as IdentityFile", "a a-cert.pub", "a-cert.pub a", "", "-", false, "", "a-cert a"},
		{"missing files", "b", "x y b z", "", "a", false, "", "a b"},
		{"the same file twice", "a b", "a b a", "", "-", false, "", "a b"},
		{"the same key in two files", "a x=a b", "a x b", "", "-", false, "", "a b"},
		{"the same key in two files and the agent", "a x=a b", "a x b", "", "c a", false, "", "a c b"},
		{"an encrypted file", "a! b", "a b", "", "c", false, "", "c a b"},
		{"an encrypted file that the agent holds", "a! b", "a b", "", "c a", true, "", "a b"},
		{"an encrypted file and its certificate", "a! a-cert.pub", "a", "", "-", false, "", "a a-cert"},
		{"other types", "r e a", "r e a", "", "-", false, "", "r e a"},
		{"other types in the agent", "e", "e", "", "r r-cert a e", false, "", "e r r-cert a"},
		{"an RSA certificate", "r r-cert.pub", "r", "", "-", false, "", "r r-cert"},
		{"an older format, without a .pub", "r~ a", "r a", "", "-", false, "", "r a"},
		{"algorithms", "a r e", "a r e", "", "-", false, "ssh-ed25519,rsa-sha2-256", "a r"},
		{"algorithms taken away", "a r e", "a r e", "", "c", false, "-ssh-ed25519,rsa*", "e"},
		{"algorithms put in front", "a r e", "a r e", "", "-", false, "^rsa-sha2-256", "a r e"},
		{"algorithms added", "r r-cert.pub", "r", "", "-", false, "+ssh-rsa", "r r-cert"},
		{"algorithms without certificates", "a a-cert.pub", "a", "", "b b-cert", false, "-*-cert-v01@openssh.com", "b a"},
		{"certificates alone", "a a-cert.pub", "a", "", "b b-cert", false, "*-cert-v01@openssh.com", "b-cert a-cert"},
		{"default files", "", "", "", "b a", false, "", "b a"},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c.lay(t, dir, s.lay)
			agent := c.agent(t, s.agent)
			want := strings.Fields(strings.ReplaceAll(s.offers, "/", ""))
			ours := slices.DeleteFunc(strings.Fields(s.offers), func(name string) bool { return name[0] == '/' })
			targets := []string{"nothing"}
			if len(ours) > 0 {
				targets = append(targets, ours[len(ours)-1])
			}
			for _, target := range targets {
				server, o := c.toll(t, target)
				h := at(t, server.Addr())
				h.Identities, h.IdentitiesSet = paths(dir, s.identities), true
				if s.identities == "" {
					h.Identities, h.IdentitiesSet = defaults(t), false
				}
				h.Certificates, h.Agent, h.IdentitiesOnly, h.PubkeyAlgorithms = paths(dir, s.certificates), agent, s.only, s.algorithms
				locked := strings.Contains(s.lay, "!")
				said, in := openSSHLogin(t, binary, h)
				theirs := o.taken()
				if in != (target != "nothing") && !(locked && !in) {
					t.Errorf("ssh, %s is taken: logged in %v\n%s", target, in, said)
				}
				if target == "nothing" && s.identities != "" && !slices.Equal(theirs, want) {
					t.Errorf("ssh offers %q, the table says %q\n%s", theirs, want, said)
				}
				p := newPool(t, ssh.Options{Ask: &person{passphrase: "secret"}})
				h.Prompts = 3
				_, err := p.Connect(t.Context(), h)
				if got := o.taken(); (err == nil) != (target != "nothing") {
					t.Errorf("%s is taken: %v", target, err)
				} else if like := slices.DeleteFunc(theirs, func(name string) bool { return slices.Contains(want, name) && !slices.Contains(ours, name) }); !slices.Equal(got, like) && !(locked && target != "nothing") {
					t.Errorf("%s is taken: offered %q, ssh %q", target, got, theirs)
				}
			}
		})
	}
}

// What an RSA key signs with: what both sides take, and SHA-1 only where it is asked for.
func TestRSAAsOpenSSH(t *testing.T) {
	shelltest.Unwatched(t)
	t.Parallel()
	binary := shelltest.Program(t, "ssh")
	c := newChest(t)
	dir := t.TempDir()
	c.lay(t, dir, "r")
	held := c.agent(t, "r")
	for _, s := range []struct {
		server, client string
		in             bool
	}{
		{"rsa-sha2-512,rsa-sha2-256", "", true},
		{"rsa-sha2-256", "", true},
		{"rsa-sha2-512", "", true},
		{"ssh-rsa", "", false},
		{"ssh-rsa", "+ssh-rsa", true},
		{"rsa-sha2-512", "rsa-sha2-256", false},
		{"rsa-sha2-256", "ssh-ed25519,rsa-sha2-256", true},
	} {
		for _, from := range []string{"file", "agent"} {
			server := serve(t, sshtest.Options{
				AuthorizedKeys: []gossh.PublicKey{signerOf(t, c.private["r"]).PublicKey()},
				Config:         func(sc *gossh.ServerConfig) { sc.PublicKeyAuthAlgorithms = strings.Split(s.server, ",") },
			})
			h := at(t, server.Addr())
			h.Identities, h.IdentitiesSet, h.PubkeyAlgorithms = paths(dir, "r"), true, s.client
			if from == "agent" {
				h.Identities, h.Agent = []string{"none"}, held
			}
			said, theirs := openSSHLogin(t, binary, h)
			p := newPool(t, ssh.Options{})
			_, err := p.Connect(t.Context(), h)
			if p.Close(); (err == nil) != s.in || theirs != s.in {
				t.Errorf("%s, server %s, client %q: %v; ssh %v\n%s", from, s.server, s.client, err, theirs, said)
			}
		}
	}
}

// paths are files in dir by their names; none is ssh's word for no file.
func paths(dir, names string) []string {
	var all []string
	for _, name := range strings.Fields(names) {
		if name == "none" {
			return []string{"none"}
		}
		all = append(all, filepath.Join(dir, name))
	}
	return all
}

// defaults are ssh's default key files of whoever runs this, which need not be there.
func defaults(t *testing.T) []string {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, name := range []string{"id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"} {
		path := filepath.Join(me.HomeDir, ".ssh", name)
		if _, err := os.Stat(path); err == nil {
			t.Skipf("NOT TESTED: there is a %s", path)
		}
		all = append(all, path)
	}
	return all
}

func readPublic(t *testing.T, file string) gossh.PublicKey {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	key, _, _, _, err := gossh.ParseAuthorizedKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func remove(t *testing.T, file string) {
	t.Helper()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}
