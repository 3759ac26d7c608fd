package keys

import (
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	gossh "golang.org/x/crypto/ssh"
)

// Make makes an ed25519 key pair: path with the private half in OpenSSH's own format, for
// nobody else to read from its first byte on, and path.pub. What is there already is never
// replaced. An empty passphrase is none.
func Make(path, comment, passphrase string) (Key, error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return Key{}, err
	}
	comment = oneLine(comment)
	var block *pem.Block
	if passphrase == "" {
		block, err = gossh.MarshalPrivateKey(private, comment)
	} else {
		block, err = gossh.MarshalPrivateKeyWithPassphrase(private, comment, []byte(passphrase))
	}
	if err != nil {
		return Key{}, err
	}
	k := Key{Comment: comment, Private: path}
	if k.Public, err = gossh.NewPublicKey(public); err != nil {
		return Key{}, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Key{}, err
	}
	if _, err := os.Lstat(path + ".pub"); err == nil {
		return Key{}, fmt.Errorf("%s.pub is there already, without its private half", path)
	}
	if err := create(path, pem.EncodeToMemory(block), 0o600); err != nil {
		return Key{}, err
	}
	if err := create(path+".pub", []byte(k.Line()+"\n"), 0o644); err != nil {
		return Key{}, errors.Join(err, os.Remove(path))
	}
	return k, nil
}

// create writes a file that must not be there yet, and leaves nothing behind if it cannot.
func create(path string, content []byte, mode os.FileMode) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
