package ssh_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/sshtest"
)

// withToken is OpenSSH's client with a key on a token, and a PIN: it asks for that before it
// logs in. With another PIN, the answer is refused; careless, it finds another key then.
func withToken(t *testing.T, careless bool) (program string) {
	t.Helper()
	refused := "exit 255"
	if careless {
		refused = ":"
	}
	program = write(t, filepath.Join(t.TempDir(), "ssh"), `#!/bin/sh
pin=$("$SSH_ASKPASS" "Enter PIN for 'e2e': ") || { echo 'Permission denied (publickey).' >&2; exit 255; }
[ "$pin" = right ] || { echo 'PKCS#11 login failed: PIN incorrect' >&2; echo 'Permission denied (publickey).' >&2; `+refused+`; }
exec `+shelltest.Program(t, "ssh")+` "$@"
`)
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	return program
}

// The PIN of a token is asked for once, and a wrong one is told to one client only.
func TestPIN(t *testing.T) {
	shelltest.Unwatched(t)
	t.Parallel()
	for _, c := range []struct {
		name     string
		answers  []string
		careless bool
		asked    int
		reached  int
	}{
		{"right", []string{"right"}, false, 1, 4},
		{"wrong first", []string{"wrong", "right"}, false, 2, 3},
		{"wrong, and needless", []string{"wrong"}, true, 4, 4},
		{"none", []string{""}, false, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			private, signer := newKey(t)
			identity := writeKey(t, filepath.Join(t.TempDir(), "id"), private, "")
			who := &typing{answers: c.answers}
			p := newPool(t, ssh.Options{SSH: withToken(t, c.careless), Ask: who})
			var mu sync.Mutex
			var all sync.WaitGroup
			reached := 0
			for range 4 {
				h := at(t, serve(t, sshtest.Options{AuthorizedKeys: []gossh.PublicKey{signer.PublicKey()}}).Addr())
				h.Identities = []string{identity}
				onlySSH(h)
				all.Go(func() {
					if _, err := p.Connect(t.Context(), h); err == nil {
						mu.Lock()
						defer mu.Unlock()
						reached++
					}
				})
			}
			all.Wait()
			if who.asked != c.asked || reached != c.reached || who.together {
				t.Errorf("asked %d times, want %d, at a time: %v; reached %d hosts, want %d", who.asked, c.asked, who.together, reached, c.reached)
			}
		})
	}
}
