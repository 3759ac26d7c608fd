package ssh_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

// witness is somebody at the terminal.
type witness struct {
	says func(ctx context.Context) (bool, error)

	mu    sync.Mutex
	heard []string
}

func (p *witness) Secret(context.Context, string) (string, error) {
	return "", errors.New("no secret is to be asked for")
}

func (p *witness) Confirm(ctx context.Context, question string) (bool, error) {
	p.mu.Lock()
	p.heard = append(p.heard, question)
	p.mu.Unlock()
	return p.says(ctx)
}

func (p *witness) questions() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.heard...)
}

func yes(context.Context) (bool, error) { return true, nil }

// asked is the configuration of a host about whose key the person is asked.
func asked(t *testing.T, name, address, file string) *config.Host {
	h := at(t, address)
	h.Name, h.Strict, h.KnownHosts = name, config.Ask, []string{file}
	return h
}

// together returns what gives servers another address, at which none of them shows its key before
// n are on their way: a question waits for no others for more than some seconds.
func together(t *testing.T, n int64) func(*sshtest.Server) (address string) {
	var begun atomic.Int64
	return func(s *sshtest.Server) string {
		return rogue(t, func(ctx context.Context, conn net.Conn) {
			begun.Add(1)
			for begun.Load() < n && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			(&sshtest.Relay{To: s.Addr()}).Serve(ctx, conn)
		}).Addr()
	}
}

// One question for all hosts that are not known, each with its key; those that are known
// are not in it, and a host under two logins is in it once.
func TestAskedOnce(t *testing.T) {
	leavesNothing(t, func(t *testing.T) {
		const n = 6
		file := t.TempDir() + "/known_hosts"
		who := &witness{says: yes}
		p := newPool(t, ssh.Options{Ask: who})
		way := together(t, n+1)
		var all sync.WaitGroup
		var want []string
		for i := range n {
			s := serve(t, sshtest.Options{})
			address := way(s)
			h := asked(t, fmt.Sprint("w", i), address, file)
			if i == 0 {
				h.GlobalKnownHosts = []string{write(t, t.TempDir()+"/global", "127.0.0.1 "+string(gossh.MarshalAuthorizedKey(s.HostKey())))}
			} else {
				want = append(want, fmt.Sprintf("  w%d (%s)  ssh-ed25519  %s\n", i, address, gossh.FingerprintSHA256(s.HostKey())))
			}
			all.Go(func() { connectAs(t, p, h) })
			if i == 1 {
				twice := *h
				twice.User = "other"
				all.Go(func() { connectAs(t, p, &twice) })
			}
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
	})
}

// A no, or no answer, is a refusal: nobody has logged in, nothing is remembered.
func TestDeclined(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]func(context.Context) (bool, error){
		"not accepted": func(context.Context) (bool, error) { return false, nil },
		"EOF":          func(context.Context) (bool, error) { return false, io.EOF },
	} {
		s := serve(t, sshtest.Options{})
		h := asked(t, "w1", s.Addr(), t.TempDir()+"/known_hosts")
		who := &witness{says: says}
		e := refusal(t, newPool(t, ssh.Options{Ask: who}), h)
		if e.Class != shell.ClassHostKey || !strings.Contains(e.Error(), name) || strings.Contains(e.Error(), "\n") || e.Hint == "" {
			t.Errorf("class %s, hint %q: %v", e.Class, e.Hint, e)
		}
		if _, err := os.Stat(h.KnownHosts[0]); err == nil || s.Logins() != 0 || len(who.questions()) != 1 {
			t.Errorf("%d logins, asked %q", s.Logins(), who.questions())
		}
	}
}

// Nobody is asked in batch mode, about a key that has changed, or where the policy decides.
func TestNotAsked(t *testing.T) {
	t.Parallel()
	s := serve(t, sshtest.Options{})
	_, other := newKey(t)
	who := &witness{says: yes}
	for name, change := range map[string]func(*config.Host){
		"batch":   func(h *config.Host) { h.Batch = true },
		"yes":     func(h *config.Host) { h.Strict = config.Yes },
		"changed": func(h *config.Host) { write(t, h.KnownHosts[0], "* "+public(other)) },
		"revoked": func(h *config.Host) {
			write(t, h.KnownHosts[0], "@revoked * "+string(gossh.MarshalAuthorizedKey(s.HostKey())))
		},
	} {
		h := asked(t, "w1", s.Addr(), t.TempDir()+"/known_hosts")
		change(h)
		if e := refusal(t, newPool(t, ssh.Options{Ask: who}), h); e.Class != shell.ClassHostKey || len(who.questions()) != 0 {
			t.Errorf("%s: class %s, asked %q: %v", name, e.Class, who.questions(), e)
		}
	}
	h := asked(t, "w1", s.Addr(), t.TempDir()+"/known_hosts")
	if e := refusal(t, newPool(t, ssh.Options{}), h); e.Class != shell.ClassHostKey || !strings.Contains(e.Hint, "ssh w1 true") {
		t.Errorf("nobody there: class %s, hint %q: %v", e.Class, e.Hint, e)
	}
}

// A host that hangs does not hold the question up, and a host that comes later is asked
// about in another one.
func askedWhileOneHangs(t *testing.T) {
	file := t.TempDir() + "/known_hosts"
	who := &witness{says: yes}
	p := newPool(t, ssh.Options{Ask: who})
	silent := asked(t, "silent", rogue(t, sshtest.Silent).Addr(), file)
	silent.ConnectTimeout = time.Hour
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() {
		if _, err := p.Connect(t.Context(), silent); err == nil {
			t.Error("it is connected")
		}
	})
	for i := range 2 {
		connect(t, p, asked(t, fmt.Sprint("w", i), serve(t, sshtest.Options{}).Addr(), file))
		if questions := who.questions(); len(questions) != i+1 || strings.Count(questions[i], "SHA256:") != 1 {
			t.Errorf("%q", questions)
		}
	}
	p.Close()
}

// Another login to a host that is being asked about gets the same answer.
func TestAskedOnceForTwoLogins(t *testing.T) {
	t.Parallel()
	for _, answer := range []bool{true, false} {
		s := serve(t, sshtest.Options{})
		h := asked(t, "w1", s.Addr(), t.TempDir()+"/known_hosts")
		other := *h
		other.Name, other.User = "w1-again", "other"
		who := &witness{}
		p := newPool(t, ssh.Options{Ask: who})
		var all sync.WaitGroup
		both := func(h *config.Host) {
			if _, err := p.Connect(t.Context(), h); answer != (err == nil) {
				t.Errorf("%s: %v", h.Name, err)
			}
		}
		who.says = func(context.Context) (bool, error) {
			all.Go(func() { both(&other) })
			for end := time.Now().Add(patience); s.Connections() < 2 && time.Now().Before(end); {
				time.Sleep(5 * time.Millisecond)
			}
			time.Sleep(200 * time.Millisecond) // the other one is at the key
			return answer, nil
		}
		all.Go(func() { both(h) })
		all.Wait()
		if questions := who.questions(); len(questions) != 1 {
			t.Errorf("%q", questions)
		}
	}
}

// A bastion is asked about before the host behind it, and more hosts at one address than may
// log in there at a time are asked about in turns.
func TestAskedOnTheWay(t *testing.T) {
	t.Parallel()
	bastion, worker := serve(t, sshtest.Options{}), serve(t, sshtest.Options{})
	file := t.TempDir() + "/known_hosts"
	who := &witness{says: yes}
	p := newPool(t, ssh.Options{Ask: who, Resolve: resolve(map[string]*config.Host{"b": asked(t, "b", bastion.Addr(), file)})})
	behind := asked(t, "behind", worker.Addr(), file)
	behind.Jump = []string{"b"}
	connect(t, p, behind)
	if questions := who.questions(); len(questions) != 2 || !strings.Contains(questions[0], "  b (") || !strings.Contains(questions[1], "  behind (") {
		t.Errorf("%q", questions)
	}
	var all sync.WaitGroup
	for i := range 12 {
		h := asked(t, fmt.Sprint("w", i), worker.Addr(), file)
		h.HostKeyAlias = h.Name
		all.Go(func() { connectAs(t, p, h) })
	}
	all.Wait()
	if text := strings.Join(who.questions(), ""); strings.Count(text, "SHA256:") != 14 {
		t.Errorf("%q", text)
	}
}

// Who is asked may take longer than a host may take to answer, also for those who wait for
// their turn to log in at the same address.
func timeToAnswer(t *testing.T) {
	shelltest.Unwatched(t) // twelve seconds, and nothing that others do not do
	const bound = 5 * time.Second
	s := serve(t, sshtest.Options{})
	who := &witness{says: func(ctx context.Context) (bool, error) {
		time.Sleep(bound + time.Second)
		return true, ctx.Err()
	}}
	p := newPool(t, ssh.Options{Ask: who, ConnectTimeout: bound})
	var all sync.WaitGroup
	for i := range 10 {
		h := asked(t, fmt.Sprint("w", i), s.Addr(), t.TempDir()+"/known_hosts")
		h.HostKeyAlias = h.Name
		all.Go(func() { connectAs(t, p, h) })
	}
	all.Wait()
}

// The question ends with the pool.
func TestClosedWhileAsking(t *testing.T) {
	leavesNothing(t, func(t *testing.T) {
		open := make(chan struct{})
		who := &witness{says: func(ctx context.Context) (bool, error) {
			close(open)
			<-ctx.Done()
			return false, ctx.Err()
		}}
		s := serve(t, sshtest.Options{})
		h := asked(t, "w1", s.Addr(), t.TempDir()+"/known_hosts")
		p := newPool(t, ssh.Options{Ask: who})
		var all sync.WaitGroup
		all.Go(func() {
			if e := refusal(t, p, h); e.Class != shell.ClassCancelled {
				t.Errorf("class %s: %v", e.Class, e)
			}
		})
		<-open
		p.Close()
		all.Wait()
		if s.Logins() != 0 {
			t.Error("it has logged in")
		}
	})
}
