//go:build linux

package e2e

import _ "embed"

//go:embed testdata/shared.py
var sharedScript string

// sharedAt mounts what the hosts of a cluster may share.
func sharedAt(dir string) string {
	return "python3 - " + dir + " fuse.glusterfs 1500 <<'END'\n" + sharedScript + "\nEND"
}

// fault is something wrong with a cluster, on one of its hosts: how it is planted, what doctor is
// to find because of it and nothing else, and what --fix mends.
type fault struct {
	name  string
	on    string   // the host, or launcher; "" for a worker that has no other fault at that moment
	plant string   // run there by root
	env   string   // lines that its spark-env.sh has besides
	found []string // "check level", or "host check level"; the words are those of the first
	words string   // a regular expression
	fixed []string // of found, what --fix -y mends
	heal  string   // run there by root afterwards: undoes what is left of it
	needs string   // a program of this machine, or a file
	alone bool     // nothing else is to be wrong at that moment
	set   func(b *bed, h *Host) (undo func())
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

// linkFaults are those of family links: where Spark is, and the directories that it writes to.
var linkFaults = []fault{
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
	{name: "logs behind a link that leads nowhere", plant: asRoot + "ln -s /nowhere/logs /opt/spark/logs", needs: "sudo", found: []string{"links.writable fail"},
		words: "/opt/spark/logs is a link that leads nowhere: /nowhere is not there", fixed: []string{"links.writable changed"}, heal: "rm -rf /opt/spark/logs /nowhere" + noRoot},
	{name: "logs below a file", env: "SPARK_LOG_DIR=/etc/passwd/logs", found: []string{"links.writable fail", "environment.same warn"}, words: "/etc/passwd is no directory"},
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
	{name: "world-writable jars", plant: asRoot + "chmod o+w /opt/spark/jars", needs: "sudo", found: []string{"links.world-writable warn"}, words: "every user may write into /opt/spark/jars",
		fixed: []string{"links.world-writable changed"}, heal: "chmod o-w /opt/spark/jars" + noRoot},
	{name: "a program that nobody may run", plant: asRoot + "chmod a-x /opt/spark/bin/spark-class", needs: "sudo", found: []string{"links.home fail"}, words: "spark-class may not be run by spark",
		fixed: []string{"links.home changed"}, heal: "chmod a+x /opt/spark/bin/spark-class" + noRoot},
	{name: "logs that hosts share", needs: "/dev/fuse", plant: "mkdir /opt/spark/logs; " + sharedAt("/opt/spark/logs"), found: []string{"links.shared warn"},
		words: "/opt/spark/logs .* is on /opt/spark/logs, which is fuse.glusterfs", heal: "umount /opt/spark/logs; rmdir /opt/spark/logs"},
	{name: "pid files that hosts share", needs: "/dev/fuse", env: "SPARK_PID_DIR=/srv/pids", plant: "mkdir /srv/pids; " + sharedAt("/srv/pids"), found: []string{"links.shared fail", "environment.same warn"},
		words: "/srv/pids .* is on /srv/pids", heal: "umount /srv/pids; rmdir /srv/pids"},
	{name: "no file names left", plant: "mkdir -p /opt/spark/work && mount -t tmpfs -o nr_inodes=3,mode=755 none /opt/spark/work && chown spark /opt/spark/work && touch /opt/spark/work/1 /opt/spark/work/2; true",
		found: []string{"links.full fail"}, words: "has no file names", heal: "umount /opt/spark/work && rmdir /opt/spark/work"},
	{name: "Spark in the home directory", plant: "mkdir /home/spark/spark && mount --move /opt/spark /home/spark/spark && rmdir /opt/spark && chown spark /opt",
		found: []string{"links.home warn"}, words: "is not there; Spark is in /home/spark/spark", fixed: []string{"links.home changed"},
		heal: "chown root /opt; rm /opt/spark && mkdir /opt/spark && mount --move /home/spark/spark /opt/spark && rmdir /home/spark/spark && chown spark /opt/spark"},
	{name: "owner", plant: "mkdir -p /opt/spark/logs /opt/spark/work && chown spark /opt/spark/logs /opt/spark/work && chown root /opt/spark", found: []string{"links.owner warn"},
		words: "belongs to root; on .* it belongs to spark", heal: "chown spark /opt/spark && rm -rf /opt/spark/logs /opt/spark/work"},
}
