//go:build linux

package e2e

import "strings"

// twoMasters lets the launcher have w1 for a second one.
const (
	twoMasters = "printf 'm1\\nw1\\n' >" + ConfDir + "/masters"
	oneMaster  = "rm " + ConfDir + "/masters"
)

// clusterFaults are about several masters.
var clusterFaults = []fault{
	{name: "two masters, no recovery", on: "launcher", plant: twoMasters, alone: true, found: []string{"w1 ha.recovery fail", "m1 ha.recovery fail"},
		words: "2 masters, and spark.deploy.recoveryMode is not set there", heal: oneMaster},
	{name: "two masters that do not meet", on: "launcher", plant: twoMasters, alone: true, words: "spark.deploy.zookeeper.dir is /other; on m1 it is /spark", heal: oneMaster,
		found: []string{"w1 ha.same fail", "m1 environment.same warn", "w1 environment.same warn"}, set: func(b *bed, _ *Host) func() {
			m1, w1 := b.Host("m1"), b.Host("w1")
			b.env(recoversBy("ZOOKEEPER -Dspark.deploy.zookeeper.url=w2:22 -Dspark.deploy.zookeeper.dir=/spark"), m1)
			b.env(recoversBy("ZOOKEEPER -Dspark.deploy.zookeeper.url=w2:22 -Dspark.deploy.zookeeper.dir=/other"), w1)
			return func() { b.commonEnv(m1, w1) }
		}},
}

// sshdOf has the host's sshd serve with these settings.
func sshdOf(settings string) func(*bed, *Host) func() {
	return func(b *bed, h *Host) func() {
		b.must(h.SetSSHD(b.ctx, settings+"\n"))
		return func() { b.must(h.SetSSHD(b.T.Context(), "")) }
	}
}

// newHostKey is a host that was installed anew; the launcher knows it from before.
func newHostKey(b *bed, h *Host) func() {
	b.on(h, Root, "cd /etc/ssh; mkdir kept; mv ssh_host_ed25519_key* kept; ssh-keygen -q -t ed25519 -N '' -f ssh_host_ed25519_key")
	b.must(h.SetSSHD(b.ctx, ""))
	return func() {
		b.on(h, Root, "cd /etc/ssh; mv kept/* .; rmdir kept")
		b.must(h.SetSSHD(b.T.Context(), ""))
	}
}

// staleLine is a line of the launcher's known_hosts that gives a name the key of another host.
func staleLine(name string) func(*bed, *Host) func() {
	return func(b *bed, h *Host) func() {
		before, err := h.Read(sshDir + "/known_hosts")
		b.must(err)
		write := func(text string) { b.must(h.Write(Spark, sshDir+"/known_hosts", text, 0o600)) }
		write(before + strings.TrimSpace(name+" "+b.hostKey(b.Host("w3"), "ed25519")) + "\n")
		return func() { write(before) }
	}
}

// bobOf has the login to a host be another user's, who has what Spark needs there.
func bobOf(b *bed, h *Host) func() {
	config, err := b.Launcher.Read(sshDir + "/config")
	b.must(err)
	b.on(h, Root, `for f in passwd group shadow; do cp -p /etc/$f /etc/$f.kept; done
echo 'bob:x:1501:1501::/home/bob:/bin/bash' >>/etc/passwd; echo 'bob:x:1501:' >>/etc/group; echo 'bob:*:19000:0:99999:7:::' >>/etc/shadow
cp -a /home/spark /home/bob; mkdir -p /opt/spark/logs /opt/spark/work; chown -R 1501:1501 /home/bob /opt/spark/logs /opt/spark/work`)
	b.must(b.Launcher.Write(Spark, sshDir+"/config", "Host "+h.Name+"\n    User bob\n"+config, 0o600))
	return func() {
		b.must(b.Launcher.Write(Spark, sshDir+"/config", config, 0o600))
		b.on(h, Root, "for f in passwd group shadow; do mv /etc/$f.kept /etc/$f; done; rm -r /home/bob /opt/spark/logs /opt/spark/work")
	}
}

// skippedFamilies are what a host has that is not reached.
var skippedFamilies = []string{
	"links.* skipped", "versions.* skipped", "environment.* skipped", "names.* skipped", "resources.* skipped", "daemons.* skipped", "ha.* skipped",
}
