//go:build linux

package e2e

import "testing"

// The agent lists a key that all hosts know, and does not sign with it: its owner wants to
// confirm each use, and is not there. The next key is a file.
func TestSSHAgentRefuses(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		b.on(b.Launcher, Spark, "ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/confirmed")
		confirmed, err := b.Launcher.Read(sshDir + "/confirmed.pub")
		b.must(err)
		known, err := b.Launcher.Read(sshDir + "/authorized_keys")
		b.must(err)
		b.authorized(known+confirmed, b.Workers...)
		b.agent("-c ~/.ssh/confirmed")
		b.on(b.Launcher, Spark, "rm ~/.ssh/confirmed ~/.ssh/confirmed.pub")
		b.environ = []string{"SSH_AUTH_SOCK=" + sshSocket}
		b.asSSH(0, themselves())

		b.must(b.Launcher.Remove(sshKey))
		run := b.asSSH(4, nobody())
		b.wantClass(run, "w1", "unreachable", "auth", "agent:SHA256:.*signing with")
	})
}
