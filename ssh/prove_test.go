package ssh_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

// doorkeeper lets a user in by one of these keys or by a password, and notes what was offered.
type doorkeeper struct {
	keys     []gossh.PublicKey
	password string

	mu      sync.Mutex
	offered []string
}

func (d *doorkeeper) note(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Contains(d.offered, what) {
		d.offered = append(d.offered, what)
	}
}

func (d *doorkeeper) seen() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	seen := d.offered
	d.offered = nil
	return seen
}

// classOf is the class of an error of this package.
func classOf(err error) shell.Class {
	if err == nil {
		return ""
	}
	return shell.AsError(err, "none").Class
}

func (d *doorkeeper) serve(t *testing.T) *sshtest.Server {
	return serve(t, sshtest.Options{Config: func(c *gossh.ServerConfig) {
		c.NoClientAuth = false
		c.PublicKeyCallback = func(_ gossh.ConnMetadata, key gossh.PublicKey) (*gossh.Permissions, error) {
			d.note(gossh.FingerprintSHA256(key))
			if slices.ContainsFunc(d.keys, func(k gossh.PublicKey) bool { return bytes.Equal(k.Marshal(), key.Marshal()) }) {
				return nil, nil
			}
			return nil, errors.New("not this one")
		}
		if d.password != "" {
			c.PasswordCallback = func(_ gossh.ConnMetadata, password []byte) (*gossh.Permissions, error) {
				d.note("a password")
				if string(password) == d.password {
					return nil, nil
				}
				return nil, errors.New("wrong")
			}
		}
	}})
}

// A proof offers one key, whatever else is configured or known; the opposite offers all but it.
func TestOnlyAndButAKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	firstPrivate, one := newKey(t)
	secondPrivate, two := newKey(t)
	first, firstFile := one.PublicKey(), writeKey(t, dir+"/first", firstPrivate)
	second, secondFile := two.PublicKey(), writeKey(t, dir+"/second", secondPrivate)
	third, _ := newKey(t) // its private half is nowhere
	d := &doorkeeper{keys: []gossh.PublicKey{first}, password: "secret"}
	h := at(t, d.serve(t).Addr())
	h.Identities, h.IdentitiesSet, h.Prompts = []string{firstFile}, true, 3
	h.NeedSSH = []string{"gssapiauthentication"}
	p := newPool(t, ssh.Options{Ask: &person{passwords: []string{"secret"}, share: true}})
	ctx := context.Background()

	if _, err := p.OnlyKey(ctx, h, second, secondFile); classOf(err) != shell.ClassAuth || errors.Is(err, ssh.ErrNoPrivateKey) {
		t.Errorf("a key that the host does not know: %v", err)
	}
	if got := d.seen(); !slices.Equal(got, []string{gossh.FingerprintSHA256(second)}) {
		t.Errorf("offered %v", got)
	}
	conn, err := p.OnlyKey(ctx, h, first, firstFile)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := conn.Run(ctx, hello); err != nil || string(out.Stdout) != "hello\n" {
		t.Errorf("%v, %v", out, err)
	}
	d.seen()
	if _, err = p.ButKey(ctx, h, first); err != nil {
		t.Fatalf("there is a password: %v", err)
	}
	if got := d.seen(); !slices.Equal(got, []string{"a password"}) {
		t.Errorf("offered %v", got)
	}
	if _, err = p.ButKey(ctx, h, second); err != nil {
		t.Fatalf("there is another key: %v", err)
	}
	if got := d.seen(); !slices.Equal(got, []string{gossh.FingerprintSHA256(first)}) {
		t.Errorf("offered %v", got)
	}
	if _, err = p.OnlyKey(ctx, h, signerOf(t, third).PublicKey(), firstFile); !errors.Is(err, ssh.ErrNoPrivateKey) || len(d.seen()) > 0 {
		t.Errorf("no private half: %v", err)
	}
	h.NeedSSH = []string{"knownhostscommand"}
	if _, err = p.OnlyKey(ctx, h, first, firstFile); !errors.Is(err, ssh.ErrOpenSSHOnly) {
		t.Errorf("only ssh knows whom to trust: %v", err)
	}
}

// A proof goes through a bastion that knows other keys than the host.
func TestOnlyAKeyThroughABastion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	doorPrivate, door := newKey(t)
	innerPrivate, inner := newKey(t)
	bastion, target := at(t, authorized(t, door).Addr()), at(t, authorized(t, inner).Addr())
	bastion.Identities, bastion.IdentitiesSet = []string{writeKey(t, dir+"/door", doorPrivate)}, true
	target.Jump = []string{"bastion"}
	p := newPool(t, ssh.Options{Resolve: resolve(map[string]*config.Host{"bastion": bastion})})
	conn, err := p.OnlyKey(context.Background(), target, inner.PublicKey(), writeKey(t, dir+"/inner", innerPrivate))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Run(context.Background(), hello); err != nil {
		t.Error(err)
	}
	if _, err := p.OnlyKey(context.Background(), target, door.PublicKey(), dir+"/door"); classOf(err) != shell.ClassAuth {
		t.Errorf("the bastion's key opens the host: %v", err)
	}
}

// A key of which only its passphrase tells the public half is looked at before it is offered.
func TestButAKeyThatIsEncrypted(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "old")
	if out, err := exec.Command(shelltest.Program(t, "ssh-keygen"), "-q", "-t", "ecdsa", "-m", "PEM", "-N", "secret", "-f", file).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	text, err := os.ReadFile(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	public, _, _, _, err := gossh.ParseAuthorizedKey(text)
	if err := errors.Join(err, os.Remove(file+".pub")); err != nil {
		t.Fatal(err)
	}
	d := &doorkeeper{keys: []gossh.PublicKey{public}}
	h := at(t, d.serve(t).Addr())
	h.Identities, h.IdentitiesSet, h.Prompts = []string{file}, true, 1
	p := newPool(t, ssh.Options{Ask: &person{passphrase: "secret"}})
	if _, err := p.ButKey(context.Background(), h, public); classOf(err) != shell.ClassAuth || len(d.seen()) > 0 {
		t.Errorf("it was offered all the same: %v", err)
	}
	if _, err := p.OnlyKey(context.Background(), h, public, file); err != nil {
		t.Error(err)
	}
}

// Who wants to know is told of host keys that are taken unasked, once each.
func TestMet(t *testing.T) {
	t.Parallel()
	s := serve(t, sshtest.Options{})
	for _, c := range []struct {
		strict config.Strict
		met    string
	}{{config.AcceptNew, gossh.FingerprintSHA256(s.HostKey())}, {config.Yes, ""}, {config.Ask, ""}} {
		var mu sync.Mutex
		var met []string
		p := newPool(t, ssh.Options{Ask: &person{share: true}, Met: func(_ *config.Host, key gossh.PublicKey) {
			mu.Lock()
			defer mu.Unlock()
			met = append(met, gossh.FingerprintSHA256(key))
		}})
		h := at(t, s.Addr())
		h.Strict = c.strict
		p.Connect(context.Background(), h) // a yes, a no and a question
		if got := strings.Join(met, " "); got != c.met {
			t.Errorf("%v: told of %q", c.strict, got)
		}
	}
}
