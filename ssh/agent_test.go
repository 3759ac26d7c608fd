package ssh_test

import (
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"sparkops/shell"
	"sparkops/ssh"
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
func TestHungAgent(t *testing.T) {
	t.Parallel()
	private, right := newKey(t)
	s := authorized(t, right)
	socket, clients := serveSocket(t, func(conn net.Conn) { io.Copy(io.Discard, conn) })
	key := writeKey(t, filepath.Join(t.TempDir(), "id"), private, "")
	p := newPool(t, ssh.Options{ConnectTimeout: 4 * time.Second})
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
