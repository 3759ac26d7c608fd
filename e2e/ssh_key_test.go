//go:build linux

package e2e

import (
	"fmt"
	"testing"
)

const (
	sshKey    = sshDir + "/id_ed25519"
	sshSocket = "/home/spark/agent" // not below /tmp, which is another one for each user in some places
)

// agent starts an agent of the user on the launcher that holds these keys, until the test
// ends.
func (b *bed) agent(keys ...string) {
	b.Helper()
	b.Cleanup(func() { b.must(b.Launcher.Remove(sshSocket)) })
	b.Cleanup(func() { b.on(b.Launcher, Spark, "kill $(cat ~/agent.pid); rm ~/agent.pid") })
	b.on(b.Launcher, Spark, `eval "$(ssh-agent -s -a `+sshSocket+`)" >/dev/null && echo $SSH_AGENT_PID >~/agent.pid`)
	for _, key := range keys {
		b.on(b.Launcher, Spark, "SSH_AUTH_SOCK="+sshSocket+" ssh-add -q "+key)
	}
}

// The key is in an agent and in no file.
func TestSSHAgent(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		b.agent(sshKey)
		b.must(b.Launcher.Remove(sshKey, sshKey+".pub"))
		run := b.asSSH(4, nobody())
		b.wantClass(run, "w1", "unreachable", "auth", "no key")

		b.environ = []string{"SSH_AUTH_SOCK=" + sshSocket}
		b.asSSH(0, themselves())

		b.environ = nil
		config := anyHost + "Host w1\n    IdentityAgent " + sshSocket + "\nHost w2\n    IdentityAgent ~/agent\nHost w3\n    IdentityAgent $WORK_AGENT\n"
		b.must(b.Launcher.Write(Spark, sshDir+"/config", config, 0o600))
		b.environ = []string{"WORK_AGENT=" + sshSocket, "SSH_AUTH_SOCK=/nowhere"}
		b.asSSH(0, themselves())

		// An agent that is named beats the environment's, none too.
		b.must(b.Launcher.Write(Spark, sshDir+"/config", anyHost+"Host w2\n    IdentityAgent none\n", 0o600))
		b.environ = []string{"SSH_AUTH_SOCK=" + sshSocket}
		run = b.asSSH(4, map[string]string{"w1": "w1", "w2": "", "w3": "w3"})
		b.wantClass(run, "w2", "unreachable", "auth", "no key")
	})
}

// Of an agent's many keys the configured one is offered: sshd closes the door after six.
func TestSSHAgentOfManyKeys(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost + "Host w1\n    IdentitiesOnly yes\nHost w1 w2\n    IdentityFile ~/.ssh/right.pub\n")
		b.on(b.Launcher, Spark, `cd .ssh && mv id_ed25519 right && ssh-keygen -y -f right >right.pub
for i in 1 2 3 4 5 6; do ssh-keygen -q -t ed25519 -N '' -f wrong$i; done`)
		b.agent("~/.ssh/wrong?", "~/.ssh/right")
		b.on(b.Launcher, Spark, "cd .ssh && rm right wrong*")
		b.environ = []string{"SSH_AUTH_SOCK=" + sshSocket}
		run := b.asSSH(4, map[string]string{"w1": "w1", "w2": "w2", "w3": ""})
		b.wantClass(run, "w3", "unreachable", "auth", "too many keys")
	})
}

// A key that needs a passphrase, and nobody there to type it.
func TestSSHEncryptedKey(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		b.on(b.Launcher, Spark, "cp ~/.ssh/id_ed25519 ~/plain && ssh-keygen -q -p -N secret -f ~/.ssh/id_ed25519")
		b.Cleanup(func() { b.must(b.Launcher.Remove("/home/spark/plain")) })
		run := b.asSSH(4, nobody())
		for host := range nobody() {
			b.wantClass(run, host, "unreachable", "auth", fmt.Sprintf("%s is encrypted", sshKey))
		}
		// The agent holds it: nobody is needed.
		b.agent("~/plain")
		b.environ = []string{"SSH_AUTH_SOCK=" + sshSocket}
		b.asSSH(0, themselves())
	})
}
