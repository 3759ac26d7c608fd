//go:build linux

package e2e

import (
	"fmt"
	"testing"
)

// onlyOpenSSH are settings of sshd that golang.org/x/crypto/ssh has nothing in common with.
var onlyOpenSSH = map[string]string{
	"w1": "KexAlgorithms sntrup761x25519-sha512@openssh.com",
	"w2": "KexAlgorithms diffie-hellman-group18-sha512",
	"w3": "MACs umac-128-etm@openssh.com\nCiphers aes256-ctr",
}

// Servers that only OpenSSH's client can talk to: it is what goes there, also to start and
// stop, and where there is none, that is said.
func TestSSHAlgorithms(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		for host, settings := range onlyOpenSSH {
			b.sshd(settings, b.Host(host))
		}
		b.asSSH(0, themselves())
		b.wantStatus(b.sparkops(0, "start-all", "-w", "m1,w1"), 2, "changed", "registered")
		b.wantAlive(map[string]int{"w1 Worker": 1})
		b.wantStatus(b.sparkops(0, "stop-all", "-w", "m1,w1"), 2, "changed", "stopped")
		b.wantNothingLeft()
		if left := b.on(b.Launcher, Spark, "pgrep -u spark -x ssh || true; ls -d /tmp/sparkops-* 2>/dev/null || true"); left != "" {
			b.Errorf("left on the launcher: %s", left)
		}

		b.environ = []string{"PATH=/nowhere"}
		run := b.sparkops(4, "exec", "--", "hostname")
		for host, words := range map[string]string{"w1": "key exchange.*sntrup761", "w2": "key exchange.*group18", "w3": "MAC.*umac-128-etm"} {
			b.wantClass(run, host, "unreachable", "config", words)
			b.wantText(b.row(run, host), "install OpenSSH's client")
		}
	})
}

// The user's own masters are used while they live: nobody can log in without them.
func TestSSHControlMaster(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost + "    ControlPath ~/.ssh/master-%h\n")
		const each = "for host in w1 w2 w3; do ssh %s $host </dev/null >/dev/null 2>&1 || exit; done"
		b.on(b.Launcher, Spark, fmt.Sprintf(each, "-M -N -f"))
		b.Cleanup(func() { b.Launcher.RunAs(Spark, fmt.Sprintf(each, "-O exit")) })
		b.must(b.Launcher.Remove(sshKey))
		b.asSSH(0, themselves())
		for range 10 {
			b.sparkops(5, "exec", "--timeout", "300ms", "--", "while :; do echo more; done")
		}
		b.on(b.Launcher, Spark, fmt.Sprintf(each, "-O check")) // they have outlived sparkops
		b.on(b.Launcher, Spark, fmt.Sprintf(each, "-O exit"))
		run := b.asSSH(4, nobody())
		b.wantClass(run, "w1", "unreachable", "auth", "no key")
	})
}
