package ssh_test

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/sshtest"
)

// A key that many hosts want is asked for once; they wait for the one answer.
func TestPassphraseAskedOnce(t *testing.T) {
	t.Parallel()
	private, right := newKey(t)
	s := authorized(t, right)
	key := writeLocked(t, filepath.Join(t.TempDir(), "id"), private)
	who := &person{passphrase: "secret"}
	p := newPool(t, ssh.Options{Ask: who})
	var all sync.WaitGroup
	for i := range 8 {
		h := at(t, s.Addr())
		h.User, h.Identities, h.Prompts = string(rune('a'+i)), []string{key}, 3
		all.Go(func() { connectAs(t, p, h) })
	}
	all.Wait()
	if asked := who.questions(t); !slices.Equal(asked, []string{"passphrase for " + key}) {
		t.Errorf("asked %q", asked)
	}
}

// writeLocked writes a private key file whose passphrase is "secret".
func writeLocked(t *testing.T, file string, private any) string {
	t.Helper()
	return lock(t, writeKey(t, file, private), "secret")
}

// lock encrypts a private key file, with less work than is usual: under the race detector each
// try at a passphrase would take seconds.
func lock(t *testing.T, file, passphrase string) string {
	t.Helper()
	binary := shelltest.Program(t, "ssh-keygen")
	out, err := exec.CommandContext(t.Context(), binary, "-q", "-p", "-a", "1", "-P", "", "-N", passphrase, "-f", file).CombinedOutput()
	if err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	return file
}

func TestPassphrase(t *testing.T) {
	shelltest.Unwatched(t)
	t.Parallel()
	c := newChest(t)
	old := filepath.Join(c.dir, "old")
	if out, err := exec.CommandContext(t.Context(), shelltest.Program(t, "ssh-keygen"), "-q", "-t", "ecdsa", "-m", "PEM", "-N", "secret", "-f", old).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	oldKey := readPublic(t, old+".pub")
	c.names[string(oldKey.Marshal())] = "old"
	remove(t, old+".pub")
	c.lay(t, c.dir, "a! b ac=a! ac-cert.pub=a-cert.pub")
	for _, s := range []struct {
		name   string
		files  string
		agent  string
		takes  string
		answer string
		asked  string // for the passphrases of these files
		says   string // why it is refused, "" if it is not
	}{
		{"the server wants it", "a", "-", "a", "secret", "a", ""},
		{"the server wants another", "a b", "-", "b", "secret", "", ""},
		{"the server wants none", "a b", "-", "nothing", "secret", "", "offered: a, b"},
		{"the agent holds it", "a", "a", "a", "secret", "", ""},
		{"three tries", "a", "-", "a", "wrong", "a a a", "the passphrase of " + c.dir + "/a was not right"},
		{"no answer", "a", "-", "a", "", "a", "no passphrase was given for " + c.dir + "/a"},
		{"a certificate", "ac", "-", "a-cert", "secret", "ac", ""},
		{"an older format without a .pub", "a old", "-", "old", "secret", "old", ""},
		{"an older format, not opened", "old b", "-", "b", "", "old", ""},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			server, _ := c.toll(t, s.takes)
			who, agent := &person{passphrase: s.answer}, c.agent(t, s.agent)
			p := newPool(t, ssh.Options{Ask: who})
			h := at(t, server.Addr())
			h.Identities, h.IdentitiesSet, h.Agent, h.Prompts = paths(c.dir, s.files), true, agent, 3
			if s.says == "" {
				connect(t, p, h)
			} else if e := refusal(t, p, h); e.Class != shell.ClassAuth || !strings.Contains(e.Error(), s.says) {
				t.Errorf("class %s: %v", e.Class, e)
			}
			again := *h
			again.User = "other"
			p.Connect(t.Context(), &again)
			var want []string
			for _, file := range paths(c.dir, s.asked) {
				want = append(want, "passphrase for "+file)
			}
			if asked := who.questions(t); !slices.Equal(asked, want) {
				t.Errorf("asked %q", asked)
			}
			if server.Connections() != 2 {
				t.Errorf("%d connections", server.Connections())
			}
		})
	}
}

// A key that could not be opened costs the keys after it nothing, in the same login.
func TestNextKeyAfterPassphrase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	firstPrivate, first := newKey(t)
	secondPrivate, second := newKey(t)
	s := serve(t, sshtest.Options{AuthorizedKeys: []gossh.PublicKey{first.PublicKey(), second.PublicKey()}})
	h := at(t, s.Addr())
	h.Identities = []string{writeLocked(t, filepath.Join(dir, "first"), firstPrivate), writeKey(t, filepath.Join(dir, "second"), secondPrivate)}
	h.Prompts = 3
	who := &person{passphrase: "wrong"}
	connect(t, newPool(t, ssh.Options{Ask: who}), h)
	if asked := who.questions(t); len(asked) != 3 || s.Connections() != 1 {
		t.Errorf("%d connections, asked %q", s.Connections(), asked)
	}
}

// Without a terminal nobody is asked, and the hint is what opens the key.
func TestNobodyToAsk(t *testing.T) {
	t.Parallel()
	private, right := newKey(t)
	key := writeLocked(t, filepath.Join(t.TempDir(), "id"), private)
	who := &person{passphrase: "secret"}
	for name, o := range map[string]ssh.Options{"no terminal": {}, "BatchMode": {Ask: who}} {
		h := at(t, authorized(t, right).Addr())
		h.Identities, h.Prompts, h.Batch = []string{key}, 3, o.Ask != nil
		e := refusal(t, newPool(t, o), h)
		if e.Class != shell.ClassAuth || !strings.Contains(e.Error(), key+" is encrypted, and the agent does not hold it") || e.Hint != "ssh-add "+key {
			t.Errorf("%s: class %s, hint %q: %v", name, e.Class, e.Hint, e)
		}
	}
	if asked := who.questions(t); len(asked) > 0 {
		t.Errorf("asked %q", asked)
	}
}

// The time that a person takes is not the server's.
func personTakesTime(t *testing.T) {
	shelltest.Unwatched(t) // nine seconds of waiting
	const bound = 6 * time.Second
	private, right := newKey(t)
	s := authorized(t, right)
	key := writeLocked(t, filepath.Join(t.TempDir(), "id"), private)
	who := &person{passphrase: "secret", wait: make(chan struct{})}
	time.AfterFunc(bound+bound/2, func() { close(who.wait) })
	p := newPool(t, ssh.Options{Ask: who, ConnectTimeout: bound})
	var all sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		h := at(t, s.Addr())
		h.User, h.Identities, h.Prompts = name, []string{key}, 3
		all.Go(func() { connectAs(t, p, h) })
	}
	all.Wait()
}

// To close the pool ends a question, and the logins that wait for its answer.
func TestCloseEndsQuestion(t *testing.T) {
	leavesNothing(t, func(t *testing.T) {
		private, right := newKey(t)
		s := serve(t, sshtest.Options{Config: func(c *gossh.ServerConfig) {
			c.NoClientAuth = false
			c.PasswordCallback = func(gossh.ConnMetadata, []byte) (*gossh.Permissions, error) { return nil, nil }
			c.PublicKeyCallback = func(m gossh.ConnMetadata, key gossh.PublicKey) (*gossh.Permissions, error) {
				if m.User() == "key" && string(key.Marshal()) == string(right.PublicKey().Marshal()) {
					return nil, nil
				}
				return nil, context.Canceled
			}
		}})
		key := writeLocked(t, filepath.Join(t.TempDir(), "id"), private)
		who := &person{passphrase: "secret", wait: make(chan struct{})}
		p := newPool(t, ssh.Options{Ask: who})
		errs := make(chan error, 4)
		for i, name := range []string{"key", "key", "word", "word"} {
			h := at(t, s.Addr())
			h.HostKeyAlias = fmt.Sprint("alias", i)
			h.User, h.Identities, h.Prompts = name, []string{key}, 3
			go func() {
				_, err := p.Connect(t.Context(), h)
				errs <- err
			}()
		}
		for end := time.Now().Add(patience); len(who.questions(t)) == 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("nobody was asked")
			}
		}
		p.Close()
		for range 4 {
			if e := shell.AsError(<-errs, shell.ClassExit); e.Class != shell.ClassCancelled {
				t.Errorf("class %s: %v", e.Class, e)
			}
		}
	})
}
