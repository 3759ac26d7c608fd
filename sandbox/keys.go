package sandbox

import (
	"crypto/ed25519"
	"encoding/pem"
	"os"
	"path/filepath"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh/sshtest"
)

func newKey() (ed25519.PrivateKey, gossh.Signer, error) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, nil, err
	}
	signer, err := gossh.NewSignerFromKey(private)
	return private, signer, err
}

// login is how the launcher gets into the hosts: with a key, or with a password.
func (c *Cluster) login(o Options) (sshtest.Options, error) {
	if o.Password != "" {
		return sshtest.Options{Password: o.Password, Config: o.SSH}, os.MkdirAll(filepath.Join(c.root, "ssh"), 0o700)
	}
	key, err := c.writeKey()
	if err != nil {
		return sshtest.Options{}, err
	}
	return sshtest.Options{AuthorizedKeys: []gossh.PublicKey{key.PublicKey()}, Config: o.SSH}, nil
}

// writeKey makes the key that the launcher logs in with.
func (c *Cluster) writeKey() (gossh.Signer, error) {
	private, signer, err := newKey()
	if err != nil {
		return nil, err
	}
	block, err := gossh.MarshalPrivateKey(private, "sparkops sandbox")
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(c.root, "ssh")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "id_ed25519")
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		return nil, err
	}
	return signer, os.WriteFile(file+".pub", gossh.MarshalAuthorizedKey(signer.PublicKey()), 0o644)
}
