package ssh_test

import (
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"sparkops/shell"
	"sparkops/ssh"
	"sparkops/ssh/sshtest"
)

// serveAgent serves an agent with keys on a socket, and returns the socket and how many
// clients have come.
func serveAgent(t testing.TB, keys ...any) (socket string, clients func() int) {
	t.Helper()
	held := agent.NewKeyring()
	for _, key := range keys {
		added, ok := key.(agent.AddedKey)
		if !ok {
			added.PrivateKey = key
		}
		if err := held.Add(added); err != nil {
			t.Fatal(err)
		}
	}
	return serveSocket(t, func(conn net.Conn) { agent.ServeAgent(held, conn) })
}

func serveSocket(t testing.TB, serve func(net.Conn)) (socket string, clients func() int) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "agent")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	var mu sync.Mutex
	n := 0
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			n++
			mu.Unlock()
			running.Go(func() {
				defer conn.Close()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		running.Wait()
	})
	return socket, func() int {
		mu.Lock()
		defer mu.Unlock()
		return n
	}
}

// An agent that hangs costs its bound once, whatever the hosts' own bounds are.
func hungAgent(t *testing.T) {
	private, right := newKey(t)
	s := authorized(t, right)
	socket, clients := serveSocket(t, func(conn net.Conn) { io.Copy(io.Discard, conn) })
	key := writeKey(t, filepath.Join(t.TempDir(), "id"), private)
	keys := ssh.NewKeyring()
	p := newPool(t, ssh.Options{ConnectTimeout: 4900 * time.Millisecond, Keys: keys})
	begin := time.Now()
	var all sync.WaitGroup
	for _, user := range []string{"a", "b", "c", "d"} {
		h := at(t, s.Addr())
		h.User, h.Agent, h.Identities = user, socket, []string{key}
		all.Go(func() { connectAs(t, p, h) })
	}
	all.Wait()
	if took := time.Since(begin); took < 4*time.Second || took > patience {
		t.Errorf("it took %v", took)
	}
	other, _ := newKey(t)
	h := at(t, s.Addr())
	h.Agent, h.Identities = socket, []string{writeKey(t, filepath.Join(t.TempDir(), "other"), other)}
	if e := refusal(t, newPool(t, ssh.Options{Keys: keys}), h); !strings.Contains(e.Error(), "the agent at "+socket+" does not list its keys") {
		t.Errorf("a refused login says %v", e)
	}
	if clients() != 1 {
		t.Errorf("it was asked %d times", clients())
	}
}

// An agent that lists its keys and then hangs is bounded by the login.
func TestAgentHangsOverSignature(t *testing.T) {
	t.Parallel()
	private, right := newKey(t)
	held := agent.NewKeyring()
	held.Add(agent.AddedKey{PrivateKey: private})
	socket, _ := serveSocket(t, func(conn net.Conn) { agent.ServeAgent(slowAgent{held, t.Context().Done()}, conn) })
	h := at(t, authorized(t, right).Addr())
	h.Agent = socket
	p := newPool(t, ssh.Options{ConnectTimeout: time.Second})
	if e := refusal(t, p, h); e.Class != shell.ClassTimeout {
		t.Errorf("class %s: %v", e.Class, e)
	}
	p.Close()
}

// A key that the agent does not sign with after all leaves the others, in the same login.
func TestAgentRefusesSignature(t *testing.T) {
	t.Parallel()
	inAgent, first := newKey(t)
	inFile, second := newKey(t)
	held := agent.NewKeyring()
	held.Add(agent.AddedKey{PrivateKey: inAgent})
	socket, _ := serveSocket(t, func(conn net.Conn) { agent.ServeAgent(strictAgent{held}, conn) })
	s := serve(t, sshtest.Options{AuthorizedKeys: []gossh.PublicKey{first.PublicKey(), second.PublicKey()}})
	h := at(t, s.Addr())
	h.Agent, h.Identities = socket, []string{writeKey(t, filepath.Join(t.TempDir(), "id"), inFile)}
	p := newPool(t, ssh.Options{})
	connect(t, p, h)
	if s.Connections() != 1 {
		t.Errorf("%d connections", s.Connections())
	}
	alone := *h
	alone.User, alone.Identities = "other", nil
	if e := refusal(t, p, &alone); e.Class != shell.ClassAuth || !strings.Contains(e.Error(), "signing with agent:"+gossh.FingerprintSHA256(first.PublicKey())) {
		t.Errorf("class %s: %v", e.Class, e)
	}
}

type strictAgent struct{ agent.Agent }

func (a strictAgent) Sign(gossh.PublicKey, []byte) (*gossh.Signature, error) {
	return nil, errors.New("not today")
}

type slowAgent struct {
	agent.Agent
	until <-chan struct{}
}

func (a slowAgent) Sign(key gossh.PublicKey, data []byte) (*gossh.Signature, error) {
	<-a.until
	return a.Agent.Sign(key, data)
}

// One agent signs for many hosts at a time.
func TestSharedAgent(t *testing.T) {
	private, right := newKey(t)
	s := authorized(t, right)
	socket, clients := serveAgent(t, private)
	p := newPool(t, ssh.Options{})
	var all sync.WaitGroup
	for i := range 40 {
		h := at(t, s.Addr())
		h.User, h.Agent = string(rune('a'+i)), socket
		all.Go(func() { connectAs(t, p, h) })
	}
	all.Wait()
	if clients() != 1 {
		t.Errorf("%d connections to the agent", clients())
	}
}
