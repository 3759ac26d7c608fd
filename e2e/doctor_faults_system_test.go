//go:build linux

package e2e

const (
	workersLog = "/opt/spark/logs/spark-spark-org.apache.spark.deploy.worker.Worker-1-$(hostname).out"
	startSSHD  = "\"$(command -v sshd)\" </dev/null >/dev/null 2>&1; for _ in $(seq 100); do [ -e /run/sshd.pid ] && exit; sleep 0.05; done; exit 1"
	stopSSHD   = "kill $(cat /run/sshd.pid); for _ in $(seq 100); do [ -e /run/sshd.pid ] || exit 0; sleep 0.05; done; exit 1"
	noBashrc   = "rm /home/spark/.bashrc"
)

// unseen are the findings of a host that is not reached.
func unseen(host string) []string {
	all := append([]string{"access.reached fail"}, skippedFamilies...)
	for i := range all {
		if host != "" {
			all[i] = host + " " + all[i]
		}
	}
	return all
}

// systemFaults are those of the families access, resources, daemons and ha.
var systemFaults = []fault{
	{name: "refuses the key", plant: "mv /home/spark/.ssh/authorized_keys /home/spark/kept", words: "ssh",
		found: append([]string{"access.reached fail"}, skippedFamilies...), heal: "mv /home/spark/kept /home/spark/.ssh/authorized_keys"},
	{name: "greets", plant: "echo 'echo welcome' >/home/spark/.bashrc", found: []string{"access.noise warn"}, words: "welcome", heal: "rm /home/spark/.bashrc"},
	{name: "memory", env: "SPARK_WORKER_MEMORY=9999g", found: []string{"resources.memory fail", "environment.same warn"}, words: "1 x SPARK_WORKER_MEMORY=9999g is more than"},
	{name: "few files", plant: "echo 'ulimit -n 1000' >/home/spark/.bashrc", found: []string{"resources.files warn"}, words: "1000 files at most", heal: "rm /home/spark/.bashrc"},
	{name: "swept", plant: "mkdir -p /run/systemd/system /etc/tmpfiles.d && echo 'q /tmp 1777 root root 10d' >/etc/tmpfiles.d/tmp.conf", found: []string{"resources.swept warn"},
		words: "/etc/tmpfiles.d/tmp.conf:1: q /tmp 10d", heal: "rm -r /run/systemd /etc/tmpfiles.d/tmp.conf"},
	{name: "stale pid file", plant: "echo 999999 >" + workers1 + "; chown spark " + workers1, found: []string{"daemons.stale-pid-file warn"}, words: "names 999999, which is gone",
		fixed: []string{"daemons.stale-pid-file changed"}, heal: "[ ! -e " + workers1 + " ]"},
	{name: "pid of another", on: "m1", plant: "echo 1 >" + workers1 + "; chown spark " + workers1, found: []string{"daemons.stale-pid-file warn"}, words: "names 1, which is no daemon of Spark",
		fixed: []string{"daemons.stale-pid-file changed"}, heal: "[ ! -e " + workers1 + " ]"},
	{name: "home that all may write to", plant: "chmod 777 /home/spark", found: unseen(""), words: "ssh", heal: "chmod 700 /home/spark"},
	{name: "sshd down", plant: stopSSHD, found: unseen(""), words: "w[123]:22 refused the connection", heal: startSSHD},
	{name: "name unknown here", on: "launcher", plant: "cp /etc/hosts /tmp/hosts; grep -vw w3 /tmp/hosts >/etc/hosts", found: unseen("w3"), alone: true, words: "getent hosts w3", heal: oldHosts},
	{name: "login shell exits", plant: "echo 'exit 1' >/home/spark/.bashrc", found: unseen(""), words: "the command did not run: the login shell ended", heal: noBashrc},
	{name: "login shell reads", plant: "echo 'cat >/dev/null' >/home/spark/.bashrc", found: unseen(""), words: "login shell|bashrc", heal: noBashrc},
	{name: "another host key", found: unseen(""), words: "the host key of .* has changed", set: newHostKey},
	{name: "stale line for an address", on: "launcher", set: staleLine("10.231.7.2"), found: []string{"w1 access.known-hosts warn"}, words: "has another key for 10.231.7.2(.|\\s)*ssh-keygen -R 10.231.7.2 -f(.|\\s)*known_hosts:[0-9]+: ssh-ed25519"},
	{name: "stale line for a name", on: "launcher", set: staleLine("w2"), found: []string{"w2 access.known-hosts warn"}, words: "has another key for w2(.|\\s)*ssh-keygen -R w2 -f"},
	{name: "home that a group may write to", plant: "chmod 775 /home/spark", set: sshdOf("StrictModes no"), found: []string{"access.modes warn"}, words: "others may write to /home/spark: its mode is 0775",
		fixed: []string{"access.modes changed"}, heal: "chmod 700 /home/spark"},
	{name: "open private key", plant: "echo x >/home/spark/.ssh/id_rsa; chown spark /home/spark/.ssh/id_rsa; chmod 644 /home/spark/.ssh/id_rsa", found: []string{"access.keys warn"}, words: "id_rsa can be used by others",
		fixed: []string{"access.keys changed"}, heal: "rm /home/spark/.ssh/id_rsa"},
	{name: "another user", on: "w2", alone: true, set: bobOf, found: []string{"access.user warn"}, words: "the login is of bob; on .* it is spark"},
	{name: "agent", plant: "eval $(ssh-agent -a /home/spark/agent); echo $SSH_AGENT_PID >/run/agent.pid; echo 'export SSH_AUTH_SOCK=/home/spark/agent' >/home/spark/.bashrc", found: []string{"access.agent warn"},
		words: "SSH_AUTH_SOCK names an agent there", heal: "kill $(cat /run/agent.pid); rm -f /run/agent.pid /home/spark/agent; " + noBashrc},
	{name: "sudo that asks", env: "SPARK_WORKER_DIR=/srv/work", plant: "true", needs: "sudo", found: []string{"access.sudo warn", "links.writable fail", "environment.same warn"}, words: "sudo"},
	{name: "one session", set: sshdOf("MaxSessions 1"), found: []string{"access.sessions warn"}, words: "sshd has maxsessions 1"},
	{name: "few logins at once", set: sshdOf("MaxStartups 2:50:10"), found: []string{"access.sessions warn"}, words: "sshd has maxstartups 2:50:10"},
	{name: "no forwarding", on: "m1", set: sshdOf("AllowTcpForwarding no"), found: []string{"access.forwarding warn"}, words: "sshd has allowtcpforwarding no"},

	{name: "cores", env: "SPARK_WORKER_CORES=640", found: []string{"resources.cores warn", "environment.same warn"}, words: "1 x SPARK_WORKER_CORES=640 is more than"},
	{name: "heap of a daemon", env: "SPARK_DAEMON_MEMORY=9999g", found: []string{"resources.daemon-memory fail", "environment.same warn"}, words: "a daemon with a heap of"},
	{name: "few threads", plant: "echo 'ulimit -Su 4000' >/home/spark/.bashrc", found: []string{"resources.processes warn"}, words: "4000 processes and threads at most", heal: noBashrc},
	{name: "swapped out", found: []string{"resources.swap warn"}, words: "[0-9]+ MiB are swapped out", heal: "umount /proc/meminfo; rm /run/meminfo",
		plant: "awk '/^MemTotal/ {t = $2} /^SwapTotal/ {$2 = t} /^SwapFree/ {$2 = 0} {print}' /proc/meminfo >/run/meminfo; mount --bind /run/meminfo /proc/meminfo"},
	{name: "huge pages", plant: "echo '[always] madvise never' >/run/thp; mount --bind /run/thp /sys/kernel/mm/transparent_hugepage/enabled", found: []string{"resources.huge-pages warn"}, words: "always on",
		heal: "umount /sys/kernel/mm/transparent_hugepage/enabled; rm /run/thp"},
	{name: "ends with the login", found: []string{"resources.logout fail"}, words: "KillUserProcesses=yes", heal: "rm -r /run/systemd /etc/systemd/logind.conf.d /etc/tmpfiles.d/tmp.conf",
		plant: "mkdir -p /run/systemd/system /etc/systemd/logind.conf.d /etc/tmpfiles.d; echo 'q /tmp 1777 root root -' >/etc/tmpfiles.d/tmp.conf; printf '[Login]\\nKillUserProcesses=yes\\n' >/etc/systemd/logind.conf.d/e2e.conf"},

	{name: "empty pid file", plant: ": >" + workers1 + "; chown spark " + workers1, found: []string{"daemons.stale-pid-file warn"}, words: "holds no number",
		fixed: []string{"daemons.stale-pid-file changed"}, heal: "[ ! -e " + workers1 + " ]"},
	{name: "memory used up", plant: "mkdir -p /opt/spark/logs; chown spark /opt/spark/logs; echo 'java.lang.OutOfMemoryError: Java heap space' >" + workersLog, found: []string{"daemons.log fail"}, words: "OutOfMemoryError: Java heap space",
		heal: "rm -r /opt/spark/logs"},
	{name: "disk used up", plant: "mkdir -p /opt/spark/logs; chown spark /opt/spark/logs; echo 'java.io.IOException: No space left on device' >" + workersLog, found: []string{"daemons.log fail"}, words: "No space left on device",
		heal: "rm -r /opt/spark/logs"},

	{name: "no recovery directory", on: "m1", env: recoversBy("FILESYSTEM -Dspark.deploy.recoveryDirectory=/srv/recovery"), plant: asRoot, needs: "sudo", found: []string{"ha.directory fail", "environment.same warn"},
		words: "/srv/recovery, the recovery directory, is not there", fixed: []string{"ha.directory changed"}, heal: "rm -rf /srv/recovery" + noRoot},
	{name: "recovery directory of root", on: "m1", env: recoversBy("FILESYSTEM -Dspark.deploy.recoveryDirectory=/srv/recovery"), plant: "mkdir /srv/recovery", found: []string{"ha.directory fail", "environment.same warn"},
		words: "spark cannot write to /srv/recovery", heal: "rmdir /srv/recovery"},
	{name: "ZooKeeper down", on: "m1", env: recoversBy("ZOOKEEPER -Dspark.deploy.zookeeper.url=w1:2181,w2:2181,w3:2181"), found: []string{"ha.zookeeper fail", "environment.same warn"}, words: "3 of 3 members of ZooKeeper cannot be reached"},
	{name: "one of ZooKeeper down", on: "m1", env: recoversBy("ZOOKEEPER -Dspark.deploy.zookeeper.url=w1:22,w2:22,w3:2181"), found: []string{"ha.zookeeper warn", "environment.same warn"}, words: "1 of 3 members .*: w3:2181"},
	{name: "two of ZooKeeper", on: "m1", env: recoversBy("ZOOKEEPER -Dspark.deploy.zookeeper.url=w1:22,w2:22"), found: []string{"ha.members warn", "environment.same warn"}, words: "lists 2 members"},
}

func recoversBy(mode string) string {
	return `SPARK_DAEMON_JAVA_OPTS="$SPARK_DAEMON_JAVA_OPTS -Dspark.deploy.recoveryMode=` + mode + `"`
}
