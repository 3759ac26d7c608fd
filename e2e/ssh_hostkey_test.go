//go:build linux

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// A host whose key is another one than yesterday is not logged in to; the others are.
func TestSSHHostKeyChanged(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		known, err := b.Launcher.Read(sshDir + "/known_hosts")
		b.must(err)
		b.knownHosts(strings.Replace(known, b.hostKey(b.Host("w2"), "ed25519"), b.hostKey(b.Launcher, "ed25519"), 1))
		run := b.asSSH(77, map[string]string{"w1": "w1", "w2": "", "w3": "w3"})
		b.wantClass(run, "w2", "unreachable", "hostkey", `changed.*\.ssh/known_hosts:3`)
		b.wantText(b.row(run, "w2"), "ssh-keygen -R")
		run = b.sparkops(77, "stop-all")
		b.wantClass(run, "w2", "unreachable", "hostkey", "changed")
		for _, host := range []string{"m1", "w1", "w3"} {
			if row := b.row(run, host); row.Status != "ok" || row.State != "not-running" {
				b.Errorf("%s suffers from w2: %+v", host, row)
			}
		}
	})
}

// Hosts that nobody knows by key: an authority vouches for them.
func TestSSHHostCertificate(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost + "    StrictHostKeyChecking yes\n")
		for _, host := range []struct{ name, authority, principals string }{
			{"w1", "authority", "w1,10.231.7.2"},
			{"w2", "stranger", "w2"},
			{"w3", "authority", "other"},
		} {
			b.hostCertificate(b.Host(host.name), host.authority, host.principals)
		}
		authority, err := b.Launcher.Read("/home/spark/authority.pub")
		b.must(err)
		b.knownHosts("@cert-authority w* " + authority)
		run := b.asSSH(77, map[string]string{"w1": "w1", "w2": "", "w3": ""})
		b.wantClass(run, "w2", "unreachable", "hostkey", "not known")
		b.wantClass(run, "w3", "unreachable", "hostkey", "not known")

		// The key in a certificate that nobody vouches for is a key like others.
		b.knownHosts(fmt.Sprintf("@cert-authority w* %sw2 %s\n", authority, b.hostKey(b.Host("w2"), "ed25519")))
		b.asSSH(77, map[string]string{"w1": "w1", "w2": "w2", "w3": ""})
	})
}

// hostCertificate lets a host's sshd show a certificate by that authority, whose key is
// made on the launcher, until the test ends.
func (b *bed) hostCertificate(h *Host, authority, principals string) {
	b.Helper()
	b.certify(authority, "-h -n "+principals, "/home/spark/host.pub", b.hostKey(h, "ed25519"))
	certificate, err := b.Launcher.Read("/home/spark/host-cert.pub")
	b.must(err)
	b.replace(h, "/etc/ssh/host-cert.pub", certificate)
	b.sshd("HostKey /etc/ssh/ssh_host_ed25519_key\nHostCertificate /etc/ssh/host-cert.pub", h)
}

// certify signs a public key, which it writes to that file of the launcher, with the key of
// an authority there.
func (b *bed) certify(authority, options, file, key string) {
	b.Helper()
	b.Cleanup(func() {
		b.must(b.Launcher.Remove(file, strings.TrimSuffix(file, ".pub")+"-cert.pub", "/home/spark/"+authority, "/home/spark/"+authority+".pub"))
	})
	b.must(b.Launcher.Write(Spark, file, key+"\n", 0o644))
	b.on(b.Launcher, Spark, fmt.Sprintf("[ -f %[1]s ] || ssh-keygen -q -t ed25519 -N '' -f %[1]s; ssh-keygen -q -s %[1]s -I e2e %s %s", authority, options, file))
}

// A configuration that ssh refuses is refused, before anything is done anywhere.
func TestSSHBadConfig(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost + "Host w2\n    Identityfiel ~/.ssh/id_ed25519\n")
		if ssh := b.ssh("w1"); ssh.Exit != 255 || !strings.Contains(ssh.Stderr, "line 4") {
			b.Fatalf("ssh accepts it: exit %d: %s", ssh.Exit, ssh.Stderr)
		}
		for _, args := range [][]string{{"exec", "--", "touch", "/tmp/touched"}, {"start-all"}, {"stop-all"}} {
			run := b.sparkops(2, args...)
			if !strings.Contains(run.Report.Error, sshDir+"/config:4") || !strings.Contains(strings.ToLower(run.Report.Error), "identityfiel") {
				b.Errorf("it is not said where and what is wrong: %q", run.Report.Error)
			}
			if len(run.Report.Results) > 0 {
				b.Errorf("results for %v: %+v", args, run.Report.Results)
			}
		}
		b.wantDaemons(nil)
		for _, h := range b.Workers {
			names, err := h.List("/tmp")
			b.must(err)
			if len(names) > 0 {
				b.Errorf("%s was touched: %v", h.Name, names)
			}
		}
	})
}
