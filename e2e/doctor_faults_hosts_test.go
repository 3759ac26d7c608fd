//go:build linux

package e2e

// javaThat makes /srv/jdk, whose java says that; inHome and inPath let the login shell find programs of
// the user's own first.
func javaThat(says string) string {
	return "mkdir -p /srv/jdk/bin; printf '#!/bin/sh\\necho \"%s\" >&2\\n' '" + says + "' >/srv/jdk/bin/java; chmod 755 /srv/jdk/bin/java"
}

const (
	inPath = "mkdir -p /home/spark/bin; echo 'PATH=/home/spark/bin:$PATH' >/home/spark/.bashrc; cd /home/spark/bin; "
	noPath = "rm -r /home/spark/bin /home/spark/.bashrc"
	noJava = "rm -r /srv/jdk"
	jars   = "/opt/spark/jars/"
	conf   = "/opt/spark/conf/"
)

// hostFaults are those of the families versions, environment and names.
var hostFaults = []fault{
	{name: "release", plant: "echo Spark 3.4.0 built >/opt/spark/RELEASE", found: []string{"versions.spark fail"}, words: "Spark 3.4.0; ", heal: "rm /opt/spark/RELEASE"},
	{name: "no Java", env: "JAVA_HOME=/nowhere", found: []string{"versions.java fail", "environment.same warn"}, words: "JAVA_HOME=/nowhere holds no bin/java"},
	{name: "syntax", env: "A='x", found: []string{"environment.syntax fail", "environment.same warn"}, words: "bash cannot parse /opt/spark/conf/spark-env.sh"},
	{name: "exit", env: "case $- in *i*) ;; *) exit 0 ;; esac", found: []string{"environment.syntax fail", "environment.same warn"}, words: "ends the shell that reads it before its last line"},
	{name: "PATH", env: "PATH=/srv/bin", plant: "mkdir /srv/bin; ln -s $(command -v python3) /srv/bin/python3", needs: "python3", heal: "rm -r /srv/bin", found: []string{"environment.syntax fail", "environment.same warn"}, words: "sets PATH to /srv/bin, which has no bash"},
	{name: "exec", env: "exec true", found: []string{"environment.syntax fail", "environment.same warn"}, words: "ends the shell that reads it"},
	{name: "lint", env: "SPARK_WORKER_CORES=two", found: []string{"environment.lint fail", "environment.same warn"}, words: "SPARK_WORKER_CORES=.*two"},
	{name: "secret", env: "MY_PASSWORD=swordfish", found: []string{"environment.same warn", "environment.lint warn"}, words: "differs in MY_PASSWORD$"},
	{name: "master unknown", plant: noMaster, found: []string{"names.master fail"}, words: "the name of the master, m1, is not known there", heal: oldHosts},
	{name: "no way to the master", plant: "ip route add blackhole $(getent hosts m1 | cut -d' ' -f1)/32", found: []string{"names.master fail", "names.workers warn"},
		words: "the master cannot be reached at m1:7077", heal: "ip route del blackhole $(getent hosts m1 | cut -d' ' -f1)/32"},
	{name: "master is itself", plant: noMaster + "echo 127.0.1.1 m1 >>/etc/hosts", found: []string{"names.master fail"}, words: "leads there to the host itself: 127.0.1.1", heal: oldHosts},
	{name: "master is another worker", on: "w1", alone: true, plant: noMaster + "echo 10.231.7.3 m1 >>/etc/hosts", found: []string{"names.master fail"}, words: "leads there to w2: 10.231.7.3", heal: oldHosts},
	{name: "loopback", plant: hostLine + "echo 127.0.1.1 $(hostname) >>/etc/hosts", found: []string{"names.loopback warn"}, words: "/etc/hosts:[0-9]+: 127.0.1.1", heal: oldHosts},
	{name: "loopback of the master", on: "m1", plant: hostLine + "echo 127.0.1.1 m1 >>/etc/hosts", found: []string{"names.loopback fail"},
		words: "its host name m1 leads to 127.0.1.1", heal: oldHosts},
	{name: "another Scala", plant: "cd /opt/spark/jars; for j in spark-core_2.12*; do mv $j spark-core_2.13${j#spark-core_2.12}; done", found: []string{"versions.scala fail"},
		words: "for Scala 2.13; that of .* is for 2.12", heal: "cd /opt/spark/jars; for j in spark-core_2.13*; do mv $j spark-core_2.12${j#spark-core_2.13}; done"},
	{name: "stray jar", plant: "echo x >" + jars + "postgresql-42.jar", found: []string{"versions.jars warn"}, words: "postgresql-42.jar: only here", heal: "rm " + jars + "postgresql-42.jar"},
	{name: "jar cut off", plant: "cd " + jars + "; for j in spark-tags_2*; do mv $j /srv/$j; head -c 1000 /srv/$j >$j; done", found: []string{"versions.jars fail"},
		words: "spark-tags_2.*: 1000 bytes here", heal: "mv /srv/spark-tags_2* " + jars},
	{name: "another Java", env: "JAVA_HOME=/srv/jdk", plant: javaThat(`openjdk version \"11.0.2\"`), found: []string{"versions.java-major fail", "environment.same warn"},
		words: "Java 11; ", heal: noJava},
	{name: "Java too new", env: "JAVA_HOME=/srv/jdk", plant: javaThat(`openjdk version \"25.0.1\"`), words: "Java 25; Spark 3.5.8 is made for 8, 11, 17", heal: noJava,
		found: []string{"versions.java-fits fail", "versions.java-major fail", "environment.same warn"}},
	{name: "no Java at all", env: "JAVA_HOME=/srv/jdk", plant: javaThat("hello"), found: []string{"versions.java fail", "environment.same warn"}, words: "/srv/jdk/bin/java is no Java", heal: noJava},
	{name: "another build of Java", env: "JAVA_HOME=/srv/jdk", found: []string{"versions.java-home warn", "environment.same warn"}, words: "JAVA_HOME is /srv/jdk, with [0-9]+.0.0-other;", heal: noJava,
		plant: "v=$(java -version 2>&1 | sed -n 's/.* version \"\\([0-9]*\\).*/\\1/p'); " + javaThat(`openjdk version \"'"$v"'.0.0-other\"`)},
	{name: "another Python", plant: inPath + "printf '#!/bin/sh\\necho Python 3.6.8\\n' >python3; chmod 755 python3", found: []string{"versions.python warn"}, words: "python3 is Python 3.6; ", heal: noPath},
	{name: "no such Python", env: "PYSPARK_PYTHON=/srv/venv/bin/python", found: []string{"versions.python fail", "environment.same warn"}, words: "PYSPARK_PYTHON=/srv/venv/bin/python is not there"},
	{name: "this machine's Spark", on: "launcher", plant: "echo Spark 3.4.0 built >/opt/spark/RELEASE", alone: true, found: []string{"(cluster) versions.launcher warn"},
		words: "this machine has Spark 3.4.0; .* 3.5.8", heal: "rm /opt/spark/RELEASE"},

	{name: "spark-env.sh of root", plant: "chown root " + conf + "spark-env.sh; chmod 600 " + conf + "spark-env.sh", found: []string{"environment.readable fail"}, words: "cannot be read by spark",
		heal: "chown spark " + conf + "spark-env.sh; chmod 644 " + conf + "spark-env.sh"},
	{name: "dangling conf file", plant: "ln -s /nowhere " + conf + "spark-defaults.conf", found: []string{"environment.readable fail"}, words: "is a link that leads nowhere", heal: "rm " + conf + "spark-defaults.conf"},
	{name: "defaults of one's own", plant: "echo spark.ui.enabled false >" + conf + "spark-defaults.conf", found: []string{"environment.same warn"}, words: "there is a spark-defaults.conf, and .* has none",
		heal: "rm " + conf + "spark-defaults.conf"},
	{name: "not pushed", on: "launcher", plant: "echo spark.ui.enabled false >" + ConfDir + "/spark-defaults.conf", alone: true, words: "there is no spark-defaults.conf, and this machine has one",
		found: []string{"m1 environment.launcher warn", "w1 environment.launcher warn", "w2 environment.launcher warn", "w3 environment.launcher warn"}, heal: "rm " + ConfDir + "/spark-defaults.conf"},
	{name: "workers and slaves", plant: "printf 'w1\\nw2\\n' >" + conf + "workers; echo w1 >" + conf + "slaves", found: []string{"environment.two-lists warn"}, words: "name different hosts",
		heal: "rm " + conf + "workers " + conf + "slaves"},
	{name: "old name", env: "SPARK_JAVA_OPTS=-Dx=1", found: []string{"environment.deprecated warn", "environment.same warn"}, words: "SPARK_JAVA_OPTS in spark-env.sh: from Spark 1.0 on it is"},
	{name: "old log4j", plant: "echo log4j.rootCategory=INFO >" + conf + "log4j.properties", found: []string{"environment.logging warn"}, words: "Spark 3.5.8 reads log4j2.properties only", heal: "rm " + conf + "log4j.properties"},

	{name: "master elsewhere", on: "m1", plant: hostLine + "echo 10.231.7.99 m1 >>/etc/hosts", found: []string{"names.master-local fail"}, words: "is none of this host's: it leads to 10.231.7.99", heal: oldHosts},
	{name: "no way from the master", plant: "ip rule add ipproto tcp sport 8081 to 10.231.7.1 blackhole", found: []string{"names.workers warn"}, heal: "ip rule del ipproto tcp sport 8081 to 10.231.7.1",
		words: "no answer from it within 2 s to the master on m1(.|\\s)*m1 dialled 10.231.7.[0-9]:8081, the webui port, as no worker runs: no answer"},
	{name: "address of another", env: "SPARK_LOCAL_IP=192.0.2.7", found: []string{"names.local-ip fail", "environment.same warn"}, words: "SPARK_LOCAL_IP=192.0.2.7 is none of its addresses"},
	{name: "one address for two", alone: true, words: "SPARK_LOCAL_IP=127.0.0.1 there, and on others: w\\[1-2\\]", set: loopbackForTwo,
		found: []string{"w1 names.local-ip-same fail", "w2 names.local-ip-same fail", "w1 environment.lint warn", "w2 environment.lint warn", "w1 environment.same warn", "w2 environment.same warn"}},
	{name: "underscore", on: "launcher", plant: "printf 'm1\\nlocalhost\\n' >" + ConfDir + "/masters", heal: oneMaster, alone: true, set: underscoreHere, words: "the master's name has an underscore: m_1",
		found: []string{"localhost names.underscore fail", "m1 ha.recovery fail", "localhost ha.recovery fail", "localhost links.conf-dir warn"}},
	{name: "two names of one machine", on: "launcher", plant: "echo 10.231.7.3 >>" + ConfDir + "/workers", alone: true, found: []string{"10.231.7.3 names.one-machine warn"}, words: "the same machine as w2",
		heal: "printf 'w1\\nw2\\nw3\\n' >" + ConfDir + "/workers"},
	{name: "UI port taken", plant: listenAt("8081"), found: []string{"names.ports warn"}, words: "port 8081, the webui port of the worker, is held by", heal: noListener},
	{name: "master's port taken", on: "m1", plant: listenAt("7077"), found: []string{"names.ports fail"}, words: "port 7077, the rpc port of the master, is held by", heal: noListener},
	{name: "clock ahead", needs: "faketime", plant: clockBy("+90s"), found: []string{"names.clock fail"}, words: "1m(29|30|31)s ahead of those of the others", heal: rightClock},
	{name: "clock behind", needs: "faketime", plant: clockBy("-20s"), found: []string{"names.clock warn"}, words: "(19|20|21)s behind", heal: rightClock},
}

// clockBy lets all that a login runs there see another time of day: by a file, for bash has a
// getenv of its own, which knows nothing yet when the library asks for FAKETIME.
func clockBy(offset string) string {
	return "echo " + offset + " >/etc/faketimerc; echo export LD_PRELOAD=$(ls /usr/lib/*/faketime/libfaketime.so.1) FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1 >/home/spark/.bashrc"
}

const rightClock = "rm /etc/faketimerc /home/spark/.bashrc"

// listenAt has something of root's listen at a port until noListener.
func listenAt(port string) string {
	return "setsid python3 -m http.server " + port + " >/dev/null 2>&1 </dev/null & echo $! >/run/listener; for _ in $(seq 100); do (: </dev/tcp/127.0.0.1/" + port + ") 2>/dev/null && exit; sleep 0.05; done; exit 1"
}

const noListener = "kill -9 $(cat /run/listener); rm /run/listener"

func loopbackForTwo(b *bed, _ *Host) func() {
	two := b.Workers[:2]
	b.env("SPARK_LOCAL_IP=127.0.0.1", two...)
	return func() { b.commonEnv(two...) }
}

// underscoreHere gives the launcher, which is a second master, a name that no URL may have.
func underscoreHere(b *bed, launcher *Host) func() {
	for _, h := range b.Hosts() {
		b.on(h, Root, "cp /etc/hosts /tmp/hosts; echo 10.231.7.5 m_1 >>/etc/hosts")
	}
	b.on(launcher, Root, "echo m_1 >/proc/sys/kernel/hostname")
	return func() {
		b.on(launcher, Root, "hostname launcher")
		for _, h := range b.Hosts() {
			b.on(h, Root, oldHosts)
		}
	}
}
