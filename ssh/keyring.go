package ssh

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// agentBound is how long an agent may take to be reached and to list its keys.
const agentBound = 5 * time.Second

// Keyring holds what opens hosts: each agent is asked once in a run, each file is read once,
// and the person is asked once for the passphrase of a key or the password of a user.
type Keyring struct {
	question turn // of whoever asks the person

	mu        sync.Mutex
	agents    map[string]*agentKeys
	files     map[string]*keyFile
	passwords map[string]*password // by user, those of tokens by the question for them
	conns     []net.Conn           // to agents
	closed    bool
}

// NewKeyring returns a keyring that has read nothing yet.
func NewKeyring() *Keyring {
	return &Keyring{question: newTurn(), agents: map[string]*agentKeys{}, files: map[string]*keyFile{}, passwords: map[string]*password{}}
}

// Close lets go of the agents.
func (k *Keyring) Close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	for _, conn := range k.conns {
		conn.Close()
	}
}

// hold keeps a connection to an agent until Close.
func (k *Keyring) hold(conn net.Conn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		conn.Close()
	}
	k.conns = append(k.conns, conn)
}

// agentKeys are the keys of the agent behind one socket.
type agentKeys struct {
	once    sync.Once
	signers []gossh.Signer
	err     error
}

func (k *Keyring) agent(socket string) ([]gossh.Signer, error) {
	if socket == "" {
		return nil, nil
	}
	k.mu.Lock()
	a, ok := k.agents[socket]
	if !ok {
		a = &agentKeys{}
		k.agents[socket] = a
	}
	k.mu.Unlock()
	a.once.Do(func() { a.signers, a.err = k.list(socket) })
	return a.signers, a.err
}

// list reaches an agent and asks for its keys, all within one bound.
func (k *Keyring) list(socket string) ([]gossh.Signer, error) {
	end := time.Now().Add(agentBound)
	conn, err := (&net.Dialer{Deadline: end}).Dial("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("the agent at %s: %w", socket, err)
	}
	k.hold(conn)
	conn.SetDeadline(end)
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("the agent at %s does not list its keys: %w", socket, err)
	}
	conn.SetDeadline(time.Time{}) // to sign may take a person's touch; the login has its own bound
	return signers, nil
}

func (k *Keyring) file(path string) *keyFile {
	k.mu.Lock()
	defer k.mu.Unlock()
	if f, ok := k.files[path]; ok {
		return f
	}
	f := readKey(path)
	k.files[path] = f
	return f
}

func same(a, b gossh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

// turn is held by one at a time; who waits for it gives up with its context.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		if ctx.Err() == nil {
			return nil
		}
		t.release() // both were ready
	case <-ctx.Done():
	}
	return context.Cause(ctx)
}

func (t turn) release() { <-t }
