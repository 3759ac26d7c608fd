package ssh_test

import (
	"path/filepath"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/ssh"
)

// A refused login says what was wrong with a certificate, as far as it can be seen here.
func TestCertificateThatIsNoUse(t *testing.T) {
	t.Parallel()
	private, key := newKey(t)
	_, other := newKey(t)
	_, authority := newKey(t)
	for name, c := range map[string]struct {
		of     gossh.Signer
		change func(*gossh.Certificate)
		says   string
	}{
		"expired":              {key, func(c *gossh.Certificate) { c.ValidBefore = 60 }, "offered: cert (expired), id"},
		"in order":             {key, func(*gossh.Certificate) {}, "offered: cert, id"},
		"of a host":            {key, func(c *gossh.Certificate) { c.CertType = gossh.HostCert }, "offered: id; FILE is no user certificate"},
		"of a key that is not": {other, func(*gossh.Certificate) {}, "offered: id; FILE: its private key is in no file and not in the agent"},
	} {
		dir := t.TempDir()
		cert := certify(t, authority, c.of.PublicKey(), c.change)
		file := write(t, filepath.Join(dir, "cert"), string(gossh.MarshalAuthorizedKey(cert)))
		h := at(t, authorized(t, other).Addr())
		h.Identities, h.IdentitiesSet, h.Certificates = []string{writeKey(t, filepath.Join(dir, "id"), private)}, true, []string{file}
		e := refusal(t, newPool(t, ssh.Options{}), h)
		if e.Class != shell.ClassAuth || !strings.HasSuffix(e.Error(), strings.ReplaceAll(c.says, "FILE", file)) {
			t.Errorf("%s: class %s: %v", name, e.Class, e)
		}
	}
}
