package ssh_test

import (
	"errors"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

// vault is a server that a password opens, and what it was told.
type vault struct {
	*sshtest.Server
	mu   sync.Mutex
	told []string
}

// newVault takes a password by the method password, or keyboard-interactive if there are
// questions, whose answers then have to be the password each.
func newVault(t *testing.T, right string, questions ...string) *vault {
	t.Helper()
	v := &vault{}
	check := func(word string) error {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.told = append(v.told, word)
		if word != right {
			return errors.New("another one")
		}
		return nil
	}
	v.Server = serve(t, sshtest.Options{Config: func(c *gossh.ServerConfig) {
		c.NoClientAuth, c.PublicKeyCallback, c.MaxAuthTries = false, nil, -1
		if len(questions) == 0 {
			c.PasswordCallback = func(_ gossh.ConnMetadata, word []byte) (*gossh.Permissions, error) { return nil, check(string(word)) }
			return
		}
		c.KeyboardInteractiveCallback = func(_ gossh.ConnMetadata, ask gossh.KeyboardInteractiveChallenge) (*gossh.Permissions, error) {
			for _, question := range questions {
				answers, err := ask("", "", []string{question}, []bool{false})
				if err == nil {
					err = check(answers[0])
				}
				if err != nil {
					return nil, err
				}
			}
			_, err := ask("welcome", "", nil, nil) // as PAM does, without a question
			return nil, err
		}
	}})
	return v
}

func (v *vault) words() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.told)
}

// as is the configuration of a host whose user is asked up to three times.
func as(t *testing.T, s *sshtest.Server, user, name string) *config.Host {
	t.Helper()
	h := at(t, s.Addr())
	h.User, h.Name, h.Prompts = user, name, 3
	return h
}

func TestPassword(t *testing.T) {
	t.Parallel()
	testPassword(t, ssh.Options{}, func(h *config.Host) *config.Host { return h }, "[2J")
}

// Over OpenSSH's client, which makes a host's control characters visible, it is no other.
func TestPasswordOverOpenSSH(t *testing.T) {
	t.Parallel()
	testPassword(t, withSSH(t), onlySSH, `\033[2J`)
}

func testPassword(t *testing.T, o ssh.Options, over func(*config.Host) *config.Host, cleared string) {
	const share = "use the password of spark@w1 for all hosts of spark?"
	for _, c := range []struct {
		name      string
		rights    string // passwords of the hosts
		questions string // of keyboard-interactive, with / between
		answers   string
		share     bool
		told      string // what each host was told, with / between
		asked     []string
	}{
		{"one host", "one", "", "one", true, "one", []string{"password for spark@w1"}},
		{"for all hosts", "one one one", "", "one", true, "one/one/one", []string{"password for spark@w1", share}},
		{"not for all hosts", "one two", "", "one two", false, "one/two", []string{"password for spark@w1", share, "password for spark@w2"}},
		{"mistyped", "one one", "", "x one", true, "x one/one", []string{"password for spark@w1", "password for spark@w1", share}},
		{"one host has another", "one two one", "", "one two", true, "one/one two/one", []string{"password for spark@w1", share, "password for spark@w2"}},
		{"keyboard-interactive", "one one", "Password: ", "one", true, "one/one", []string{"password for spark@w1", share}},
		{"keyboard-interactive, one host has another", "one two", "Password: ", "one two", true, "one/one two", []string{"password for spark@w1", share, "password for spark@w2"}},
		{"one-time code", "1 2", "Code\x1b[2J:\n ", "1 2", true, "1/2", []string{"(spark@w1) Code" + cleared, "(spark@w2) Code" + cleared}},
		{"password and code", "1 1", "Password:/Code:", "1", true, "1 1/1 1", []string{"password for spark@w1", "(spark@w1) Code", share, "(spark@w2) Code"}},
		{"expired password", "1 1", "Password:/New password:", "1", true, "1 1/1 1", []string{"password for spark@w1", "(spark@w1) New password", share, "(spark@w2) New password"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			who := &person{passwords: strings.Fields(c.answers), share: c.share}
			var questions []string
			if c.questions != "" {
				questions = strings.Split(c.questions, "/")
			}
			o := o
			o.Ask = who
			p := newPool(t, o)
			var told []string
			for i, right := range strings.Fields(c.rights) {
				v := newVault(t, right, questions...)
				connect(t, p, over(as(t, v.Server, "spark", []string{"w1", "w2", "w3"}[i])))
				told = append(told, strings.Join(v.words(), " "))
			}
			if got := strings.Join(told, "/"); got != c.told {
				t.Errorf("told %q", got)
			}
			if asked := who.questions(t); !slices.Equal(asked, c.asked) {
				t.Errorf("asked %q", asked)
			}
		})
	}
}

// Hosts of one user, all at a time, wait for one answer; the mistyped one reaches one of them.
func TestPasswordOfManyHosts(t *testing.T) {
	t.Parallel()
	who := &person{passwords: []string{"wrong", "right"}, share: true}
	p := newPool(t, ssh.Options{Ask: who})
	var vaults []*vault
	var all sync.WaitGroup
	for range 12 {
		v := newVault(t, "right")
		vaults = append(vaults, v)
		h := as(t, v.Server, "spark", "w")
		all.Go(func() { connectAs(t, p, h) })
	}
	all.Wait()
	wrong := 0
	for _, v := range vaults {
		wrong += len(v.words()) - 1
	}
	if asked := who.questions(t); wrong != 1 || len(asked) != 3 {
		t.Errorf("%d wrong passwords, asked %q", wrong, asked)
	}
}

// Once the person has answered, the server has the login's bound, and no more.
func TestServerHangsOverPassword(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	s := serve(t, sshtest.Options{Config: func(c *gossh.ServerConfig) {
		c.NoClientAuth, c.PublicKeyCallback = false, nil
		c.PasswordCallback = func(gossh.ConnMetadata, []byte) (*gossh.Permissions, error) {
			<-done
			return nil, nil
		}
	}})
	t.Cleanup(func() { close(done) })
	p := newPool(t, ssh.Options{Ask: &person{passwords: []string{"word"}}, ConnectTimeout: 2 * time.Second})
	if e := refusal(t, p, as(t, s, "spark", "w1")); e.Class != shell.ClassTimeout {
		t.Errorf("class %s: %v", e.Class, e)
	}
}

// Users have passwords of their own.
func TestPasswordsOfUsers(t *testing.T) {
	t.Parallel()
	who := &person{passwords: []string{"word"}, share: true}
	p := newPool(t, ssh.Options{Ask: who})
	for _, user := range []string{"a", "b"} {
		connect(t, p, as(t, newVault(t, "word").Server, user, "w"))
	}
	if asked := who.questions(t); !slices.Equal(asked, []string{"password for a@w", "password for b@w"}) {
		t.Errorf("asked %q", asked)
	}
}

func TestPasswordRefused(t *testing.T) {
	t.Parallel()
	nobody := func(h *config.Host) {}
	for _, c := range []struct {
		name   string
		change func(*config.Host)
		who    *person
		told   int
		says   string
	}{
		{"three tries", nobody, &person{passwords: []string{"wrong"}}, 3, "offered: a password"},
		{"one try", func(h *config.Host) { h.Prompts = 1 }, &person{passwords: []string{"wrong"}}, 1, "offered: a password"},
		{"no answer", nobody, &person{}, 0, "no password was given for spark: interrupted"},
		{"no terminal", nobody, nil, 0, "password login needs a terminal"},
		{"BatchMode", func(h *config.Host) { h.Batch = true }, &person{passwords: []string{"right"}}, 0, "password login is off: BatchMode yes"},
		{"PasswordAuthentication no", func(h *config.Host) { h.NoPassword = true }, &person{passwords: []string{"right"}}, 0, "offered: no key"},
		{"PreferredAuthentications", func(h *config.Host) { h.PreferredAuth = []string{"publickey"} }, &person{passwords: []string{"right"}}, 0, "offered: no key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := ssh.Options{}
			if c.who != nil {
				o.Ask = c.who
			}
			p, v := newPool(t, o), newVault(t, "right")
			h := as(t, v.Server, "spark", "w1")
			c.change(h)
			e := refusal(t, p, h)
			if e.Class != shell.ClassAuth || !strings.Contains(e.Error(), c.says) || e.Hint == "" {
				t.Errorf("class %s, hint %q: %v", e.Class, e.Hint, e)
			}
			if again := refusal(t, p, h); again != e || len(v.words()) != c.told || v.Connections() != 1 {
				t.Errorf("%d tries, %d connections: %v", len(v.words()), v.Connections(), again)
			}
		})
	}
}

// Who gives no password is not asked again for the next host of the user.
func TestNoPasswordGiven(t *testing.T) {
	t.Parallel()
	who := &person{}
	p := newPool(t, ssh.Options{Ask: who})
	for _, name := range []string{"w1", "w2"} {
		if e := refusal(t, p, as(t, newVault(t, "x").Server, "spark", name)); e.Class != shell.ClassAuth {
			t.Errorf("class %s: %v", e.Class, e)
		}
	}
	if asked := who.questions(t); len(asked) != 1 {
		t.Errorf("asked %q", asked)
	}
}

// A server may want more than one proof: two keys, then a password.
func TestPartialSuccess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	firstPrivate, first := newKey(t)
	secondPrivate, second := newKey(t)
	wants := func(key gossh.Signer, next *gossh.PartialSuccessError) func(gossh.ConnMetadata, gossh.PublicKey) (*gossh.Permissions, error) {
		return func(_ gossh.ConnMetadata, got gossh.PublicKey) (*gossh.Permissions, error) {
			if string(got.Marshal()) != string(key.PublicKey().Marshal()) {
				return nil, errors.New("another one")
			}
			return nil, next
		}
	}
	word := gossh.ServerAuthCallbacks{PasswordCallback: func(_ gossh.ConnMetadata, word []byte) (*gossh.Permissions, error) {
		if string(word) != "word" {
			return nil, errors.New("another one")
		}
		return nil, nil
	}}
	then := gossh.ServerAuthCallbacks{PublicKeyCallback: wants(second, &gossh.PartialSuccessError{Next: word})}
	s := serve(t, sshtest.Options{Config: func(c *gossh.ServerConfig) {
		c.NoClientAuth, c.PublicKeyCallback = false, wants(first, &gossh.PartialSuccessError{Next: then})
	}})
	for name, order := range map[string][]any{"in order": {firstPrivate, secondPrivate}, "the other way": {secondPrivate, firstPrivate}} {
		h := as(t, s, "spark", "w1")
		for i, private := range order {
			h.Identities = append(h.Identities, writeKey(t, dir+"/"+name[:3]+string(rune('0'+i)), private))
		}
		who := &person{passwords: []string{"word"}}
		connect(t, newPool(t, ssh.Options{Ask: who}), h)
		if asked := who.questions(t); len(asked) != 1 {
			t.Errorf("%s: asked %q", name, asked)
		}
	}
}

// To a host whose key has changed no secret is told, though it is connected to.
func TestNoPasswordToChangedHost(t *testing.T) {
	t.Parallel()
	for _, questions := range [][]string{nil, {"Password:"}} {
		v := newVault(t, "word", questions...)
		h := as(t, v.Server, "spark", "w1")
		_, other := newKey(t)
		write(t, h.KnownHosts[0], knownhosts(v.Addr())+" "+string(gossh.MarshalAuthorizedKey(other.PublicKey())))
		h.Strict = config.No
		who := &person{passwords: []string{"word"}}
		refusal(t, newPool(t, ssh.Options{Ask: who}), h)
		if len(v.told) > 0 || len(who.asked) > 0 {
			t.Errorf("told %q, asked %q", v.told, who.asked)
		}
		h.KnownHosts = []string{filepath.Join(t.TempDir(), "none")}
		connect(t, newPool(t, ssh.Options{Ask: who}), h) // it is the changed key that was in the way
	}
}

// knownhosts is an address as known_hosts has it.
func knownhosts(address string) string {
	host, port, _ := net.SplitHostPort(address)
	return "[" + host + "]:" + port
}
