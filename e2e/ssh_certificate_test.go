//go:build linux

package e2e

import (
	"strings"
	"testing"
)

// authorized replaces the authorized_keys of hosts, until the test ends.
func (b *bed) authorized(keys string, hosts ...*Host) {
	b.Helper()
	const file = "/home/spark/.ssh/authorized_keys"
	for _, h := range hosts {
		before, err := h.Read(file)
		b.must(err)
		b.Cleanup(func() { b.must(h.Write(Spark, file, before, 0o600)) })
		b.must(h.Write(Spark, file, keys, 0o600))
	}
}

// Hosts that know no user's key, and an authority that vouches for users: with a certificate
// beside its key, with a CertificateFile, with the certificate of an RSA key.
func TestSSHUserCertificate(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost + `Host w2
    IdentityFile ~/.ssh/elsewhere
    CertificateFile ~/.ssh/of-w2-cert.pub
Host w3
    IdentityFile ~/.ssh/rsa
Host *
    IdentityFile ~/.ssh/id_ed25519
`)
		b.on(b.Launcher, Spark, `cd .ssh && ssh-keygen -q -t ed25519 -N '' -f elsewhere && ssh-keygen -q -t rsa -b 2048 -N '' -f rsa
ssh-keygen -y -f id_ed25519 >id_ed25519.pub`)
		certify := func(file, key, authority, options string) {
			b.Helper()
			public, err := b.Launcher.Read(sshDir + "/" + key + ".pub")
			b.must(err)
			b.certify(authority, options, sshDir+"/"+file+".pub", strings.TrimSpace(public))
		}
		certify("of-w2", "elsewhere", "authority", "-n other")
		authority, err := b.Launcher.Read("/home/spark/authority.pub")
		b.must(err)
		for _, h := range b.Workers {
			b.replace(h, "/etc/ssh/users.pub", authority)
		}
		b.authorized("", b.Workers...)
		b.sshd("TrustedUserCAKeys /etc/ssh/users.pub", b.Workers...)
		run := b.asSSH(4, nobody()) // two have none, one is for somebody else
		b.wantClass(run, "w2", "unreachable", "auth", "of-w2-cert.pub")

		certify("id_ed25519", "id_ed25519", "authority", "-n spark")
		certify("of-w2", "elsewhere", "authority", "-n spark,other")
		certify("rsa", "rsa", "authority", "-n spark")
		b.asSSH(0, themselves())

		certify("id_ed25519", "id_ed25519", "authority", "-n spark -V 20200101:20200102")
		certify("rsa", "rsa", "stranger", "-n spark")
		run = b.asSSH(4, map[string]string{"w1": "", "w2": "w2", "w3": ""})
		b.wantClass(run, "w1", "unreachable", "auth", `id_ed25519-cert.pub \(expired\)`)
		b.wantClass(run, "w3", "unreachable", "auth", "rsa-cert.pub")
	})
}
