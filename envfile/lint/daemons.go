package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func sparkMaster(t *text) (all []Finding) {
	for _, a := range t.live("SPARK_MASTER") {
		if a.known && a.value == "" {
			continue
		}
		f := Finding{Line: a.line, Var: a.name, Message: "SPARK_MASTER is set: spark-daemon.sh takes it for an rsync source, not for a URL", Hint: "sparkops never passes it on; name the master by SPARK_MASTER_HOST"}
		if host, ok := strings.CutPrefix(a.value, "spark://"); ok {
			host, port, _ := strings.Cut(host, ":")
			f.Hint = "SPARK_MASTER_HOST=" + host
			if port != "" && port != "7077" {
				f.Hint += "   and   SPARK_MASTER_PORT=" + port
			}
			f.Effect = "spark-daemon.sh tries to copy from there over SPARK_HOME before each start (rsync -a --delete), and does not get far with a URL"
		}
		all = append(all, f)
	}
	return all
}

func noDaemonize(t *text) (all []Finding) {
	if before(t.Version, variables["SPARK_NO_DAEMONIZE"].since) {
		return nil
	}
	for _, a := range t.live("SPARK_NO_DAEMONIZE") {
		f := Finding{Line: a.line, Var: a.name, Message: "SPARK_NO_DAEMONIZE is set", Hint: "unset SPARK_NO_DAEMONIZE   instead of the line"}
		if a.known && slices.Contains([]string{"", "0", "false", "no"}, a.value) {
			f.Message += fmt.Sprintf(": to %q, but any value counts, also none", a.value)
		}
		all = append(all, f)
	}
	return all
}

var heapOption = lazily(`-Xmx(\w+)`)

// heapOptions: SparkClassCommandBuilder refuses whatever has Xmx in it.
func heapOptions(t *text) (all []Finding) {
	for _, a := range t.live() {
		if kindOf(a.name) != options || !strings.Contains(a.text(), "Xmx") {
			continue
		}
		f := Finding{Line: a.line, Var: a.name, Message: a.name + " has -Xmx in it", Hint: "SPARK_DAEMON_MEMORY=1g"}
		if m := heapOption().FindStringSubmatch(a.text()); m != nil {
			f.Hint = "SPARK_DAEMON_MEMORY=" + m[1] + "   and no -Xmx"
		}
		all = append(all, f)
	}
	return all
}

var property = lazily(`-D([A-Za-z0-9_.-]+)=("[^"]*"|'[^']*'|[^\s"']*)`)

// recovery looks at -Dspark.deploy.recoveryMode; what it needs may stand in either variable.
func recovery(t *text) (all []Finding) {
	found := map[string]string{}
	var at assign
	for _, a := range t.live("SPARK_DAEMON_JAVA_OPTS", "SPARK_MASTER_OPTS") {
		for _, m := range property().FindAllStringSubmatch(a.text(), -1) {
			found[m[1]] = strings.Trim(m[2], `"'`)
			if m[1] == "spark.deploy.recoveryMode" {
				at = a
			}
		}
	}
	mode, ok := found["spark.deploy.recoveryMode"]
	if !ok || strings.Contains(mode, "$") {
		return nil
	}
	say := func(needs, hint string) {
		all = append(all, Finding{Line: at.line, Var: at.name, Message: "recoveryMode " + mode + " " + needs, Hint: hint})
	}
	switch need, known := needs[mode]; {
	case !known && before(t.Version, "4.0") || !known && mode != "ROCKSDB":
		say("is none: Spark takes it for NONE, without a word", "-Dspark.deploy.recoveryMode="+nearMode(mode))
	case known && need != "" && found[need] == "":
		say("without "+need, fmt.Sprintf("%s=\"... -D%s=%s\"", at.name, need, needed[need]))
	}
	return all
}

// needs is the modes of Spark 1.2 to 4.x and the property that each needs. The directory in
// ZooKeeper has a default, /spark.
var needs = map[string]string{
	"NONE": "", "ZOOKEEPER": "spark.deploy.zookeeper.url", "FILESYSTEM": "spark.deploy.recoveryDirectory",
	"ROCKSDB": "spark.deploy.recoveryDirectory", "CUSTOM": "spark.deploy.recoveryMode.factory",
}

var needed = map[string]string{
	"spark.deploy.zookeeper.url": "zk1:2181,zk2:2181,zk3:2181", "spark.deploy.recoveryDirectory": "/var/lib/spark/recovery",
	"spark.deploy.recoveryMode.factory": "CLASS",
}

func nearMode(mode string) string {
	for _, known := range slices.Sorted(maps.Keys(needs)) {
		if strings.HasPrefix(known, strings.ToUpper(mode)[:min(1, len(mode))]) {
			return known
		}
	}
	return "ZOOKEEPER"
}
