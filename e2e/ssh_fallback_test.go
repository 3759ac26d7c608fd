//go:build linux

package e2e

import (
	"slices"
	"strings"
	"testing"
)

// onlyForOpenSSH restarts the SSH servers of the workers so that only OpenSSH's client can talk
// to them, with more settings for each.
func (b *bed) onlyForOpenSSH(settings ...string) {
	b.Helper()
	for i, h := range b.Workers {
		b.sshd(onlyOpenSSH[h.Name]+"\n"+settings[i%len(settings)], h)
	}
}

// A password over OpenSSH's client is asked for once, as without it.
func TestSSHFallbackPassword(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		b.must(b.Launcher.Remove(sshKey))
		for _, h := range b.Workers {
			b.givePassword(h)
		}
		b.onlyForOpenSSH("PasswordAuthentication yes", "PasswordAuthentication no\nKbdInteractiveAuthentication yes", "PasswordAuthentication yes\nUsePAM no")
		const one, all = `password for spark@w[123]: `, `use the password of spark@w[123] for all hosts of spark\? \[y/N\] `
		run := b.askedBySparkops(0, one, "secret", all, "y")
		b.wantStatus(run, 3, "ok", "")
		if strings.Contains(run.String(), "secret") {
			b.Errorf("the password is shown: %s", run)
		}
		b.wantStatus(b.askedBySparkops(0, one, "wrong", one, "secret", all, "y"), 3, "ok", "")
	})
}

// So is a passphrase, with the wrong ones before it.
func TestSSHFallbackPassphrase(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		b.onlyForOpenSSH("PasswordAuthentication no")
		b.on(b.Launcher, Spark, "ssh-keygen -q -p -a 4 -N secret -f ~/.ssh/id_ed25519")
		const ours = "passphrase for " + sshKey + ": "
		b.wantStatus(b.askedBySparkops(0, ours, "wrong", ours, "secret"), 3, "ok", "")
	})
}

// Unknown host keys over OpenSSH's client are asked about in one question, which ssh's own
// verdict follows: what it has remembered is what it knows afterwards.
func TestSSHFallbackHostKeys(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost + "    StrictHostKeyChecking ask\n")
		b.onlyForOpenSSH("")
		b.knownHosts("")
		question := `These host keys are not known:\s+`
		for _, h := range b.Workers {
			fingerprint := strings.Fields(b.on(h, Root, "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"))[1]
			question += h.Name + ` +ssh-ed25519 +` + strings.ReplaceAll(fingerprint, "+", `\+`) + `\s+`
		}
		question += `Are they the right ones, to be remembered\? \[y/N\] `
		run := b.askedBySparkops(77, question, "no")
		for host := range nobody() {
			b.wantClass(run, host, "unreachable", "hostkey", "not accepted")
		}
		if known, err := b.Launcher.Read(sshDir + "/known_hosts"); err != nil || known != "" {
			b.Errorf("remembered after a no: %q, %v", known, err)
		}
		b.wantStatus(b.askedBySparkops(0, question, "yes"), 3, "ok", "")
		b.asSSH(0, themselves())
	})
}

// Behind a bastion, workers that only OpenSSH's client can talk to cost it one login.
func TestSSHFallbackBastion(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(gateHost + "Host w1\n    HostName 10.231.8.2\nHost w2\n    HostName 10.231.8.3\nHost w3\n    HostName 10.231.8.4\nHost w?\n    User spark\n    ProxyJump gate\n")
		b.gate()
		b.inside(8, append(slices.Clone(b.Workers), b.Master)...)
		b.onlyForOpenSSH("")
		pam, err := b.Master.Read("/etc/pam.d/sshd")
		b.must(err)
		const log = "/root/logins"
		b.Cleanup(func() { b.on(b.Master, Root, "rm -f "+log) })
		b.replace(b.Master, "/etc/pam.d/sshd", pam+"session optional pam_exec.so type=open_session log="+log+" /bin/true\n")
		logins := func() string { return strings.TrimSpace(b.on(b.Master, Root, "grep -c '^[*][*][*]' "+log+" || true")) }
		b.must(b.Launcher.Write(Spark, ConfDir+"/workers", "w1\nw2\nw3\n", 0o644))
		run := b.sparkops(0, "exec", "--", "hostname")
		b.wantStatus(run, 3, "ok", "")
		if n := logins(); n != "1" {
			b.Errorf("%s logins at the bastion", n)
		}
		b.asSSH(0, themselves()) // ssh itself takes that way
		b.wantStatus(b.sparkops(0, "start-all", "-w", "m1,w1"), 2, "changed", "registered")
		b.wantStatus(b.sparkops(0, "stop-all", "-w", "m1,w1"), 2, "changed", "stopped")
		b.wantNothingLeft()

		// All that was started goes with a sparkops that is killed.
		b.on(b.Launcher, Spark, `SPARK_HOME=`+SparkHome+` SPARK_CONF_DIR=`+ConfDir+` `+Sparkops+` exec -- sleep 60 >/dev/null 2>&1 & p=$!
n=0; until [ "$(pgrep -u spark -x ssh | wc -l)" = 3 ] || [ $((n += 1)) = 100 ]; do sleep 0.1; done
[ $n -lt 100 ] || exit 9
sleep 1; kill -9 $p || exit; wait $p 2>/dev/null
n=0; until ! pgrep -u spark -x ssh >/dev/null && ! ls -d /tmp/sparkops-* >/dev/null 2>&1 || [ $((n += 1)) = 100 ]; do sleep 0.1; done`)
		if left := b.on(b.Launcher, Spark, "pgrep -u spark -x ssh || true; ls -d /tmp/sparkops-* 2>/dev/null || true"); left != "" {
			b.Errorf("left on the launcher: %s", left)
		}
	})
}

// A key that a revocation list of ssh-keygen -k names is refused where ssh refuses it.
func TestSSHRevocationList(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost + "    RevokedHostKeys " + sshDir + "/revoked\n")
		b.must(b.Launcher.Write(Spark, sshDir+"/w2.pub", b.hostKey(b.Host("w2"), "ed25519")+"\n", 0o644))
		b.on(b.Launcher, Spark, "ssh-keygen -q -k -f ~/.ssh/revoked ~/.ssh/w2.pub")
		run := b.asSSH(77, map[string]string{"w1": "w1", "w2": "", "w3": "w3"})
		b.wantClass(run, "w2", "unreachable", "hostkey", "revoked by "+sshDir+"/revoked")
	})
}
