//go:build linux

package e2e

import (
	"strings"
	"testing"
)

const (
	softHSM = "/usr/lib/softhsm/libsofthsm2.so"
	tokens  = "/home/spark/tokens"
	withHSM = anyHost + "    IdentityFile /nowhere\n    PKCS11Provider " + softHSM + "\n"
)

// token makes a PKCS#11 token of the user on the launcher, until the test ends, with a key in
// it whose public half is the answer. Its PIN is 1234.
func (b *bed) token() string {
	b.Helper()
	b.needs("PKCS#11, with a token in software", "softhsm2-util", softHSM)
	b.Cleanup(func() { b.must(b.Launcher.Remove(tokens, tokens+".conf")) })
	b.must(b.Launcher.Write(Spark, tokens+".conf", "directories.tokendir = "+tokens+"\n", 0o600))
	b.environ = append(b.environ, "SOFTHSM2_CONF="+tokens+".conf")
	return b.on(b.Launcher, Spark, `set -e
export SOFTHSM2_CONF=~/tokens.conf
mkdir tokens && cd tokens
softhsm2-util --init-token --free --label e2e --so-pin 5678 --pin 1234 >&2
ssh-keygen -q -t rsa -b 2048 -m PKCS8 -N '' -f key
softhsm2-util --import key --token e2e --label key --id 01 --pin 1234 >&2
rm key key.pub
ssh-keygen -D `+softHSM)
}

// authority has hosts take users that an authority on the launcher vouches for, too, and ask
// for no password, until the test ends; it makes a certificate for a public key beside that
// file, for spark.
func (b *bed) authority(file, key string, hosts ...*Host) {
	b.Helper()
	b.certify("authority", "-n spark", file, strings.TrimSpace(key))
	public, err := b.Launcher.Read("/home/spark/authority.pub")
	b.must(err)
	for _, h := range hosts {
		b.replace(h, "/etc/ssh/users.pub", public)
	}
	b.sshd("PasswordAuthentication no\nTrustedUserCAKeys /etc/ssh/users.pub", hosts...)
}

// The key is in a PKCS#11 token, whose PIN is typed once for all hosts. A wrong one is told to
// one host only: a token locks itself after a few.
func TestSSHToken(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(withHSM)
		public := b.token()
		b.authority(sshDir+"/token.pub", public, b.Workers...)
		b.authorized(public, b.Workers...)
		run := b.asSSH(4, nobody())
		for host := range nobody() {
			b.wantClass(run, host, "unreachable", "auth", "pin required")
		}
		const question = "Enter PIN for 'e2e': "
		b.askedBySSH(0, "w1", question, "1234")
		run = b.askedBySparkops(0, question, "1234")
		b.wantStatus(run, 3, "ok", "")
		if strings.Contains(run.String(), "1234") || strings.Contains(run.Stderr, ": :") {
			b.Errorf("it is shown, or not asked for as it should be: %s", run)
		}

		b.askedBySSH(255, "w1", question, "4321")
		run = b.askedBySparkops(4, question, "4321", question, "1234")
		if run.Report.Summary["ok"] != 2 || run.Report.Summary["unreachable"] != 1 {
			b.Errorf("one mistake was not told to one host only: %s", run)
		}
		b.wantClass(b.askedBySparkops(4, question, ""), "w1", "unreachable", "auth", "Permission denied")

		b.authorized("", b.Workers...)
		run = b.askedBySparkops(4) // no host wants the key by itself
		b.wantClass(run, "w1", "unreachable", "auth", "Permission denied")
		b.must(b.Launcher.Write(Spark, sshDir+"/config", withHSM+"    CertificateFile ~/.ssh/token-cert.pub\n", 0o600))
		b.askedBySSH(0, "w1", question, "1234")
		b.wantStatus(b.askedBySparkops(0, question, "1234"), 3, "ok", "")
	})
}

// skDummy is what OpenSSH tests FIDO tokens with: a token in software, which feels a touch
// whenever it is asked.
const skDummy = "/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so"

// fido makes a key of that type on a token, with the file that stands for it, whose public
// half is the answer.
func (b *bed) fido(kind string) string {
	b.Helper()
	b.needs("FIDO, with a token in software", skDummy)
	b.on(b.Launcher, Spark, "cd .ssh && rm -f id_* && ssh-keygen -q -w "+skDummy+" -N '' -f id_sk -t "+kind+" >&2")
	public, err := b.Launcher.Read(sshDir + "/id_sk.pub")
	b.must(err)
	return public
}

// A key file stands for a key on a FIDO token.
func TestSSHFIDO(t *testing.T) {
	onLast(t, func(b *bed) {
		const config = anyHost + "    IdentityFile ~/.ssh/id_sk\n    SecurityKeyProvider "
		b.account(config + "internal\n") // which is there on USB only
		public := b.fido("ed25519-sk")
		b.authorized(public, b.Workers...)
		run := b.sparkops(4, "exec", "--", "hostname")
		b.wantClass(run, "w1", "unreachable", "auth", "id_sk is a key on a FIDO token.*device not found")

		b.must(b.Launcher.Write(Spark, sshDir+"/config", config+skDummy+"\n", 0o600))
		b.asSSH(0, themselves())
		run = b.askedBySparkops(0)
		b.wantStatus(run, 3, "ok", "")
		for _, h := range b.Workers {
			if !strings.Contains(run.Stderr, h.Name+": Confirm user presence for key ED25519-SK") {
				b.Errorf("nothing tells to touch the token for %s: %s", h.Name, run)
			}
		}

		// Where the token is may be left to the environment: each host is asked first whether
		// it wants that key at all, or its certificate.
		b.must(b.Launcher.Write(Spark, sshDir+"/config", config+"$SSH_SK_PROVIDER\n", 0o600))
		b.environ = []string{"SSH_SK_PROVIDER=" + skDummy}
		b.authorized("", b.Workers...)
		b.authority(sshDir+"/id_sk.pub", public, b.Workers...)
		b.asSSH(0, themselves())
	})
}
