//go:build linux

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// inside gives hosts an address in another network, until the test ends: 10.231.8.1 for m1,
// 10.231.8.2 for w1 and so on. The launcher has none there, and no way to it.
func (b *bed) inside(network int, hosts ...*Host) {
	b.Helper()
	for _, h := range hosts {
		address := fmt.Sprintf("%s/24 dev eth0", b.insideAddress(network, h))
		b.Cleanup(func() { b.on(h, Root, "ip addr del "+address) })
		b.on(h, Root, "ip addr add "+address)
	}
}

func (b *bed) insideAddress(network int, h *Host) string {
	return fmt.Sprintf("10.231.%d.%d", network, slices.Index(b.Hosts(), h)+1)
}

// onlyInside lets the sshd of a host listen in that network and nowhere else.
func (b *bed) onlyInside(network, port int, h *Host) {
	b.Helper()
	b.sshd(fmt.Sprintf("ListenAddress %s:%d", b.insideAddress(network, h), port), h)
	if conn, err := b.Launcher.Dial(b.ctx, "tcp", h.Address+":22"); err == nil {
		conn.Close()
		b.Fatalf("the launcher reaches %s without a bastion", h.Name)
	}
}

// gate makes m1 a bastion: user gate logs in there with a key of its own and gets no shell.
func (b *bed) gate() {
	b.Helper()
	b.on(b.Launcher, Spark, "ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/gate")
	public, err := b.Launcher.Read(sshDir + "/gate.pub")
	b.must(err)
	for file, line := range map[string]string{
		"/etc/passwd": "gate:x:1600:1600:Gate:/home/gate:/usr/sbin/nologin\n",
		"/etc/shadow": "gate:*:19000:0:99999:7:::\n",
	} {
		content, err := b.Master.Read(file)
		b.must(err)
		b.replace(b.Master, file, content+line)
	}
	b.Cleanup(func() { b.must(b.Master.Remove("/home/gate")) })
	b.must(b.Master.Write(User{Name: "gate", ID: 1600}, "/home/gate/.ssh/authorized_keys", public, 0o644))
}

// gateHost is how the launcher's user gets to the bastion.
const gateHost = "Host gate\n    HostName m1\n    User gate\n    IdentityFile ~/.ssh/gate\n"

// Behind one bastion: its own user and key, and names that only it knows.
func TestSSHBastion(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(gateHost + "Host w?\n    HostName %h.inside\n    User spark\n    ProxyJump gate\n")
		b.gate()
		b.inside(8, append(slices.Clone(b.Workers), b.Master)...)
		names, err := b.Master.Read("/etc/hosts")
		b.must(err)
		for _, h := range b.Workers {
			b.onlyInside(8, 22, h)
			names += fmt.Sprintf("%s %s.inside\n", b.insideAddress(8, h), h.Name)
		}
		b.replace(b.Master, "/etc/hosts", names)
		b.asSSH(0, themselves())

		// What is wrong with the bastion is told as its own trouble, on every host behind it.
		b.sshd("AllowTcpForwarding no", b.Master)
		run := b.asSSH(4, nobody())
		b.wantClass(run, "w1", "unreachable", "refused", "bastion gate.*forward")
		b.wantText(b.row(run, "w1"), "AllowTcpForwarding yes.* of gate; .*ssh -J gate w1 true")
		known, err := b.Launcher.Read(sshDir + "/known_hosts")
		b.must(err)
		b.knownHosts(strings.Replace(known, b.hostKey(b.Master, "ed25519"), b.hostKey(b.Launcher, "ed25519"), 1))
		run = b.asSSH(77, nobody())
		b.wantClass(run, "w1", "unreachable", "hostkey", "bastion gate.*changed")
	})
}

// The master is the bastion of its workers, and allows one session at a time.
func TestSSHBehindMaster(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost + "Host w?\n    ProxyJump m1\n")
		b.inside(8, append(slices.Clone(b.Workers), b.Master)...)
		names, err := b.Master.Read("/etc/hosts")
		b.must(err)
		for _, h := range b.Workers {
			b.onlyInside(8, 22, h)
			names = strings.ReplaceAll(names, h.Address+" ", b.insideAddress(8, h)+" ")
		}
		b.replace(b.Master, "/etc/hosts", names)
		b.sshd("MaxSessions 1", b.Master)
		b.asSSH(0, themselves())
		b.wantStatus(b.sparkops(0, "start-all", "-w", "m1,w1"), 2, "changed", "registered")
		b.wantAlive(map[string]int{"w1 Worker": 1})
		b.wantStatus(b.sparkops(0, "stop-all", "-w", "m1,w1"), 2, "changed", "stopped")
		b.wantNothingLeft()
	})
}

// Two in a row, the second one with a port of its own and reached through the first: by its
// own ProxyJump, and by a list.
func TestSSHTwoBastions(t *testing.T) {
	onLast(t, func(b *bed) {
		w1, w2, w3 := b.Workers[0], b.Workers[1], b.Workers[2]
		b.account(gateHost + `Host second
    HostName 10.231.8.2
    Port 2200
    User spark
    ProxyJump gate
Host w1
    HostName 10.231.8.2
    Port 2200
    ProxyJump gate
Host w2
    HostName 10.231.9.3
    ProxyJump second
Host w3
    HostName 10.231.9.4
    ProxyJump gate,spark@10.231.8.2:2200
`)
		b.gate()
		b.inside(8, b.Master, w1)
		b.inside(9, w1, w2, w3)
		b.onlyInside(8, 2200, w1)
		b.onlyInside(9, 22, w2)
		b.onlyInside(9, 22, w3)
		b.asSSH(0, themselves())
	})
}

// A way through a command, one of IPv4 alone, and one from an address of the user's choice.
func TestSSHOtherRoutes(t *testing.T) {
	onLast(t, func(b *bed) {
		const config = `Host w1
    HostName 10.231.8.2
    ProxyCommand ssh -W %%h:%%p m1
Host w2
    AddressFamily inet
Host w3
    BindAddress %s
`
		b.account(fmt.Sprintf(config, "10.231.7.77"))
		b.inside(8, b.Master, b.Workers[0])
		b.onlyInside(8, 22, b.Workers[0])
		b.Cleanup(func() { b.on(b.Launcher, Root, "ip addr del 10.231.7.77/24 dev eth0") })
		b.on(b.Launcher, Root, "ip addr add 10.231.7.77/24 dev eth0")
		b.asSSH(0, themselves())
		run := b.sparkops(0, "exec", "--", "printenv", "SSH_CONNECTION")
		for host, from := range map[string]string{"w1": "10.231.8.1", "w2": b.Launcher.Address, "w3": "10.231.7.77"} {
			if row := b.row(run, host); !strings.HasPrefix(row.Stdout, from+" ") {
				b.Errorf("%s is reached from %s, want %s", host, row.Stdout, from)
			}
		}

		b.must(b.Launcher.Write(Spark, sshDir+"/config", fmt.Sprintf(config, "10.231.7.78"), 0o600)) // nobody's
		b.sshd("AllowTcpForwarding no", b.Master)
		run = b.asSSH(4, map[string]string{"w1": "", "w2": "w2", "w3": ""})
		b.wantClass(run, "w1", "unreachable", "closed", "ProxyCommand.*prohibited")
		b.wantClass(run, "w3", "unreachable", "config", "BindAddress 10.231.7.78")
	})
}
