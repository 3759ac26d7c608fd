package ssh

import (
	"encoding/pem"
	"fmt"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/ssh/config"
)

// beyondError is a login refused that OpenSSH's client may have granted: it can try what
// nobody here can.
type beyondError struct {
	error
	why string // it may
}

func (e *beyondError) Unwrap() error { return e.error }

// further is e, marked where OpenSSH's client has something left to try that this login had
// not: GSSAPI, where no answer of a person was refused, or a key on a FIDO token.
func (l *login) further(e *shell.Error) error {
	why := l.beyond
	if why == "" && l.gssapi() {
		if why = "it takes gssapi-with-mic"; !l.ticket() {
			e.Hint = "kinit, or " + e.Hint
		}
	}
	if why == "" || !l.openssh {
		return e
	}
	return &beyondError{e, why}
}

// goOn leaves a login to OpenSSH's client. Nowhere else is one tried again after a refusal;
// here ssh itself would not have given up yet, and it tries what was not tried so far.
func (p *Pool) goOn(h *config.Host, before *beyondError) (*Conn, error) {
	conn, err := p.withOpenSSH(h, before.why)
	if e := shell.AsError(err, shell.ClassClosed); err != nil && e.Class == shell.ClassAuth {
		first := shell.AsError(before, e.Class)
		return nil, &shell.Error{Class: e.Class, Hint: first.Hint, Err: fmt.Errorf("%w; %w", first.Err, e.Err)}
	}
	return conn, err
}

// touch takes the place of a signature: a token cannot be reached from here. As the server was
// asked first, it is known to want this key, and nothing else is tried.
func (l *login) touch(f *keyFile) (gossh.Signer, error) {
	l.beyond = f.path + " is a key on a FIDO token"
	return nil, f.err
}

// onToken reports whether who signs with a key is a FIDO token.
func onToken(public gossh.PublicKey) bool {
	return public != nil && strings.HasPrefix(public.Type(), "sk-")
}

// publicHalf is what a private key file of OpenSSH's own format has in clear; nil of any other.
func publicHalf(text []byte) gossh.PublicKey {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil
	}
	content, ok := strings.CutPrefix(string(block.Bytes), "openssh-key-v1\x00")
	var file struct {
		Cipher, KDF, Options string
		Keys                 uint32
		Public               []byte
		Rest                 []byte `ssh:"rest"`
	}
	if !ok || gossh.Unmarshal([]byte(content), &file) != nil {
		return nil
	}
	public, err := gossh.ParsePublicKey(file.Public)
	if err != nil {
		return nil
	}
	return public
}
