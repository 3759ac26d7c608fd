package ssh

import (
	"fmt"
	"io"

	gossh "golang.org/x/crypto/ssh"
)

// offer is a key on its way to the server. x/crypto asks for the public half when it offers
// it, and for a signature when the server has said that it takes the key: nobody is asked for
// the passphrase of a key that the server does not want.
type offer struct {
	*key
	login   *login
	allowed []string
	offered bool // to this server
}

// reveal opens a file to know its public half, and reports whether the key can be offered.
func (o *offer) reveal() bool {
	signer, err := o.open()
	if err != nil {
		o.login.complain(err)
		return false
	}
	o.public = signer.PublicKey()
	return len(o.Algorithms()) > 0 && o.login.permits(o.public)
}

func (o *offer) PublicKey() gossh.PublicKey {
	o.offered = true
	o.login.last = o
	return o.public
}

// Algorithms are those that may sign, in the order of PubkeyAcceptedAlgorithms.
func (o *offer) Algorithms() []string { return signing(o.public.Type(), o.allowed) }

func (o *offer) Sign(rand io.Reader, data []byte) (*gossh.Signature, error) {
	return o.SignWithAlgorithm(rand, data, "")
}

func (o *offer) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*gossh.Signature, error) {
	signature, err := o.sign(rand, data, algorithm)
	if err != nil {
		o.login.complain(err)
	}
	return signature, err
}

func (o *offer) sign(rand io.Reader, data []byte, algorithm string) (*gossh.Signature, error) {
	signer, err := o.open()
	if err != nil {
		return nil, err
	}
	public := o.public
	if c, ok := public.(*gossh.Certificate); ok {
		public = c.Key
	}
	if o.path != "" && !same(signer.PublicKey(), public) {
		return nil, fmt.Errorf("%s and its private key do not belong together", o.name)
	}
	s, ok := signer.(gossh.AlgorithmSigner)
	if !ok {
		return signer.Sign(rand, data)
	}
	signature, err := s.SignWithAlgorithm(rand, data, algorithm)
	if err != nil {
		return nil, fmt.Errorf("signing with %s: %w", o.name, err)
	}
	return signature, nil
}
