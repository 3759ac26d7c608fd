//go:build linux

package e2e

// fault is something wrong with one host of a cluster that is not running: how it is planted, what
// doctor is to find because of it and nothing else, and what --fix mends.
type fault struct {
	name  string
	on    string   // the host; "" for a worker that has no other fault at that moment
	plant string   // run there by root
	env   string   // lines that its spark-env.sh has besides
	found []string // "check level"; the words are those of the first
	words string   // a regular expression
	fixed []string // of found, what --fix -y mends
	heal  string   // run there by root afterwards: undoes what is left of it
	needs string   // a program of this machine
}

// moved lets Spark lie in another user's home; the heal is back.
const (
	moved = "mkdir -p /home/bob/spark && mount --move /opt/spark /home/bob/spark && rmdir /opt/spark; "
	back  = "rm -f /opt/spark /opt/other && mkdir /opt/spark && mount --move /home/bob/spark /opt/spark && rm -rf /home/bob && chown spark /opt/spark"
	// asRoot lets the login user be root without a question.
	asRoot   = "echo 'spark ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/spark; chmod 440 /etc/sudoers.d/spark; "
	noRoot   = "; rm -f /etc/sudoers.d/spark"
	hostLine = "own=$(grep -w \"$(hostname)\" /etc/hosts); cp /etc/hosts /tmp/hosts; grep -vw \"$(hostname)\" /tmp/hosts >/etc/hosts; "
	noMaster = "cp /etc/hosts /tmp/hosts; grep -vw m1 /tmp/hosts >/etc/hosts; "
	oldHosts = "cat /tmp/hosts >/etc/hosts; rm /tmp/hosts"
	workers1 = "/tmp/spark-spark-org.apache.spark.deploy.worker.Worker-1.pid"
)

// faults is the table: a check that is new has a row here, and no more.
var faults = []fault{
	{name: "home elsewhere", plant: moved + "chown spark /opt", found: []string{"links.home fail", "versions.spark skipped"},
		words: "one of that name is in /home/bob/spark", fixed: []string{"links.home changed"}, heal: "chown root /opt; " + back},
	{name: "dangling", plant: asRoot + moved + "ln -s /nowhere/spark /opt/spark", found: []string{"links.dangling fail", "versions.spark skipped"}, needs: "sudo",
		words: "/opt/spark leads to /nowhere/spark, which is not there", fixed: []string{"links.dangling changed"}, heal: back + noRoot},
	{name: "loop", plant: moved + "ln -s /opt/other /opt/spark; ln -s /opt/spark /opt/other", found: []string{"links.loop fail", "versions.spark skipped"},
		words: "leads round in a circle", heal: back},
	{name: "relative", plant: moved + "ln -s ../home/bob/spark /opt/spark", found: []string{"links.relative warn"}, words: `leads to \.\./home/bob/spark`, heal: back},
	{name: "link to a release", plant: moved + "ln -s /home/bob/spark /opt/spark; echo Spark 3.4.0 built >/opt/spark/RELEASE",
		found: []string{"links.release fail", "versions.spark fail"}, words: "/opt/spark leads to /home/bob/spark, which is Spark 3.4.0", heal: "rm /opt/spark/RELEASE; " + back},
	{name: "logs of root", plant: "mkdir -p /opt/spark/logs && chown root /opt/spark/logs && chmod 755 /opt/spark/logs", found: []string{"links.writable fail"},
		words: "spark cannot write to /opt/spark/logs .* belongs to root", heal: "rm -rf /opt/spark/logs"},
	{name: "work cannot be made", env: "SPARK_WORKER_DIR=/srv/work", plant: asRoot, needs: "sudo", found: []string{"links.writable fail", "environment.same warn"},
		words: "/srv/work .* is not there, and spark may not make it in /srv", fixed: []string{"links.writable changed"}, heal: "rm -rf /srv/work" + noRoot},
	{name: "conf gone", plant: "echo 'export SPARK_CONF_DIR=/nowhere' >/home/spark/.bashrc", found: []string{"links.conf fail", "links.conf-dir warn", "environment.same warn"},
		words: "SPARK_CONF_DIR is /nowhere, which is not there", heal: "rm /home/spark/.bashrc"},
	{name: "conf elsewhere", plant: "cp -a /opt/spark/conf /home/spark/conf; echo 'export SPARK_CONF_DIR=/home/spark/conf' >/home/spark/.bashrc", found: []string{"links.conf-dir warn"},
		words: "SPARK_CONF_DIR is /home/spark/conf; on ", heal: "rm -r /home/spark/.bashrc /home/spark/conf"},
	{name: "read-only", plant: "mkdir -p /opt/spark/logs && mount -t tmpfs -o ro none /opt/spark/logs", found: []string{"links.read-only fail"},
		words: "/opt/spark/logs", heal: "umount /opt/spark/logs && rmdir /opt/spark/logs"},
	{name: "full", plant: "mkdir -p /opt/spark/work/app-1 && mount -t tmpfs -o size=1m,mode=777 none /opt/spark/work && chown spark /opt/spark/work && chmod 755 /opt/spark/work && mkdir /opt/spark/work/app-1 && ! head -c 2m /dev/zero >/opt/spark/work/app-1/x",
		found: []string{"links.full fail"}, words: "app-1", heal: "umount /opt/spark/work && rm -rf /opt/spark/work"},
	{name: "world-writable", plant: "mkdir -p /opt/spark/work && chown spark /opt/spark/work && chmod 777 /opt/spark/work", found: []string{"links.world-writable warn"},
		words: "every user may write into /opt/spark/work", fixed: []string{"links.world-writable changed"}, heal: "rm -rf /opt/spark/work"},
	{name: "owner", plant: "mkdir -p /opt/spark/logs /opt/spark/work && chown spark /opt/spark/logs /opt/spark/work && chown root /opt/spark", found: []string{"links.owner warn"},
		words: "belongs to root; on .* it belongs to spark", heal: "chown spark /opt/spark && rm -rf /opt/spark/logs /opt/spark/work"},
	{name: "release", plant: "echo Spark 3.4.0 built >/opt/spark/RELEASE", found: []string{"versions.spark fail"}, words: "Spark 3.4.0; ", heal: "rm /opt/spark/RELEASE"},
	{name: "no Java", env: "JAVA_HOME=/nowhere", found: []string{"versions.java fail", "environment.same warn"}, words: "JAVA_HOME=/nowhere holds no bin/java"},
	{name: "syntax", env: "A='x", found: []string{"environment.syntax fail", "environment.same warn"}, words: "bash cannot parse /opt/spark/conf/spark-env.sh"},
	{name: "exec", env: "exec true", found: []string{"environment.syntax fail", "environment.same warn"}, words: "ends the shell that reads it"},
	{name: "lint", env: "SPARK_WORKER_CORES=two", found: []string{"environment.lint fail", "environment.same warn"}, words: "SPARK_WORKER_CORES=.*two"},
	{name: "secret", env: "MY_PASSWORD=swordfish", found: []string{"environment.same warn", "environment.lint warn"}, words: "differs in MY_PASSWORD$"},
	{name: "master unknown", plant: noMaster, found: []string{"names.master fail"}, words: "the name of the master, m1, is not known there", heal: oldHosts},
	{name: "no way to the master", plant: "ip route add blackhole $(getent hosts m1 | cut -d' ' -f1)/32", found: []string{"names.master fail"},
		words: "the master cannot be reached at m1:7077", heal: "ip route del blackhole $(getent hosts m1 | cut -d' ' -f1)/32"},
	{name: "master is itself", plant: noMaster + "echo 127.0.1.1 m1 >>/etc/hosts", found: []string{"names.master fail"}, words: "leads there to the host itself: 127.0.1.1", heal: oldHosts},
	{name: "loopback", plant: hostLine + "echo 127.0.1.1 $(hostname) >>/etc/hosts", found: []string{"names.loopback warn"}, words: "/etc/hosts:[0-9]+: 127.0.1.1", heal: oldHosts},
	{name: "loopback of the master", on: "m1", plant: hostLine + "echo 127.0.1.1 m1 >>/etc/hosts", found: []string{"names.loopback fail"},
		words: "its host name m1 leads to 127.0.1.1", heal: oldHosts},
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
}

// skippedFamilies are what a host has that is not reached.
var skippedFamilies = []string{
	"links.* skipped", "versions.* skipped", "environment.* skipped", "names.* skipped", "resources.* skipped", "daemons.* skipped", "ha.* skipped",
}
