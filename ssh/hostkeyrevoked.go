package ssh

import (
	"fmt"
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// revokedKeys are the keys of a RevokedHostKeys file, or why it cannot be read: then, as
// with OpenSSH, no host key is accepted.
type revokedKeys struct {
	keys []gossh.PublicKey
	err  error
}

// revocation is why a key, or the authority of its certificate, is not to be trusted by a
// file of revoked keys, nil if it may be.
func (k *KnownHosts) revocation(file string, keys ...gossh.PublicKey) error {
	k.mu.Lock()
	revoked, ok := k.revoked[file]
	if !ok {
		revoked = readRevoked(file)
		k.revoked[file] = revoked
	}
	k.mu.Unlock()
	if revoked.err != nil {
		return fmt.Errorf("reading the revoked host keys: %w", revoked.err)
	}
	for _, key := range keys {
		if slices.ContainsFunc(revoked.keys, func(r gossh.PublicKey) bool { return same(r, key) }) {
			return fmt.Errorf("it is revoked by %s", file)
		}
	}
	return nil
}

// readRevoked reads public keys, one a line. What is no key makes the file useless: the key
// that was meant would go on being trusted.
func readRevoked(file string) *revokedKeys {
	text, err := readRegular(file)
	if err != nil {
		return &revokedKeys{err: err}
	}
	if strings.HasPrefix(string(text), "SSHKRL\n") {
		return &revokedKeys{err: fmt.Errorf("%s: a key revocation list (ssh-keygen -k) is not understood, public keys are", file)}
	}
	r := &revokedKeys{}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0][0] == '#' {
			continue
		}
		key, err := parseKey(fields)
		if err != nil {
			return &revokedKeys{err: fmt.Errorf("%s:%d: %w", file, n, err)}
		}
		r.keys = append(r.keys, key)
	}
	return r
}
