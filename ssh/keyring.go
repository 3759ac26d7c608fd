package ssh

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"sparkops/shell"
	"sparkops/ssh/config"
)

// agentBound is how long an agent may take to be reached and to list its keys.
const agentBound = 5 * time.Second

// Keyring holds the user's keys: each agent is asked once, each file read once in a run.
type Keyring struct {
	mu     sync.Mutex
	agents map[string]*agentKeys
	files  map[string]*keyFile
	conns  []net.Conn // to agents
	closed bool
}

// NewKeyring returns a keyring that has read nothing yet.
func NewKeyring() *Keyring {
	return &Keyring{agents: map[string]*agentKeys{}, files: map[string]*keyFile{}}
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

func (k *Keyring) list(socket string) ([]gossh.Signer, error) {
	conn, err := net.DialTimeout("unix", socket, agentBound)
	if err != nil {
		return nil, fmt.Errorf("the agent at %s: %w", socket, err)
	}
	k.hold(conn)
	conn.SetDeadline(time.Now().Add(agentBound))
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("the agent at %s does not list its keys: %w", socket, err)
	}
	conn.SetDeadline(time.Time{}) // to sign may take a person's touch; the login has its own bound
	return signers, nil
}

// keyFile is a private key file, read.
type keyFile struct {
	signer gossh.Signer
	public gossh.PublicKey // also of a key that is encrypted, or of a .pub file
	err    error
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

// readKey reads a private key; of one that is encrypted or not there, the public half,
// which tells the agent's key that is meant.
func readKey(path string) *keyFile {
	text, err := os.ReadFile(path)
	if err != nil {
		return &keyFile{public: readPublic(path + ".pub"), err: err}
	}
	signer, err := gossh.ParsePrivateKey(text)
	if err == nil {
		return &keyFile{signer: signer, public: signer.PublicKey()}
	}
	if locked, ok := errors.AsType[*gossh.PassphraseMissingError](err); ok {
		f := &keyFile{public: locked.PublicKey, err: fmt.Errorf("%s is encrypted, and the agent does not hold it", path)}
		if f.public == nil {
			f.public = readPublic(path + ".pub")
		}
		return f
	}
	if public := readPublic(path); public != nil {
		return &keyFile{public: public, err: fmt.Errorf("%s is a public key, and the agent does not hold its private half", path)}
	}
	return &keyFile{err: fmt.Errorf("%s: %w", path, err)}
}

func readPublic(path string) gossh.PublicKey {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	key, _, _, _, err := gossh.ParseAuthorizedKey(text)
	if err != nil {
		return nil
	}
	return key
}

// login is one login: which keys are offered, and which were.
type login struct {
	signers []gossh.Signer
	names   []string // of signers, for messages
	trouble []string // keys that could not be used, and why
}

// login collects the keys for a host, in OpenSSH's order: what the agent holds of the
// configured keys, the agent's other keys unless IdentitiesOnly, then configured files that
// the agent does not hold.
func (k *Keyring) login(h *config.Host) *login {
	l := &login{}
	held, err := k.agent(h.Agent)
	if err != nil {
		l.trouble = append(l.trouble, err.Error())
	}
	var others, files []gossh.Signer
	var fileNames []string
	configured := map[string]bool{}
	for _, path := range h.Identities {
		f := k.file(path)
		if f.public != nil {
			configured[string(f.public.Marshal())] = true
		}
		inAgent := f.public != nil && slices.ContainsFunc(held, func(s gossh.Signer) bool { return same(s.PublicKey(), f.public) })
		switch {
		case inAgent:
		case f.signer != nil:
			files, fileNames = append(files, f.signer), append(fileNames, path)
		case errors.Is(f.err, fs.ErrNotExist) && !h.IdentitiesSet:
		default:
			l.trouble = append(l.trouble, f.err.Error())
		}
	}
	for _, s := range held {
		if configured[string(s.PublicKey().Marshal())] {
			l.add(s, "agent:"+fingerprint(s))
		} else if !h.IdentitiesOnly {
			others = append(others, s)
		}
	}
	for _, s := range others {
		l.add(s, "agent:"+fingerprint(s))
	}
	for i, s := range files {
		l.add(s, filepath.Base(fileNames[i]))
	}
	return l
}

func (l *login) add(s gossh.Signer, name string) {
	l.signers, l.names = append(l.signers, s), append(l.names, name)
}

func same(a, b gossh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

func fingerprint(s gossh.Signer) string { return gossh.FingerprintSHA256(s.PublicKey()) }

// refused says which keys were offered in vain, and which could not be.
func (l *login) refused(h *config.Host, err error) *shell.Error {
	offered := "no key"
	if len(l.names) > 0 {
		offered = strings.Join(l.names, ", ")
	}
	text := fmt.Sprintf("%s refused the login of %s; offered: %s", address(h), h.User, offered)
	if len(l.trouble) > 0 {
		text += "; " + strings.Join(l.trouble, "; ")
	}
	hint := "ssh " + h.User + "@" + h.Name + " true"
	switch {
	case strings.Contains(strings.ToLower(err.Error()), "too many authentication failures"):
		text += "; too many keys"
		hint = "IdentitiesOnly yes and the right IdentityFile for this host in ~/.ssh/config"
	case len(l.signers) == 0:
		hint = "ssh-add, or IdentityFile for this host in ~/.ssh/config"
	}
	return shell.Errorf(shell.ClassAuth, hint, "%s", text)
}
