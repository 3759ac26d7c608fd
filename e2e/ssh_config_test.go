//go:build linux

package e2e

import (
	"strings"
	"testing"
)

// Names that only ~/.ssh/config knows, and a key that only its second pass names.
func TestSSHConfig(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(`Include more.conf
Match originalhost first
    HostName w1
Match exec "test %n = third && test %u = spark"
    HostName w3
Match user nobody
    HostName 10.231.7.250
Match final user spark host w?
    IdentityFile ~/.ssh/right
`)
		b.on(b.Launcher, Spark, "mv ~/.ssh/id_ed25519 ~/.ssh/right")
		b.must(b.Launcher.Write(Spark, sshDir+"/more.conf", "Host second\n    HostName w2\n", 0o600))
		b.asSSH(0, map[string]string{"first": "w1", "second": "w2", "third": "w3"})

		b.must(b.Launcher.Write(Spark, sshDir+"/more.conf", "Host second\n    HostName w2\n    Hostnam w3\n", 0o600))
		if ssh := b.ssh("second"); ssh.Exit != 255 || !strings.Contains(ssh.Stderr, sshDir+"/more.conf: line 3") {
			b.Errorf("ssh accepts it: exit %d: %s", ssh.Exit, ssh.Stderr)
		}
		run := b.sparkops(2, "exec", "--", "hostname")
		if say := strings.ToLower(run.Report.Error); !strings.Contains(say, sshDir+"/more.conf:3") || !strings.Contains(say, "hostnam") {
			b.Errorf("it is not said where and what is wrong: %q", run.Report.Error)
		}
	})
}

// A configuration that others may write to is refused, as by ssh.
func TestSSHConfigOpenToOthers(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		b.on(b.Launcher, Spark, "chmod 666 ~/.ssh/config")
		if ssh := b.ssh("w1"); ssh.Exit != 255 || !strings.Contains(ssh.Stderr, "Bad owner or permissions on "+sshDir+"/config") {
			b.Errorf("ssh accepts it: exit %d: %s", ssh.Exit, ssh.Stderr)
		}
		run := b.sparkops(2, "exec", "--", "hostname")
		if say := run.Report.Error; !strings.Contains(say, sshDir+"/config: bad permissions, 0666") {
			b.Errorf("not said: %s", run)
		}
	})
}

// A private key that others may read is not used.
func TestSSHKeyOpenToOthers(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		b.on(b.Launcher, Spark, "chmod 644 ~/.ssh/id_ed25519")
		run := b.asSSH(4, nobody())
		b.wantClass(run, "w1", "unreachable", "auth", sshKey+" is not used.*0644")
		b.wantText(b.row(run, "w1"), "chmod 600 "+sshKey)
	})
}
