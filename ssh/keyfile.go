package ssh

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/regular"
)

// keyFile is a file that IdentityFile or CertificateFile names, read.
type keyFile struct {
	path   string
	listed gossh.PublicKey // what it stands for: the file itself or its .pub before the private half, as ssh has it
	own    gossh.PublicKey // of the private half, where it can be told without a passphrase
	signer gossh.Signer    // nil if it is encrypted, or no private key
	locked []byte          // the private key, encrypted
	token  bool            // a FIDO token has the private key
	err    error           // why nothing can be signed with it, nil if something can
	remedy string          // what helps against that, "" if nothing known does

	unlocking  turn // guards those below
	opened     gossh.Signer
	passphrase string // that is known to be right, for OpenSSH's client
	refused    error  // the person did not open it
}

// readKey reads a key file. Of one that is encrypted or not there, the public half tells the
// agent's key that is meant.
func readKey(path string) *keyFile {
	f := &keyFile{path: path, unlocking: newTurn()}
	text, err := regular.Read(path, 0)
	if err == nil {
		f.listed = parsePublic(text)
	}
	if f.listed == nil {
		if beside, err := regular.Read(path+".pub", 0); err == nil {
			f.listed = parsePublic(beside)
		}
	}
	if err != nil {
		f.err = err
		return f
	}
	f.signer, err = gossh.ParsePrivateKey(text)
	encrypted, isEncrypted := errors.AsType[*gossh.PassphraseMissingError](err)
	half := publicHalf(text)
	switch {
	case onToken(half):
		f.own, f.token = half, true
		if isEncrypted {
			f.locked = text
		}
		f.err, f.remedy = fmt.Errorf("%s is a key on a FIDO token, which only OpenSSH's client can ask, and the agent does not hold it", path), "ssh-add "+path
	case err == nil:
		f.own = f.signer.PublicKey()
	case isEncrypted:
		f.locked, f.own = text, encrypted.PublicKey
		f.err, f.remedy = fmt.Errorf("%s is encrypted, and the agent does not hold it", path), "ssh-add "+path
	case parsePublic(text) != nil:
		f.err = fmt.Errorf("%s is a public key, and the agent does not hold its private half", path)
	default:
		f.err = fmt.Errorf("%s: %w", path, err)
	}
	if mode := sharedMode(path); mode != 0 && (f.signer != nil || f.locked != nil || f.token) {
		f.signer, f.locked, f.token = nil, nil, false
		f.err, f.remedy = fmt.Errorf("%s is not used, as others may open it (mode %04o)", path, mode), "chmod 600 "+path
	}
	if f.listed == nil {
		f.listed = f.own
	}
	return f
}

// sharedMode is the mode of a file that others than its owner may use, 0 of any other file; ssh
// does not look at that of another user's file.
func sharedMode(path string) fs.FileMode {
	info, err := os.Stat(path)
	if err != nil || info.Mode()&0o077 == 0 {
		return 0
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Getuid() {
		return 0
	}
	return info.Mode().Perm()
}

func parsePublic(text []byte) gossh.PublicKey {
	key, _, _, _, err := gossh.ParseAuthorizedKey(text)
	if err != nil {
		return nil
	}
	return key
}

// key is the file as one that may be offered by l.
func (f *keyFile) key(l *login, name string) *key {
	k := &key{name: name, path: f.path, listed: f.listed, public: f.own, why: f.err, remedy: f.remedy}
	if k.public == nil {
		k.public = f.listed
	}
	switch {
	case f.signer != nil:
		k.open = func() (gossh.Signer, error) { return f.signer, nil }
	case f.token && l.openssh:
		k.open = func() (gossh.Signer, error) { return l.touch(f) }
	case f.token: // nobody can sign with it
	case f.locked != nil && l.ask != nil:
		k.open = func() (gossh.Signer, error) { return l.unlock(f) }
	}
	return k
}

// unlock decrypts a key file. The person is asked once in a run; all other logins that need
// the key wait for that.
func (l *login) unlock(f *keyFile) (gossh.Signer, error) {
	if l.needless("publickey") {
		return nil, f.err
	}
	defer l.pause()()
	if err := f.unlocking.take(l.clock); err != nil {
		return nil, err
	}
	defer f.unlocking.release()
	if f.passphrase != "" || f.refused != nil {
		return f.opened, f.refused
	}
	wrong := fmt.Errorf("no passphrase was given for %s", f.path)
	for range l.host.Prompts {
		passphrase, err := l.secret("passphrase for " + f.path)
		if err != nil && l.clock.Err() != nil {
			return nil, err // somebody else's login may still ask
		}
		if err != nil || passphrase == "" {
			break
		}
		if f.try(passphrase) {
			return f.opened, nil
		}
		wrong = fmt.Errorf("the passphrase of %s was not right", f.path)
	}
	f.refused = wrong
	return nil, wrong
}

// try keeps a passphrase, and what it opens, if it is right. Of a key on a token x/crypto finds
// its type unknown, once the file is decrypted.
func (f *keyFile) try(passphrase string) bool {
	signer, err := gossh.ParsePrivateKeyWithPassphrase(f.locked, []byte(passphrase))
	if err != nil && !(f.token && strings.Contains(err.Error(), "unhandled key type")) {
		return false
	}
	f.opened, f.passphrase = signer, passphrase
	return true
}
