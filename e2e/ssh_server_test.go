//go:build linux

package e2e

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// sshd as the distribution installs it: PAM, host keys of all types.
func TestSSHDefaultSettings(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		var known strings.Builder
		for i, kind := range []string{"rsa", "ecdsa", "ed25519"} {
			h := b.Workers[i]
			b.Cleanup(func() { b.on(h, Root, "rm -f /etc/ssh/ssh_host_rsa_key* /etc/ssh/ssh_host_ecdsa_key*") })
			b.on(h, Root, "ssh-keygen -A")
			fmt.Fprintln(&known, h.Name, b.hostKey(h, kind)) // one of three: it decides which is asked for
			b.replace(h, "/etc/environment", "THROUGH_PAM=yes\n")
		}
		b.sshd("", b.Workers...)
		settings := b.on(b.Host("w1"), Root, `"$(command -v sshd)" -T`)
		for _, line := range []string{"usepam yes", "maxsessions 10", "maxstartups 10:30:100", "allowtcpforwarding yes", "forcecommand none"} {
			if !strings.Contains(settings, line+"\n") {
				b.Errorf("not the default settings: no %q in %s", line, settings)
			}
		}
		b.knownHosts(known.String())
		b.asSSH(0, themselves())
		for _, row := range b.sparkops(0, "exec", "--", "printenv", "THROUGH_PAM").Report.Results {
			if row.Stdout != "yes\n" {
				b.Errorf("no PAM session on %s: %+v", row.Host, row)
			}
		}
	})
}

// One session at a time is enough, also where the master is asked over a second one because
// nothing is forwarded.
func TestSSHMaxSessions(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		b.sshd("MaxSessions 1", b.Hosts()...)
		b.asSSH(0, themselves())
		b.wantStatus(b.sparkops(0, "start-all", "-w", "m1,w1"), 2, "changed", "registered")
		b.wantAlive(map[string]int{"w1 Worker": 1})
		b.sshd("MaxSessions 1\nAllowTcpForwarding no", b.Master)
		b.wantStatus(b.sparkops(0, "status", "-w", "m1,w1"), 2, "ok", "registered")
		b.wantStatus(b.sparkops(0, "start-all", "-w", "m1,w1"), 2, "ok", "registered")
		b.wantStatus(b.sparkops(0, "stop-all", "-w", "m1,w1"), 2, "changed", "stopped")
		b.wantNothingLeft()
	})
}

// An sshd that drops whoever comes while two others log in is asked again.
func TestSSHMaxStartups(t *testing.T) {
	onLast(t, func(b *bed) {
		config, answers := anyHost, map[string]string{}
		for i := range 12 {
			alias := fmt.Sprintf("alias%02d", i)
			config += fmt.Sprintf("Host %s\n    HostName w1\n    HostKeyAlias w1.%s\n", alias, alias)
			answers[alias] = "w1"
		}
		b.account(config)
		w1 := b.Host("w1")
		b.sshd("MaxStartups 2", w1)
		held := b.hold(w1, 2)
		if ssh := b.ssh("alias00"); ssh.Exit != 255 {
			b.Fatalf("a third login is not dropped: exit %d: %s", ssh.Exit, ssh.Stderr)
		}
		for _, conn := range held {
			conn.Close()
		}
		b.asSSH(0, answers)
	})
}

// hold opens connections to a host's sshd that do not log in, and waits until it has
// taken them.
func (b *bed) hold(h *Host, n int) []net.Conn {
	b.Helper()
	var held []net.Conn
	for range n {
		conn, err := b.Launcher.Dial(b.ctx, "tcp", net.JoinHostPort(h.Address, "22"))
		b.must(err)
		b.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		greeting := make([]byte, 4)
		if _, err := conn.Read(greeting); err != nil || string(greeting) != "SSH-" {
			b.Fatalf("sshd of %s says %q, %v", h.Name, greeting, err)
		}
		held = append(held, conn)
	}
	return held
}

// A server that runs something else than what it is asked for is told of; one that runs it
// in its own way is not noticed.
func TestSSHForceCommand(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		for host, settings := range map[string]string{
			"w1": `ForceCommand /bin/false`,
			"w2": `ForceCommand echo hello; exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`,
			"w3": `ForceCommand internal-sftp`,
		} {
			b.sshd(settings, b.Host(host))
		}
		run := b.asSSH(4, map[string]string{"w1": "", "w2": "w2", "w3": ""})
		b.wantClass(run, "w1", "unreachable", "shell", "did not run")
		b.wantClass(run, "w3", "unreachable", "shell", "This service allows sftp connections only")
		for _, host := range []string{"w1", "w3"} {
			b.wantText(b.row(run, host), "ForceCommand in sshd_config")
		}
	})
}

// What a server, or a ~/.bashrc, keeps the answer of has run, or may have: it is unknown, not
// unreachable.
func TestSSHAnswerGoesElsewhere(t *testing.T) {
	onFirst(t, func(b *bed) {
		b.account(anyHost)
		b.sshd(`ForceCommand exec >/dev/null 2>&1; $SSH_ORIGINAL_COMMAND`, b.Host("w1"))
		b.sshd(`ForceCommand exec >/dev/null 2>&1; $SSH_ORIGINAL_COMMAND; exit 0`, b.Host("w2"))
		b.must(b.Host("w3").Write(Spark, "/home/spark/.bashrc", "exec >/dev/null\n", 0o644))
		run := b.sparkops(5, "exec", "--", "touch", "/tmp/ran")
		for host, words := range map[string]string{"w1": "the command ran, but its answer went elsewhere", "w2": "may have run or not", "w3": "but its answer went elsewhere"} {
			b.wantClass(run, host, "unknown", "shell", words)
			b.on(b.Host(host), Root, "rm /tmp/ran")
		}
	})
}

// An sshd that is for forwarding only.
func TestSSHNoSessions(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		b.sshd("MaxSessions 0", b.Host("w2"))
		run := b.asSSH(4, map[string]string{"w1": "w1", "w2": "", "w3": "w3"})
		b.wantClass(run, "w2", "unreachable", "shell", "MaxSessions")
	})
}

// A server that wants a sign of life each second, and one that changes keys all the time.
func TestSSHLongSession(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		b.sshd("ClientAliveInterval 1\nClientAliveCountMax 1", b.Host("w1"))
		b.sshd("RekeyLimit 64K", b.Host("w2"))
		const size = 900_000 // of the answer of each host
		run := b.sparkops(0, "exec", "--", fmt.Sprintf("sleep 3; head -c %d /dev/zero | tr '\\0' x", size))
		for _, row := range run.Report.Results {
			if row.Stdout != strings.Repeat("x", size) {
				b.Errorf("%s answered %d bytes, %.40q...", row.Host, len(row.Stdout), row.Stdout)
			}
		}
	})
}
