package ssh_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/ssh/sshtest"
)

// Hosts that are reached at the same time, with OpenSSH's client and without it, wait for the
// one password.
func TestPasswordAskedOnceOverOpenSSH(t *testing.T) {
	t.Parallel()
	who := &person{passwords: []string{"one"}, share: true}
	o := withSSH(t)
	o.Ask = who
	p := newPool(t, o)
	var all sync.WaitGroup
	for i := range 6 {
		h := as(t, newVault(t, "one").Server, "spark", fmt.Sprint("w", i))
		if i > 0 {
			onlySSH(h)
		}
		all.Go(func() { connectAs(t, p, h) })
	}
	all.Wait()
	if asked := who.questions(t); len(asked) != 2 || !strings.HasPrefix(asked[0], "password for spark@") || !strings.HasSuffix(asked[1], " for all hosts of spark?") {
		t.Errorf("asked %q", asked)
	}
}

// Who gives no password is asked for it once, and no host is told an empty one.
func TestNoPasswordOverOpenSSH(t *testing.T) {
	t.Parallel()
	who := &person{}
	o := withSSH(t)
	o.Ask = who
	p := newPool(t, o)
	for i := range 3 {
		v := newVault(t, "one")
		e := refusal(t, p, onlySSH(as(t, v.Server, "spark", fmt.Sprint("w", i))))
		if e.Class != shell.ClassAuth || !strings.Contains(e.Error(), "no password was given for spark") || len(v.words()) > 0 {
			t.Errorf("class %s, told %q: %v", e.Class, v.words(), e)
		}
	}
	if asked := who.questions(t); !slices.Equal(asked, []string{"password for spark@w0"}) {
		t.Errorf("asked %q", asked)
	}
}

// A long path, of which a client shows the beginning, is that of a key all the same.
func TestLongKeyPathOverOpenSSH(t *testing.T) {
	t.Parallel()
	private, right := newKey(t)
	s := authorized(t, right)
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 100))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	key := writeLocked(t, filepath.Join(dir, "id"), private)
	who := &person{passphrase: "secret"}
	o := withSSH(t)
	o.Ask = who
	p := newPool(t, o)
	for i := range 2 {
		h := at(t, s.Addr())
		h.User, h.Identities = string(rune('a'+i)), []string{key}
		connect(t, p, onlySSH(h))
	}
	if asked := who.questions(t); !slices.Equal(asked, []string{"passphrase for " + key}) {
		t.Errorf("asked %q", asked)
	}
}

// pinned is a client that wants the PIN of a token, which is 1234, before it does what the
// real one does.
func pinned(t *testing.T, client string) string {
	t.Helper()
	program := write(t, filepath.Join(t.TempDir(), "ssh"), `#!/bin/sh
pin=$("$SSH_ASKPASS" "Enter PIN for 'token': ") || exit 255
printf '%s\n' "$pin" >>"$0.said"
[ "$pin" = 1234 ] || echo 'PIN incorrect' >&2
exec `+client+` "$@"
`)
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	return program
}

// The PIN of a token is asked for once. A wrong one is not given again, though the login has
// succeeded by other means.
func TestPIN(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed []string
		said  string
		asked int
	}{
		{[]string{"1234"}, "1234\n1234\n1234\n", 1},
		{[]string{"4321", "1234"}, "4321\n1234\n1234\n", 2},
	} {
		who := &typing{answers: c.typed}
		o := withSSH(t)
		o.Ask, o.SSH = who, pinned(t, o.SSH)
		p := newPool(t, o)
		for range 3 {
			connect(t, p, onlySSH(at(t, serve(t, sshtest.Options{}).Addr())))
		}
		if said := read(t, o.SSH+".said"); said != c.said || who.asked != c.asked {
			t.Errorf("told %q, asked %d times", said, who.asked)
		}
	}
}

// Who gives no PIN is asked no more.
func TestNoPIN(t *testing.T) {
	t.Parallel()
	who := &typing{answers: []string{""}}
	o := withSSH(t)
	o.Ask, o.SSH = who, pinned(t, o.SSH)
	p := newPool(t, o)
	for range 3 {
		refusal(t, p, onlySSH(at(t, serve(t, sshtest.Options{}).Addr())))
	}
	if who.asked != 1 {
		t.Errorf("asked %d times", who.asked)
	}
}

// Unknown host keys are asked about in one question, whoever connects, and only those; no host
// is connected to twice for that.
func TestAskedOnceOverOpenSSH(t *testing.T) {
	t.Parallel()
	leavesNothing(t, func(t *testing.T) {
		const n = 5
		file := t.TempDir() + "/known_hosts"
		who := &witness{says: yes}
		o := withSSH(t)
		o.Ask = who
		p := newPool(t, o)
		way := together(t, n)
		var all sync.WaitGroup
		var servers []*sshtest.Server
		var want []string
		for i := range n {
			s := serve(t, sshtest.Options{})
			address := way(s)
			h := asked(t, fmt.Sprint("w", i), address, file)
			if i == 0 { // without a client
				commanded(h)
			} else {
				onlySSH(h)
			}
			if i == 1 {
				h.KnownHosts = []string{write(t, t.TempDir()+"/known", "[127.0.0.1]:"+fmt.Sprint(h.Port)+" "+string(gossh.MarshalAuthorizedKey(s.HostKey())))}
				commanded(h)
			} else {
				want = append(want, fmt.Sprintf("  w%d (%s)  ssh-ed25519  %s\n", i, address, gossh.FingerprintSHA256(s.HostKey())))
			}
			servers = append(servers, s)
			all.Go(func() { connectAs(t, p, h) })
		}
		all.Wait()
		questions := who.questions()
		if len(questions) != 1 {
			t.Fatalf("%d questions: %q", len(questions), questions)
		}
		for _, line := range want {
			if strings.Count(questions[0], line) != 1 {
				t.Errorf("no %q in %q", line, questions[0])
			}
		}
		if strings.Count(questions[0], "ssh-ed25519") != n-1 || strings.Count(read(t, file), "\n") != n-1 {
			t.Errorf("%q\n%q", questions[0], read(t, file))
		}
		for i, s := range servers {
			if s.Connections() != 1 || s.Logins() != 1 {
				t.Errorf("w%d: %d connections, %d logins", i, s.Connections(), s.Logins())
			}
		}
	})
}

// A no is a refusal over OpenSSH's client too, and is not asked for again.
func TestDeclinedOverOpenSSH(t *testing.T) {
	t.Parallel()
	s := serve(t, sshtest.Options{})
	who := &witness{says: func(ctx context.Context) (bool, error) { return false, nil }}
	o := withSSH(t)
	o.Ask = who
	p := newPool(t, o)
	for _, user := range []string{"spark", "other"} {
		h := asked(t, "w1", s.Addr(), t.TempDir()+"/known_hosts")
		h.User = user
		e := refusal(t, p, onlySSH(h))
		if e.Class != shell.ClassHostKey || !strings.Contains(e.Error(), gossh.FingerprintSHA256(s.HostKey())+"; it was not accepted") || !strings.Contains(e.Hint, "ssh w1 true") {
			t.Errorf("class %s, hint %q: %v", e.Class, e.Hint, e)
		}
		if _, err := os.Stat(h.KnownHosts[0]); err == nil {
			t.Error("it is remembered")
		}
	}
	if s.Logins() != 0 || len(who.questions()) != 1 {
		t.Errorf("%d logins, asked %q", s.Logins(), who.questions())
	}
}

// The host key of another host, on a way that a client finds by itself, is asked about as that
// host's.
func TestAskedAboutTheWay(t *testing.T) {
	t.Parallel()
	bastion := serve(t, sshtest.Options{})
	b := at(t, bastion.Addr())
	who := &witness{says: yes}
	o := withSSH(t)
	o.Ask = who
	p := newPool(t, o)
	var all sync.WaitGroup
	for i := range 3 {
		h := asked(t, fmt.Sprint("w", i), serve(t, sshtest.Options{}).Addr(), t.TempDir()+"/known_hosts")
		h.ProxyCommand = "set by ssh"
		onlySSH(h)
		h.Command = slices.Insert(h.Command, 1, "-o", fmt.Sprintf("ProxyCommand=%s -F none -o UserKnownHostsFile=%s -o FingerprintHash=sha256 -p %d -W %%h:%%p x@%s", o.SSH, b.KnownHosts[0], b.Port, b.HostName))
		all.Go(func() { connectAs(t, p, h) })
	}
	all.Wait()
	text := strings.Join(who.questions(), "")
	if len(who.questions()) != 2 || strings.Count(text, "  ["+b.HostName+"]:"+fmt.Sprint(b.Port)+"  ssh-ed25519  ") != 1 || strings.Count(text, "SHA256:") != 4 {
		t.Errorf("%q", who.questions())
	}
}
