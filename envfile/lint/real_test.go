package lint

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// realFiles are written by hand after what the studied files of real clusters look like
// (reference/config-files.md): nothing in them is wrong.
var realFiles = []string{
	`#!/usr/bin/env bash
# This file is sourced when running various Spark programs.
# - SPARK_MASTER_HOST, to bind the master to a different IP address or hostname
# - SPARK_WORKER_CORES = all
export JAVA_HOME=/usr/lib/jvm/java-8-openjdk-amd64
export SPARK_MASTER_HOST=192.168.1.10
export SPARK_WORKER_CORES=4
export SPARK_WORKER_MEMORY=8g   
export SPARK_WORKER_INSTANCES=1
`, `export HADOOP_HOME=/usr/local/hadoop
export HADOOP_CONF_DIR=$HADOOP_HOME/etc/hadoop
export SPARK_DIST_CLASSPATH=$(/usr/local/hadoop/bin/hadoop classpath)
export LD_LIBRARY_PATH=$HADOOP_HOME/lib/native:$LD_LIBRARY_PATH
export PATH=$PATH:$HADOOP_HOME/bin
`, `JAVA_HOME=/opt/jdk
SPARK_MASTER_IP=master
SPARK_LOCAL_DIRS=/mnt1/spark,/mnt2/spark
SPARK_WORKER_DIR=/mnt1/work # one
SPARK_DAEMON_JAVA_OPTS="-Dspark.deploy.recoveryMode=ZOOKEEPER -Dspark.deploy.zookeeper.url=zk1:2181,zk2:2181,zk3:2181 -Dspark.deploy.zookeeper.dir=/spark"
SPARK_PID_DIR=${SPARK_HOME}/pids
`, `# cores: all but one
if [ -z "${SPARK_HOME}" ]; then
  export SPARK_HOME="$(cd "$(dirname "${BASH_SOURCE[0]}")/.."; pwd)"
fi
export SPARK_WORKER_CORES=$(($(nproc) - 1))
export SPARK_WORKER_MEMORY=${SPARK_WORKER_MEMORY:-4g}
export SPARK_LOCAL_IP=$(hostname -I | cut -d' ' -f1)
export SPARK_PUBLIC_DNS=` + "`curl -s http://169.254.169.254/latest/meta-data/public-hostname`" + `
ulimit -n 65536
[[ -f /etc/spark/site.sh ]] && source /etc/spark/site.sh
echo "spark-env read"
`, `export SPARK_HISTORY_OPTS="
-Dspark.history.ui.port=18080
-Dspark.history.retainedApplications=30
-Dspark.history.fs.logDirectory=hdfs://namenode:8020/history"
export YARN_CONF_DIR=/opt/hadoop/etc/hadoop
export SPARK_CONF_DIR=/opt/spark/conf
export PYSPARK_PYTHON=/usr/bin/python3 PYSPARK_DRIVER_PYTHON=/usr/bin/python3
export SPARK_LOG_DIR=~/logs
`, `export \
  SPARK_MASTER_PORT=7077 \
  SPARK_MASTER_WEBUI_PORT=8080 \
  SPARK_WORKER_WEBUI_PORT=8081
SPARK_CLASSPATH=$SPARK_CLASSPATH:/opt/lib/mysql.jar
for jar in /opt/lib/*.jar; do SPARK_CLASSPATH=$SPARK_CLASSPATH:$jar; done
export SPARK_CLASSPATH SPARK_SSH_OPTS="-p 2222 -o StrictHostKeyChecking=no"
`, `case $HOSTNAME in
  m1) SPARK_LOCAL_IP=10.0.0.1;;
  w*) SPARK_LOCAL_IP=10.0.0.2;;
esac
STANDALONE_SPARK_MASTER_HOST=` + "`hostname`" + `
export SPARK_MASTER_HOST=$STANDALONE_SPARK_MASTER_HOST
export SPARK_LIBRARY_PATH=${SPARK_HOME}/lib
export SPARK_HISTORY_SERVER_LOG_DIR='/user/spark/applicationHistory'
: $SPARK_HISTORY_SERVER_LOG_DIR
`,
}

func TestRealFilesHaveNoFindings(t *testing.T) {
	t.Parallel()
	for _, text := range realFiles {
		for _, version := range []string{"", "3.5.1"} {
			in := Input{Text: []byte(text), Version: version, Hosts: 12, Facts: Facts{Cores: 16, Memory: 64 << 30}}
			for _, f := range Check(in) {
				if f.ID != "env.master-ip" { // it stands in one of them, and 3.5 does not read it
					t.Errorf("%s\n%s", f, text)
				}
			}
		}
		if masked := MaskFile("spark-env.sh", []byte(text)); string(masked) != text {
			t.Errorf("%s\nis masked as\n%s", text, masked)
		}
	}
}

// installed is the files of a name below the directory of each Spark that is on this machine:
// SPARK_HOME, and what the end-to-end tests have unpacked.
func installed(t *testing.T, pattern string) (all []string) {
	t.Helper()
	homes := []string{os.Getenv("SPARK_HOME")}
	cache, err := os.UserCacheDir()
	if err == nil {
		unpacked, _ := filepath.Glob(filepath.Join(cache, "sparkops", "spark-*", "pyspark"))
		homes = append(homes, unpacked...)
	}
	for _, home := range homes {
		if home != "" {
			found, _ := filepath.Glob(filepath.Join(home, pattern))
			all = append(all, found...)
		}
	}
	return all
}

func TestTemplatesHaveNoFindings(t *testing.T) {
	t.Parallel()
	all := installed(t, "conf/spark-env.sh*")
	if len(all) == 0 {
		t.Skip("NOT TESTED: no Spark on this machine has a conf/spark-env.sh.template (pip's pyspark has none)")
	}
	for _, name := range all {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range Check(Input{Name: name, Text: text, Version: "4.0.1", Hosts: 3}) {
			t.Errorf("%s:%s", name, f)
		}
	}
}

// Every variable that a real Spark's scripts read is known.
func TestNamesOfRealScriptsAreKnown(t *testing.T) {
	t.Parallel()
	var all []string
	for _, pattern := range []string{"bin/*", "sbin/*"} {
		all = append(all, installed(t, pattern)...)
	}
	if len(all) == 0 {
		t.Skip("NOT TESTED: no Spark on this machine")
	}
	name := regexp.MustCompile(`\$\{?(SPARK_[A-Z0-9_]+)`)
	found := 0
	for _, file := range all {
		text, err := os.ReadFile(file)
		if err != nil || strings.HasSuffix(file, ".cmd") {
			continue
		}
		for _, m := range name.FindAllStringSubmatch(string(text), -1) {
			found++
			if _, ok := variables[m[1]]; !ok {
				t.Errorf("%s reads %s", file, m[1])
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d names in %d files", found, len(all))
	}
}
