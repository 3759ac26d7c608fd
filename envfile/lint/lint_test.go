package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sparkops/envfile"
)

// planted is a file with a fault, and what is to be found: "id line level", and a word of the
// message or the hint.
type planted struct {
	text string
	in   Input // beside Text
	want []string
	says string // of the first finding: a part of message, effect or hint
}

var (
	v1    = Input{Version: "1.6.3"}
	v2    = Input{Version: "2.4.8"}
	v3    = Input{Version: "3.5.1"}
	many  = Input{Hosts: 3}
	small = Input{Facts: Facts{Cores: 4, Memory: 8 << 30}}
)

var faults = []planted{
	{"A=1\nif then\n", Input{Faults: []envfile.Fault{{Line: 2, Text: "syntax error near unexpected token `then'"}}}, []string{"env.syntax 2 error"}, "unexpected token `then'"},
	{"SPARK_WORKER_CORES=x\nif then\n", Input{Faults: []envfile.Fault{{Line: 2, Text: "x"}}}, []string{"env.number 1 error", "env.syntax 2 error"}, ""},
	{"A=1\r\nB=2\r\n\r\n", Input{}, []string{"env.crlf 1 error"}, "and on 2 more lines"},
	{"# x\r\nSPARK_WORKER_CORES=4\r\n", Input{Vars: map[string]string{"SPARK_WORKER_CORES": "4\r"}}, []string{"env.crlf 2 error"}, `sed -i 's/\r$//' spark-env.sh`},

	{"\ufeffSPARK_MASTER_HOST=h1\n", Input{}, []string{"env.bom 1 error"}, `sed -i '1s/^\xef\xbb\xbf//' spark-env.sh`},
	{"\ufeffexport SPARK_MASTER_HOST=h1\n", Input{}, []string{"env.bom 1 error"}, "not assigned"},
	{"\ufeff#!/usr/bin/env bash\nA=1\n", Input{}, []string{"env.bom 1 warning"}, "command not found"},
	{"\ufeff\nA=1\n", Input{}, []string{"env.bom 1 warning"}, "command not found"},

	{"SPARK_MASTER_HOST = h1\n", Input{}, []string{"env.assignment 1 error"}, "SPARK_MASTER_HOST=h1"},
	{"\n  SPARK_MASTER_HOST =h1\n", Input{}, []string{"env.assignment 2 error"}, "SPARK_MASTER_HOST=h1"},
	{"SPARK_MASTER_HOST= h1\n", Input{}, []string{"env.assignment 1 error"}, "behind the ="},
	{"export SPARK_MASTER_HOST = h1\n", Input{}, []string{"env.assignment 1 error"}, "export SPARK_MASTER_HOST=h1"},
	{"export SPARK_MASTER_HOST =h1\n", Input{}, []string{"env.assignment 1 error"}, "export SPARK_MASTER_HOST=h1"},
	{"export SPARK_MASTER_HOST= h1\n", Input{}, []string{"env.assignment 1 error"}, "export SPARK_MASTER_HOST=h1"},
	{"SPARK_MASTER_HOST: h1\n", Input{}, []string{"env.assignment 1 error"}, "colon"},
	{"setenv SPARK_MASTER_HOST h1\n", Input{}, []string{"env.assignment 1 error"}, "SPARK_MASTER_HOST=h1"},
	{"set SPARK_MASTER_HOST=h1\n", Input{}, []string{"env.assignment 1 error"}, "SPARK_MASTER_HOST=h1"},
	{"$SPARK_MASTER_HOST=h1\n", Input{}, []string{"env.assignment 1 error", "env.unset 1 warning"}, "SPARK_MASTER_HOST=h1"},
	{"SPARK_DAEMON_JAVA_OPTS=-Da=1 -Db=2\n", Input{}, []string{"env.assignment 1 error"}, `SPARK_DAEMON_JAVA_OPTS="-Da=1 -Db=2"`},
	{"export SPARK_DAEMON_JAVA_OPTS=-Da=1 -Db=2\n", Input{}, []string{"env.assignment 1 error"}, `export SPARK_DAEMON_JAVA_OPTS="-Da=1 -Db=2"`},
	{"SPARK_WORKER_MEMORY=4 GB\n", Input{}, []string{"env.assignment 1 error"}, `ends at the blank`},
	{"if true; then\n  SPARK_WORKER_CORES = 4\nfi\n", Input{}, []string{"env.assignment 2 error"}, ""},
	{"if then\nSPARK_WORKER_CORES = 4\n", Input{}, []string{"env.assignment 2 error"}, ""},

	{"HADOOP_CONF_DIR=$HADOOP_HOME/etc/hadoop\n", Input{}, []string{"env.unset 1 warning"}, "$HADOOP_HOME is used, and nothing sets it"},
	{"SPARK_LOG_DIR=$BASE/log\nBASE=/x\n", Input{}, []string{"env.unset 1 warning"}, "move line 2 above line 1"},
	{"SPARK_DIST_CLASSPATH=$(${HADOOP_HOME}/bin/hadoop classpath)\n", Input{}, []string{"env.unset 1 warning"}, "HADOOP_HOME"},

	{"SPARK_WORKER_CORE=4\n", Input{}, []string{"env.unknown 1 warning"}, "sed -i '1s/SPARK_WORKER_CORE/SPARK_WORKER_CORES/' spark-env.sh"},
	{"SPARK_MASTER_HSOT=h1\n", Input{}, []string{"env.unknown 1 warning"}, "SPARK_MASTER_HOST is near"},
	{"export SPARK_MASTER_URL=spark://h1:7077\n", Input{}, []string{"env.unknown 1 warning"}, "no release of Spark reads SPARK_MASTER_URL"},
	{"JAVA_HOEM=/usr\n", Input{}, []string{"env.unknown 1 warning"}, "JAVA_HOME is near"},
	{"SPARK_WORKERS=/x\n", v2, []string{"env.version 1 warning"}, "from Spark 3.1 on, and this is 2.4.8"},
	{"A=1\nexport SPARK_MASTER_IP=h1\n", v2, []string{"env.master-ip 2 warning"}, "sed -i '2s/SPARK_MASTER_IP/SPARK_MASTER_HOST/'"},
	{"SPARK_MASTER_HOST=h1\n", v1, []string{"env.master-host 1 warning"}, "SPARK_MASTER_IP"},

	{"SPARK_MASTER_HOST=spark://h1:7078\n", Input{}, []string{"env.host 1 error"}, "SPARK_MASTER_HOST=h1   and   SPARK_MASTER_PORT=7078"},
	{"SPARK_MASTER_HOST=spark://h1:7077/\n", Input{}, []string{"env.host 1 error"}, "is a URL"},
	{"SPARK_MASTER_HOST=h1:7077\n", Input{}, []string{"env.host 1 error"}, "has a port"},
	{"SPARK_LOCAL_IP=10.0.0.1:80\n", Input{}, []string{"env.host 1 error"}, "SPARK_LOCAL_IP=10.0.0.1"},
	{"SPARK_PUBLIC_DNS=http://h1\n", Input{}, []string{"env.host 1 warning"}, "SPARK_PUBLIC_DNS=h1"},
	{"SPARK_MASTER_HOST=h1:7077,h2\n", Input{}, []string{"env.host 1 error"}, "conf/masters"},
	{"SPARK_MASTER_HOST='h1 '\n", Input{}, []string{"env.host 1 error"}, "no host name and no address"},
	{"SPARK_MASTER_IP=fe80::1\n", v1, []string{"env.host 1 error"}, ""},
	{"H=spark://h1\nSPARK_MASTER_HOST=$H\n", Input{Vars: map[string]string{"SPARK_MASTER_HOST": "spark://h1", "H": "spark://h1"}}, []string{"env.host 2 error"}, ""},
	{". site.sh\n", Input{Vars: map[string]string{"SPARK_MASTER_HOST": "h1:1"}}, []string{"env.host 0 error"}, ""},
	{"SPARK_MASTER_HOST=a_b\n", Input{}, []string{"env.underscore 1 error"}, "SPARK_MASTER_HOST=a-b"},
	{"SPARK_LOCAL_HOSTNAME=a_b\n", Input{}, []string{"env.underscore 1 warning"}, ""},

	{"SPARK_MASTER_HOST=localhost\n", many, []string{"env.master-local 1 warning"}, "means each of them"},
	{"SPARK_MASTER_IP=SPARK_MANAGER_IP\n", Input{}, []string{"env.bare-name 1 error"}, "SPARK_MASTER_IP=$SPARK_MANAGER_IP"},
	{"NODE=h1\nSPARK_MASTER_HOST=NODE\n", Input{}, []string{"env.bare-name 2 warning"}, "SPARK_MASTER_HOST=$NODE"},
	{"SPARK_MASTER_HOST=gw\n", Input{Names: []string{"gw"}}, []string{"env.bare-name 1 warning"}, "alias of your shell"},
	{"alias mgr='ssh m1' ll=ls\nSPARK_MASTER_HOST=mgr\nSPARK_LOCAL_IP=ll\n", Input{}, []string{"env.bare-name 2 warning", "env.bare-name 3 warning"}, "an alias of this file"},
	{"SPARK_WORKER_CORES=NUM_CORES\nSPARK_LOG_DIR=LOG_DIR\n", Input{}, []string{"env.bare-name 1 error", "env.bare-name 2 error"}, ""},

	{"SPARK_LOCAL_IP=10.0.0.1\n", many, []string{"env.per-host 1 error"}, "goes to 3 hosts"},
	{"export SPARK_LOCAL_HOSTNAME=w1\nSPARK_PUBLIC_DNS=w1.example.org\n", many, []string{"env.per-host 1 error", "env.per-host 2 warning"}, "conf/spark-env.HOST.sh"},
	{"SPARK_LOCAL_IP=127.0.0.1\n", many, []string{"env.per-host 1 warning"}, ""},
	{"SPARK_LOCAL_IP=master\n", many, []string{"env.per-host 1 warning"}, ""},

	{"SPARK_MASTER=spark://h1:7077\n", Input{}, []string{"env.spark-master 1 warning"}, "SPARK_MASTER_HOST=h1"},
	{"SPARK_MASTER=h1:/opt/spark\n", Input{}, []string{"env.spark-master 1 warning"}, "rsync -a --delete"},
	{"SPARK_NO_DAEMONIZE=true\n", v3, []string{"env.no-daemonize 1 warning"}, "unset SPARK_NO_DAEMONIZE"},
	{"SPARK_NO_DAEMONIZE=\n", Input{}, []string{"env.no-daemonize 1 warning"}, "any value counts"},

	{"SPARK_MASTER_PORT=tcp://10.0.0.1:7077\n", Input{}, []string{"env.number 1 error"}, "Kubernetes"},
	{"SPARK_WORKER_CORES=four\nSPARK_WORKER_INSTANCES=1.5\n", Input{}, []string{"env.number 1 error", "env.number 2 error"}, "SPARK_WORKER_CORES=4"},
	{"SPARK_WORKER_CORES=\n", Input{}, []string{"env.number 1 error"}, "unset SPARK_WORKER_CORES"},
	{"SPARK_WORKER_CORES=-1\n", Input{}, []string{"env.number 1 error"}, ""},
	{"SPARK_WORKER_WEBUI_PORT=x\n", Input{}, []string{"env.number 1 error"}, "SPARK_WORKER_WEBUI_PORT=8081"},
	{"SPARK_NICENESS=low\nSPARK_LOG_MAX_FILES=0\nSPARK_WORKER_SLEEP=x\n", Input{}, []string{"env.number 1 error", "env.number 2 error", "env.number 3 warning"}, "nice refuses"},
	{"SPARK_MASTER_WEBUI_PORT=80\nSPARK_MASTER_PORT=70770\n", Input{}, []string{"env.port 1 error", "env.port 2 error"}, "1024 to 65535"},

	{"SPARK_WORKER_MEMORY=4096\n", Input{}, []string{"env.memory 1 error"}, "SPARK_WORKER_MEMORY=4096m"},
	{"SPARK_WORKER_MEMORY=16\n", Input{}, []string{"env.memory 1 error"}, "SPARK_WORKER_MEMORY=16g"},
	{"SPARK_WORKER_MEMORY='4 GB'\n", Input{}, []string{"env.memory 1 error"}, "no amount of memory"},
	{"SPARK_WORKER_MEMORY=1.5g\nSPARK_DAEMON_MEMORY=4gb\n", Input{}, []string{"env.memory 1 error", "env.memory 2 error"}, ""},
	{"SPARK_DAEMON_MEMORY=1024\n", Input{}, []string{"env.memory 1 error"}, "-Xmx"},
	{"SPARK_WORKER_MEMORY=\n", Input{}, []string{"env.memory 1 error"}, "unset SPARK_WORKER_MEMORY"},
	{"SPARK_WORKER_MEMORY=9g\n", small, []string{"env.memory-host 1 warning"}, "the host has 8192m"},
	{"SPARK_WORKER_INSTANCES=2\nSPARK_WORKER_CORES=3\nSPARK_WORKER_MEMORY=6g\n", small, []string{"env.cores-host 2 warning", "env.memory-host 3 warning"}, "for each of 2 workers"},
	{"SPARK_WORKER_CORES=$(nproc)\n", Input{Facts: Facts{Cores: 4}, Vars: map[string]string{"SPARK_WORKER_CORES": "8"}, OfHost: true}, []string{"env.cores-host 1 warning"}, ""},
	{"SPARK_WORKER_CORES=8\n", small, []string{"env.cores-host 1 warning"}, "SPARK_WORKER_CORES=4"},
	{"SPARK_WORKER_INSTANCES=2\n", Input{}, []string{"env.instances 1 warning", "env.instances 1 warning"}, "without SPARK_WORKER_CORES"},
	{"SPARK_WORKER_INSTANCES=2\nSPARK_WORKER_MEMORY=1g\n", Input{}, []string{"env.instances 1 warning"}, "SPARK_WORKER_CORES"},

	{"SPARK_MASTER_OPTS=\"-Xmx2g -Da=b\"\n", Input{}, []string{"env.heap 1 error"}, "SPARK_DAEMON_MEMORY=2g"},
	{"SPARK_DAEMON_JAVA_OPTS=\"$SPARK_DAEMON_JAVA_OPTS \\\n -Xmx2g\"\n", Input{}, []string{"env.heap 1 error"}, ""},

	{"SPARK_LOG_DIR=logs\n", Input{}, []string{"env.relative-dir 1 warning"}, "SPARK_LOG_DIR=$SPARK_HOME/logs"},
	{"SPARK_LOG_DIR='~/logs'\n", Input{}, []string{"env.relative-dir 1 warning"}, "SPARK_LOG_DIR=$HOME/logs"},
	{"HADOOP_CONF_DIR=\\$HADOOP_HOME/etc\n", Input{}, []string{"env.relative-dir 1 warning"}, "behind a backslash"},
	{"SPARK_LOCAL_DIRS=/a,b\n", Input{}, []string{"env.relative-dir 1 warning"}, `"b"`},
	{"SPARK_LOCAL_DIRS=/a,,/b\n", Input{}, []string{"env.relative-dir 1 warning"}, "SPARK_LOCAL_DIRS=/a,/b"},
	{"SPARK_WORKER_DIR=/a/work,/b/work\n", Input{}, []string{"env.comma-dir 1 warning"}, "SPARK_WORKER_DIR=/a/work"},
	{"SPARK_PID_DIR=\"/tmp/$USER\"\n", Input{Vars: map[string]string{"SPARK_PID_DIR": "/tmp/u"}}, []string{"env.pid-dir 1 warning"}, "SPARK_PID_DIR=$SPARK_HOME/pids"},
	{"SPARK_PID_DIR=/tmp/pids/\n", Input{}, []string{"env.pid-dir 1 warning"}, "SPARK_PID_DIR=$SPARK_HOME/pids"},
	{"JAVA_HOME=/usr/lib/jvm/x\n", Input{Facts: Facts{Paths: map[string]bool{"/usr/lib/jvm/x/bin/java": false}}}, []string{"env.java-home 1 error"}, "there is no /usr/lib/jvm/x/bin/java"},
	{"JAVA_HOME=/usr/bin\n", Input{Facts: Facts{Paths: map[string]bool{"/usr/bin/bin/java": false}}}, []string{"env.java-home 1 error"}, "JAVA_HOME=/usr"},

	{"SPARK_DAEMON_JAVA_OPTS=\"-Dspark.deploy.recoveryMode=ZOOKEEPER\"\n", Input{}, []string{"env.recovery 1 warning"}, "without spark.deploy.zookeeper.url"},
	{"SPARK_MASTER_OPTS=-Dspark.deploy.recoveryMode=FILESYSTEM\n", Input{}, []string{"env.recovery 1 warning"}, "-Dspark.deploy.recoveryDirectory=/var/lib/spark/recovery"},
	{"SPARK_MASTER_OPTS=-Dspark.deploy.recoveryMode=ZOOKEPER\n", v3, []string{"env.recovery 1 warning"}, "recoveryMode=ZOOKEEPER"},

	{"P=abc\nexport DB_PASSWORD=$P\n", Input{}, []string{"env.secret 1 warning"}, "chmod 600"},
	{"A=1\nexport PEM=\"-----BEGIN RSA PRIVATE KEY-----\nab\n-----END RSA PRIVATE KEY-----\"\n", Input{}, []string{"env.secret 2 warning"}, "chmod 600"},
	{"export AWS_SECRET_ACCESS_KEY=wJalrXUt\nDB_PASSWORD='p w d'\n", Input{}, []string{"env.secret 1 warning", "env.secret 2 warning"}, "AWS_SECRET_ACCESS_KEY is a secret"},
	{"SPARK_DAEMON_JAVA_OPTS=\"-Dspark.authenticate.secret=hunter22 -Dspark.ssl.keyPassword=$X\"\nX=1\n", Input{Env: map[string]bool{"X": true}}, []string{"env.secret 1 warning", "env.secret 2 warning"}, "spark.authenticate.secret in SPARK_DAEMON_JAVA_OPTS"},
	{"HTTP_PROXY_URL=http://me:hunter22@proxy:3128\n", Input{}, []string{"env.secret 1 warning"}, "password in the URL"},
}

func TestPlantedFaults(t *testing.T) {
	t.Parallel()
	fired := map[string]bool{}
	for _, tt := range faults {
		in := tt.in
		in.Text = []byte(tt.text)
		var got []string
		all := Check(in)
		for _, f := range all {
			fired[f.ID] = true
			got = append(got, fmt.Sprintf("%s %d %s", f.ID, f.Line, f.Level))
			if f.Message == "" || f.Effect == "" || f.Hint == "" {
				t.Errorf("%q: %+v lacks a part", tt.text, f)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q:\ngot  %q\nwant %q\n%v", tt.text, got, tt.want, all)
		} else if first := all[0]; !strings.Contains(first.Message+"\n"+first.Effect+"\n"+first.Hint, tt.says) {
			t.Errorf("%q: no %q in %+v", tt.text, tt.says, first)
		}
		stops := slices.ContainsFunc(tt.want, func(s string) bool { return strings.HasSuffix(s, "error") })
		if Stops(all) != stops {
			t.Errorf("%q: stops: %v", tt.text, !stops)
		}
	}
	ids := map[string]bool{}
	for _, r := range Rules() {
		if !fired[r.ID] || r.Title == "" || r.Effect == "" || r.Level == "" || ids[r.ID] {
			t.Errorf("%s: without a planted fault, or not whole, or there twice", r.ID)
		}
		ids[r.ID] = true
	}
}

// clean are files without a fault: the near side of each check.
var clean = []planted{
	{text: ""},
	{text: "#!/usr/bin/env bash\n# SPARK_MASTER_HOST = h1\r\n# A=1\n"},
	{text: "IFS= read -r x\nLC_ALL= sort /dev/null\nJAVA_HOME=/x java -version\nset -a\nset -- a b\necho = 1\n"},
	{text: "SPARK_HOME=/opt/spark ./bin/x\nexport SPARK_A_B SPARK_LOG_DIR\nexport A= B=1\nexport SPARK_IDENT_STRING= B\n", in: Input{Env: map[string]bool{"B": true}}, want: []string{"env.assignment"}},
	{text: "A=\"x = y\"\necho SPARK_X = 1\n# ok\nSPARK_DAEMON_JAVA_OPTS=\"-Da=1 -Db=2\"\nSPARK_SSH_OPTS='-p 22 -o A=b'\n"},
	{text: "LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/x\nA=${B:-1}\n[ -z \"$C\" ] || D=$C\nif [[ -n $E ]]; then F=$E; fi\nG=$HOME$USER$PATH$SPARK_HOME$HOSTNAME$?$1$$\n"},
	{text: "SPARK_SUBMIT_CLASSPATH=\"$SPARK_CLASSPATH:$SPARK_SUBMIT_CLASSPATH:/x\"\n"},
	{text: ". /etc/profile\nA=$FROM_PROFILE\n"},
	{text: "f() { X=$Y$1; }\nfor i in 1 2; do A=$i; done\nexport B\nC=$B\nD='$NOT'\ncase $E in x) F=$E;; esac\n"},
	{text: "A=$GIVEN\n", in: Input{Env: map[string]bool{"GIVEN": true}}},
	{text: "SPARK_BASE=/opt\nSPARK_LOG_DIR=$SPARK_BASE/logs\nHBASE_HOME=/x\nSCALA_HOME=/y\nHIVE_HOME=/z\nFOO=1\n"},
	{text: "SPARK_MASTER_IP=h1\nSPARK_MASTER_HOST=h1\n", in: v3},
	{text: "SPARK_MASTER_IP=h1\nSPARK_MASTER_HOST=h1\n", in: v1},
	{text: "SPARK_MASTER_IP=h1\n", in: v1},
	{text: "SPARK_MASTER_IP=h1\n"}, // the version is not known
	{text: "SPARK_WORKERS=/x\nSPARK_LOG_MAX_FILES=3\n", in: v3},
	{text: "SPARK_MASTER_HOST=h1.example.org\nSPARK_LOCAL_IP=::1\nSPARK_PUBLIC_DNS=10.0.0.1\nSPARK_LOCAL_HOSTNAME=W-1\n", in: v3},
	{text: "SPARK_MASTER_HOST=[fe80::1]\n", in: v3},
	{text: "SPARK_MASTER_HOST=$(hostname -f)\nSPARK_LOCAL_IP=`hostname -i`\n", in: many},
	{text: "SPARK_MASTER_HOST=MASTER\nSPARK_IDENT_STRING=MY_SPARK\nSPARK_USER=A_B\n"},
	{text: "SPARK_MASTER_HOST=gw\n", in: Input{Names: []string{"ll", "GW"}}},
	{text: "# alias h1=x\nalias ll='a h1=b' SPARK=2\necho alias h1=x\nSPARK_MASTER_HOST=h1\n"},
	{text: "SPARK_LOCAL_IP=10.0.0.1\nSPARK_MASTER_HOST=localhost\n", in: Input{Hosts: 1}},
	{text: "SPARK_LOCAL_IP=10.0.0.1\n"},
	{text: "SPARK_LOCAL_IP=0.0.0.0\nSPARK_LOCAL_HOSTNAME=$HOSTNAME\nif [ $HOSTNAME = w1 ]; then SPARK_PUBLIC_DNS=w1; fi\n", in: many},
	{text: "SPARK_LOCAL_IP=10.0.0.1\nSPARK_LOCAL_IP=$(hostname -i)\n", in: many},
	{text: "SPARK_MASTER=\nunset SPARK_MASTER\n"},
	{text: "SPARK_NO_DAEMONIZE=1\n", in: v1, want: []string{"env.version"}},
	{text: "SPARK_MASTER_PORT=7077\nSPARK_WORKER_PORT=0\nSPARK_NICENESS=-5\nSPARK_WORKER_SLEEP=0.5\nSPARK_MASTER_WEBUI_PORT=\nSPARK_WORKER_CORES=$(nproc)\n"},
	{text: "SPARK_WORKER_CORES=x\nSPARK_WORKER_CORES=4\n"}, // overwritten
	{text: "SPARK_WORKER_MEMORY=4g\nSPARK_DAEMON_MEMORY=512m\nSPARK_EXECUTOR_MEMORY=2GB\nSPARK_DRIVER_MEMORY=4294967296\n"},
	{text: "SPARK_WORKER_CORES=4\nSPARK_WORKER_MEMORY=8g\n", in: small},
	{text: "SPARK_WORKER_CORES=400\nSPARK_WORKER_MEMORY=800g\n"},
	{text: "SPARK_WORKER_INSTANCES=2\nSPARK_WORKER_CORES=2\nSPARK_WORKER_MEMORY=3g\n", in: small},
	{text: "SPARK_WORKER_INSTANCES=1\n"},
	{text: "SPARK_WORKER_CORES=$(nproc)\nJAVA_HOME=$(echo /j)\n", in: Input{ // as of the launcher, which is another machine
		Facts: Facts{Cores: 4, Paths: map[string]bool{"/j/bin/java": false}}, Vars: map[string]string{"SPARK_WORKER_CORES": "8", "JAVA_HOME": "/j"}}},
	{text: "SPARK_DAEMON_JAVA_OPTS='-XX:MaxMetaspaceSize=1g -Xms1g'\nSPARK_SUBMIT_OPTS=-Xmx1g\nSPARK_LAUNCHER_OPTS=-Xmx1g\n"},
	{text: "SPARK_LOG_DIR=~/logs\nSPARK_LOCAL_DIRS=/a,/b\nSPARK_PID_DIR=/var/run/spark\nSPARK_WORKER_DIR=${SPARK_HOME}/work\nSPARK_CONF_DIR=\n"},
	{text: "SPARK_LOG_DIR=~/logs\n", in: Input{Vars: map[string]string{"SPARK_LOG_DIR": "/home/u/logs"}}},
	{text: "SPARK_MASTER_HOST=127.71.1.1\n", in: many},
	{text: "SPARK_PID_DIR=$SPARK_HOME/pids\n", in: Input{Vars: map[string]string{"SPARK_PID_DIR": "/tmp/spark/pids"}}},
	{text: "SPARK_PID_DIR=/tmpfs/x\nSPARK_LOCAL_DIRS=/tmp\n"},
	{text: "JAVA_HOME=/usr\n", in: Input{Facts: Facts{Paths: map[string]bool{"/usr/bin/java": true}}}},
	{text: "JAVA_HOME=/nowhere\n"},
	{text: "SPARK_DAEMON_JAVA_OPTS=\"-Dspark.deploy.recoveryMode=ZOOKEEPER -Dspark.deploy.zookeeper.url=zk1:2181\"\n"},
	{text: "SPARK_DAEMON_JAVA_OPTS=\"-Dspark.deploy.zookeeper.url=$ZK\"\nSPARK_MASTER_OPTS='-Dspark.deploy.recoveryMode=ZOOKEEPER'\n", in: Input{Env: map[string]bool{"ZK": true}}},
	{text: "SPARK_DAEMON_JAVA_OPTS=-Dspark.deploy.recoveryMode=$MODE\nSPARK_MASTER_OPTS=-Dspark.deploy.recoveryMode=NONE\n", in: Input{Env: map[string]bool{"MODE": true}}},
	{text: "SPARK_MASTER_OPTS='-Dspark.deploy.recoveryMode=ROCKSDB -Dspark.deploy.recoveryDirectory=/x'\n", in: Input{Version: "4.0.1"}},
	{text: "AWS_SECRET_ACCESS_KEY=$(cat /run/key)\nDB_PASSWORD=\nKEY_PASSWORD_FILE=/x\nA_TOKEN=$TOKEN\n", in: Input{Env: map[string]bool{"TOKEN": true}}},
	{text: "SPARK_DAEMON_JAVA_OPTS='-Dspark.authenticate=true -Dspark.authenticate.secret.file=/x -Dspark.security.credentials.hive.enabled=false'\n"},
	{text: "MASTER_URL=http://h1:8080\nGOOGLE_APPLICATION_CREDENTIALS=/x.json\nTOKENIZERS_PARALLELISM=1\n"},
}

func TestNoFalseAlarm(t *testing.T) {
	t.Parallel()
	for _, tt := range clean {
		in := tt.in
		in.Text = []byte(tt.text)
		var got []string
		all := Check(in)
		for _, f := range all {
			got = append(got, f.ID)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q: %v", tt.text, all)
		}
	}
}

// Findings stand at lines that are there, in order; nothing that a file holds is too much.
func FuzzCheck(f *testing.F) {
	for _, tt := range append(slices.Clone(faults), clean...) {
		f.Add(tt.text)
	}
	for _, text := range realFiles {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, f := range Check(Input{Text: []byte(text), Hosts: 2, Version: "3.5.1"}) {
			if f.Line < last || f.Line < 1 || f.Line > 1+strings.Count(text, "\n") {
				t.Errorf("%s, behind line %d", f, last)
			}
			last = f.Line
		}
	})
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"JAVA_HOME=/a\nJAVA_HOME=/usr/lib/jvm/x/\n":           {"/usr/lib/jvm/x/bin/java"},
		"if [ -d /a ]; then JAVA_HOME=/a; fi\nJAVA_HOME=$X\n": nil,
		"JAVA_HOME=/a\n[ -d /b ] && JAVA_HOME=/b\n":           {"/a/bin/java", "/b/bin/java"},
		"A=1": nil,
	} {
		if got := Paths(Input{Text: []byte(text)}); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := Paths(Input{Text: []byte("JAVA_HOME=$X"), Vars: map[string]string{"JAVA_HOME": "/j"}, OfHost: true}); !slices.Equal(got, []string{"/j/bin/java"}) {
		t.Errorf("of bash's values: %q", got)
	}
}

func TestHostList(t *testing.T) {
	t.Parallel()
	all := HostList("conf/workers", []byte("w1\nw2\r\n# x\r\n"))
	if len(all) != 1 || all[0].Line != 2 || all[0].Level != Warning || all[0].Hint != `sed -i 's/\r$//' conf/workers` || !strings.Contains(all[0].Message, "1 more line") {
		t.Errorf("got %+v", all)
	}
	if all := HostList("conf/workers", []byte("w1\nw2")); all != nil {
		t.Errorf("got %v", all)
	}
}
