package ssh

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// key is one that a login may offer.
type key struct {
	name   string          // for messages
	path   string          // of its file, "" for the agent's
	listed gossh.PublicKey // by which the agent's key is known
	public gossh.PublicKey // what is offered; nil if only its passphrase will tell
	open   func() (gossh.Signer, error)
	why    error  // why it cannot be used, where open is nil
	remedy string // what makes it usable, where open is nil and that can be told
}

// collect finds the keys to offer, in the order of OpenSSH 9.2: CertificateFile, what the
// agent holds of the configured files, its other keys unless IdentitiesOnly, configured files
// that the agent does not hold. The certificate beside a key file counts as configured, after
// its key, where there is no CertificateFile. Files of FIDO tokens come last, as they cost a
// touch. Keys that nobody can sign with are left out,
// and keys that were offered before: a server counts those too.
func (l *login) collect() {
	held, err := l.keyring.agent(l.host.Agent)
	if err != nil {
		l.complain(err)
	}
	files := l.files()
	var listed, others []*key
	for _, s := range held {
		k := agentKey(s)
		i := slices.IndexFunc(files, func(f *key) bool { return f.listed != nil && same(f.listed, k.public) })
		switch {
		case i >= 0:
			listed = append(listed, k)
			files = slices.Delete(files, i, i+1)
		case !l.host.IdentitiesOnly:
			others = append(others, k)
		}
	}
	slices.SortStableFunc(files, func(a, b *key) int { return cmp.Compare(touches(a), touches(b)) })
	all := slices.Concat(l.certificates(), listed, others, files)
	allowed := chosen(l.host.PubkeyAlgorithms, standardKeys, keyAlgorithms)
	seen := map[string]bool{}
	for _, k := range all {
		if k.open == nil {
			k.findPrivate(all)
		}
		if k.public != nil && seen[string(k.public.Marshal())] {
			continue
		}
		if k.open == nil {
			l.passOver(k)
			continue
		}
		if k.public != nil {
			seen[string(k.public.Marshal())] = true
		}
		l.offers = append(l.offers, &offer{key: k, login: l, allowed: allowed})
	}
	l.offers = slices.DeleteFunc(l.offers, func(o *offer) bool {
		return o.public != nil && (len(o.Algorithms()) == 0 || short(o.public, l.host.MinRSA) > 0)
	})
	l.round = l.offers
}

// passOver remembers why a key is not offered; that a default file is not there is no reason
// to complain.
func (l *login) passOver(k *key) {
	if k.remedy != "" {
		l.remedy = k.remedy
	}
	if l.host.IdentitiesSet || !errors.Is(k.why, fs.ErrNotExist) {
		l.complain(k.why)
	}
}

func (l *login) complain(why error) { l.trouble = append(l.trouble, why.Error()) }

// files are the configured key files, each with the certificate beside it.
func (l *login) files() []*key {
	var all []*key
	for _, path := range l.host.Identities {
		f := l.keyring.file(path)
		all = append(all, f.key(l, filepath.Base(path)))
		if len(l.host.Certificates) > 0 {
			continue
		}
		if beside := l.keyring.file(path + "-cert"); isUserCertificate(beside.listed) {
			all = append(all, certificateKey(beside, path+"-cert.pub"))
		}
	}
	return all
}

// touches is how often a person has to touch a token for a key.
func touches(k *key) int {
	if onToken(k.public) {
		return 1
	}
	return 0
}

func agentKey(s gossh.Signer) *key {
	public := s.PublicKey()
	if parsed, err := gossh.ParsePublicKey(public.Marshal()); err == nil {
		public = parsed // a certificate can be told from a key then
	}
	return &key{
		name: "agent:" + gossh.FingerprintSHA256(public), listed: public, public: public,
		open: func() (gossh.Signer, error) { return s, nil },
	}
}

// certificates are those of CertificateFile.
func (l *login) certificates() []*key {
	var all []*key
	for _, path := range l.host.Certificates {
		f := l.keyring.file(path)
		switch {
		case isUserCertificate(f.listed):
			all = append(all, certificateKey(f, path))
		case f.listed == nil && f.err != nil:
			l.complain(f.err)
		default:
			l.complain(fmt.Errorf("%s is no user certificate", path))
		}
	}
	return all
}

func isUserCertificate(public gossh.PublicKey) bool {
	c, ok := public.(*gossh.Certificate)
	return ok && c.CertType == gossh.UserCert
}

func certificateKey(f *keyFile, path string) *key {
	name := filepath.Base(path)
	if c := f.listed.(*gossh.Certificate); c.ValidBefore != gossh.CertTimeInfinity && time.Now().Unix() >= int64(c.ValidBefore) {
		name += " (expired)"
	}
	return &key{
		name: name, path: path, listed: f.listed, public: f.listed,
		why: fmt.Errorf("%s: its private key is in no file and not in the agent", path),
	}
}

// findPrivate gives a certificate the private key that signs for it: one of the keys that may
// be offered, as with ssh, or the file it stands beside.
func (k *key) findPrivate(all []*key) {
	c, ok := k.public.(*gossh.Certificate)
	if !ok {
		return
	}
	for _, o := range all {
		mine := o.public != nil && same(o.public, c.Key) || o.public == nil && o.path+"-cert.pub" == k.path
		if mine && o.open != nil {
			k.open = o.open
			return
		}
		if mine && o.remedy != "" {
			k.remedy, k.why = o.remedy, o.why
		}
	}
}

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
