package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/regular"
)

// Key is a public key, and where its private half is.
type Key struct {
	Public  gossh.PublicKey // nil if the pair is yet to be made
	Comment string
	Private string // the file of the private half, "" if there is none here: an agent may hold it
}

// Type is the key's type as authorized_keys has it.
func (k Key) Type() string {
	if k.Public == nil {
		return gossh.KeyAlgoED25519
	}
	return k.Public.Type()
}

// Blob is the key in base64.
func (k Key) Blob() string {
	if k.Public == nil {
		return "NEW"
	}
	return strings.Fields(string(gossh.MarshalAuthorizedKey(k.Public)))[1]
}

// Line is the line of authorized_keys, without a newline.
func (k Key) Line() string {
	return strings.TrimRight(k.Type()+" "+k.Blob()+" "+k.Comment, " ")
}

// Fingerprint is the key as ssh-keygen -l shows it.
func (k Key) Fingerprint() string { return gossh.FingerprintSHA256(k.Public) }

// Load reads a key by its file: the private half, or the public one, NAME.pub, whose private
// half is then NAME, if that is there.
func Load(path string) (Key, error) {
	text, err := regular.Read(path, longest)
	if err != nil {
		return Key{}, err
	}
	if k, ok := parse(text); ok {
		if private := strings.TrimSuffix(path, ".pub"); private != path && isPrivate(private) {
			k.Private = private
		}
		return k, nil
	}
	k, err := loadPrivate(path, text)
	if err != nil {
		return Key{}, err
	}
	if beside, err := regular.Read(path+".pub", longest); err == nil {
		if pub, ok := parse(beside); ok && bytes.Equal(pub.Public.Marshal(), k.Public.Marshal()) {
			k.Comment = pub.Comment
		}
	}
	return k, nil
}

// longest bounds a key file, in bytes: no key is that long.
const longest = 1 << 20

// loadPrivate is the public half of a private key. One that is encrypted in an old format has
// it in the file beside only.
func loadPrivate(path string, text []byte) (Key, error) {
	k := Key{Private: path}
	signer, err := gossh.ParsePrivateKey(text)
	locked, encrypted := errors.AsType[*gossh.PassphraseMissingError](err)
	switch {
	case err == nil:
		k.Public = signer.PublicKey()
	case encrypted && locked.PublicKey != nil:
		k.Public = locked.PublicKey
	case encrypted || strings.Contains(err.Error(), "unhandled key type"):
		beside, missing := regular.Read(path+".pub", longest)
		pub, ok := parse(beside)
		if missing != nil || !ok {
			return Key{}, fmt.Errorf("%s does not tell its public half, and there is no %s.pub", path, path)
		}
		k.Public = pub.Public
	default:
		return Key{}, fmt.Errorf("%s is no key: %w", path, err)
	}
	return k, private(path)
}

// private refuses a private key that others may read, as ssh does where it is the user's own.
func private(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if mode := info.Mode().Perm(); mode&0o077 != 0 && ok && int(owner.Uid) == os.Getuid() {
		return &fs.PathError{Op: "reading", Path: path, Err: fmt.Errorf("others may open it (mode %04o), and ssh does not use it: chmod 600 %s", mode, path)}
	}
	return nil
}

func isPrivate(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// parse reads the first key of a public key file. A certificate is none.
func parse(text []byte) (Key, bool) {
	public, comment, _, _, err := gossh.ParseAuthorizedKey(text)
	if err != nil {
		return Key{}, false
	}
	if _, certificate := public.(*gossh.Certificate); certificate {
		return Key{}, false
	}
	return Key{Public: public, Comment: oneLine(comment)}, true
}

// oneLine keeps a comment from being more than that.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}
