package ssh

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/regular"
)

// revocations are what a RevokedHostKeys file says: public keys, or a revocation list of
// ssh-keygen -k. Where it cannot be read, as with OpenSSH, no host key is accepted.
type revocations struct {
	file string
	keys []gossh.PublicKey
	list bool // it is for ssh-keygen to read
	err  error

	mu       sync.Mutex
	verdicts map[string]*revocation // of the list, by key
}

// revocations is a file of revoked keys, read; nil for no file. ctx bounds the waiting for it.
func (k *KnownHosts) revocations(ctx context.Context, file string) (*revocations, error) {
	if file == "" {
		return nil, nil
	}
	k.mu.Lock()
	r, ok := k.revoked[file]
	if !ok {
		r = startReading(func() *revocations { return readRevoked(file) })
		k.revoked[file] = r
	}
	k.mu.Unlock()
	return r.wait(ctx, file)
}

// against is why a host key, or the authority of its certificate, is not to be trusted, nil
// if it may be. keygen is the ssh-keygen that reads lists.
func (r *revocations) against(ctx context.Context, keygen string, key gossh.PublicKey) error {
	revoked, err := false, r.err
	switch {
	case err != nil:
	case r.list && keygen == "":
		err = fmt.Errorf("%s: a key revocation list (ssh-keygen -k) is read by ssh-keygen, which is not here; public keys are understood without", r.file)
	case r.list:
		revoked, err = r.listed(ctx, keygen, key)
	default:
		revoked = slices.ContainsFunc(parts(key), func(part gossh.PublicKey) bool {
			return slices.ContainsFunc(r.keys, func(r gossh.PublicKey) bool { return same(r, part) })
		})
	}
	switch {
	case err != nil:
		return fmt.Errorf("reading the revoked host keys: %w", err)
	case revoked:
		return fmt.Errorf("it is revoked by %s", r.file)
	}
	return nil
}

// parts are the keys that are not to be revoked if a host key is to be trusted: it, or the one
// in a certificate and the authority's.
func parts(key gossh.PublicKey) []gossh.PublicKey {
	if cert, ok := key.(*gossh.Certificate); ok {
		return []gossh.PublicKey{cert.Key, cert.SignatureKey}
	}
	return []gossh.PublicKey{key}
}

// readRevoked reads public keys, one a line. What is no key makes the file useless: the key
// that was meant would go on being trusted.
func readRevoked(file string) *revocations {
	r := &revocations{file: file, verdicts: map[string]*revocation{}}
	text, err := regular.Read(file, 0)
	if err != nil {
		r.err = err
		return r
	}
	if strings.HasPrefix(string(text), "SSHKRL\n") {
		r.list = true
		return r
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0][0] == '#' {
			continue
		}
		key, err := parseKey(fields)
		if err != nil {
			r.err = fmt.Errorf("%s:%d: %w", file, n, err)
			return r
		}
		r.keys = append(r.keys, key)
	}
	return r
}
