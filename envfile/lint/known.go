package lint

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"sparkops/near"
)

// kind is what a value is taken for.
type kind int

const (
	words   kind = iota // anything
	host                // a host name or an address
	port                // a port of a service
	number              // a whole number, not below 0
	signed              // a whole number
	seconds             // as sleep takes it
	memory              // as Spark takes it: 4g, 512mb
	heap                // as java -Xmx takes it: 4g
	dir                 // one directory
	dirs                // several, with commas between them
	options             // of a daemon's java; -Xmx is not among them
)

// variable is what Spark makes of one.
type variable struct {
	kind  kind
	since string // the first release that reads it, "" for all of 1.0 to 4.x

	// strict: set to nothing is not like not set; the daemon ends.
	strict bool
}

// variables is every SPARK_ name that a release from 1.0 to 4.x reads from its environment:
// its scripts, templates and classes. Those that Spark sets by itself for its children, and
// those of its own tests, are in it too: they are nobody's slip.
var variables = map[string]variable{
	"SPARK_HOME": {kind: dir}, "SPARK_CONF_DIR": {kind: dir}, "SPARK_LOG_DIR": {kind: dir}, "SPARK_PID_DIR": {kind: dir},
	"SPARK_WORKER_DIR": {kind: dir}, "SPARK_LOCAL_DIRS": {kind: dirs}, "SPARK_EXECUTOR_DIRS": {kind: dirs}, "SPARK_JARS_DIR": {kind: dir},
	"SPARK_YARN_STAGING_DIR": {},

	"SPARK_MASTER_HOST": {kind: host}, "SPARK_MASTER_IP": {kind: host}, "SPARK_LOCAL_IP": {kind: host},
	"SPARK_LOCAL_HOSTNAME": {kind: host, since: "1.2"}, "SPARK_PUBLIC_DNS": {kind: host},

	"SPARK_MASTER_PORT": {kind: port}, "SPARK_MASTER_WEBUI_PORT": {kind: port},
	"SPARK_WORKER_PORT": {kind: port, strict: true}, "SPARK_WORKER_WEBUI_PORT": {kind: port},
	"SPARK_WORKER_CORES": {kind: number, strict: true}, "SPARK_WORKER_INSTANCES": {kind: number, strict: true},
	"SPARK_LOG_MAX_FILES": {kind: number, since: "3.1"}, "SPARK_NICENESS": {kind: signed},
	"SPARK_EXECUTOR_CORES": {kind: number}, "SPARK_EXECUTOR_INSTANCES": {kind: number},
	"SPARK_WORKER_SLEEP": {kind: seconds, since: "3.1"}, "SPARK_SLAVE_SLEEP": {kind: seconds},

	"SPARK_WORKER_MEMORY": {kind: memory, strict: true}, "SPARK_EXECUTOR_MEMORY": {kind: memory}, "SPARK_DRIVER_MEMORY": {kind: memory},
	"SPARK_MEM": {kind: memory}, "SPARK_DAEMON_MEMORY": {kind: heap}, "SPARK_BEELINE_MEMORY": {kind: heap},

	"SPARK_MASTER_OPTS": {kind: options}, "SPARK_WORKER_OPTS": {kind: options}, "SPARK_DAEMON_JAVA_OPTS": {kind: options},
	"SPARK_HISTORY_OPTS": {kind: options}, "SPARK_SHUFFLE_OPTS": {kind: options}, "SPARK_BEELINE_OPTS": {}, "SPARK_EXECUTOR_OPTS": {},
	"SPARK_SUBMIT_OPTS": {}, "SPARK_LAUNCHER_OPTS": {}, "SPARK_JAVA_OPTS": {}, "SPARK_REPL_OPTS": {}, "SPARK_SSH_OPTS": {},

	"SPARK_DAEMON_CLASSPATH": {since: "2.3"}, "SPARK_DIST_CLASSPATH": {}, "SPARK_CLASSPATH": {}, "SPARK_SUBMIT_CLASSPATH": {},
	"SPARK_EXECUTOR_CLASSPATH": {}, "SPARK_LIBRARY_PATH": {}, "SPARK_SUBMIT_LIBRARY_PATH": {}, "SPARK_EXECUTOR_URI": {},

	"SPARK_MASTER": {}, "SPARK_NO_DAEMONIZE": {since: "2.1"}, "SPARK_IDENT_STRING": {}, "SPARK_WORKERS": {since: "3.1"}, "SPARK_SLAVES": {},
	"SPARK_SSH_FOREGROUND": {since: "1.2"}, "SPARK_WORKER_RESOURCE_FILE": {}, "SPARK_USER": {}, "SPARK_SCALA_VERSION": {}, "SPARK_ENV_LOADED": {},
	"SPARK_PRINT_LAUNCH_COMMAND": {}, "SPARK_PREPEND_CLASSES": {}, "SPARK_PREFER_IPV6": {}, "SPARK_REMOTE": {}, "SPARK_LOCAL_REMOTE": {},
	"SPARK_API_MODE": {}, "SPARK_CONNECT_MODE": {}, "SPARK_CONNECT_MODE_ENABLED": {}, "SPARK_CONNECT_AUTHENTICATE_TOKEN": {}, "SPARK_CONNECT_USER_AGENT": {},
	"SPARK_LOG_SCHEMA": {}, "SPARK_SCALA_SHELL": {}, "SPARK_ANSI_SQL_MODE": {}, "SPARK_LAUNCH_WITH_SCALA": {}, "SPARK_CMD": {}, "SPARK_ENV_SH": {},
	"SPARK_SQL_TESTING": {}, "SPARK_TESTING": {}, "SPARK_ROOT": {}, "SPARK_UID": {}, "SPARK_LOGFILE": {}, "SPARK_TOOLS_JAR": {}, "SPARK_JAR": {},
	"SPARK_AUTH_SOCKET_TIMEOUT": {}, "SPARK_BUFFER_SIZE": {}, "SPARK_REUSE_WORKER": {}, "SPARK_SIMPLIFIED_TRACEBACK": {}, "SPARK_HIDE_TRACEBACK": {},
	"SPARK_SKIP_CONNECT_COMPAT_TESTS": {}, "SPARK_JOB_ARTIFACT_UUID": {}, "SPARK_CONNECT_LOCAL_URL": {}, "SPARK_SQL_LEGACY_CREATE_HIVE_TABLE": {},
	"SPARK_DRIVER_BIND_ADDRESS": {}, "SPARK_DRIVER_URL": {}, "SPARK_DRIVER_POD_IP": {}, "SPARK_EXECUTOR_ID": {}, "SPARK_EXECUTOR_POD_IP": {},
	"SPARK_EXECUTOR_POD_NAME": {}, "SPARK_APPLICATION_ID": {}, "SPARK_RESOURCE_PROFILE_ID": {}, "SPARK_CONF_DIR_INTERNAL": {},
	"SPARK_YARN_APP_NAME": {}, "SPARK_YARN_MODE": {}, "SPARK_YARN_QUEUE": {}, "SPARK_YARN_DIST_FILES": {}, "SPARK_YARN_DIST_ARCHIVES": {}, "SPARK_YARN_USER_ENV": {},
	"SPARK_MESOS_PRINCIPAL": {}, "SPARK_MESOS_SECRET": {}, "SPARK_MESOS_PRINCIPAL_FILE": {}, "SPARK_MESOS_SECRET_FILE": {}, "SPARK_TACHYON_DIR": {},
	// Not Spark's, but of the images and scripts around it, and of no harm.
	"SPARK_VERSION": {}, "SPARK_MODE": {}, "SPARK_MAJOR_VERSION": {}, "SPARK_INSTALL_DIR": {}, "SPARK_WORKLOAD": {}, "SPARK_TMP_DIR": {},
}

// others are variables that are not Spark's own, with kinds, and worth a hint when misspelt.
var others = map[string]variable{
	"JAVA_HOME": {kind: dir}, "HADOOP_HOME": {kind: dir}, "HADOOP_CONF_DIR": {kind: dir}, "YARN_CONF_DIR": {kind: dir},
	"PYSPARK_PYTHON": {}, "PYSPARK_DRIVER_PYTHON": {}, "LD_LIBRARY_PATH": {},
}

// meant is what a name that nobody reads may be a slip for: one that people set, of those
// that begin alike.
func meant(name string) []string {
	from, prefix := others, ""
	if strings.HasPrefix(name, "SPARK_") {
		from, prefix = variables, "SPARK_"
	}
	var known []string
	for _, k := range slices.Sorted(maps.Keys(from)) {
		if prefix == "" || from[k].kind != words || slices.Contains(common, k) {
			known = append(known, strings.TrimPrefix(k, prefix))
		}
	}
	like := near.Names(strings.TrimPrefix(name, prefix), known)
	for i := range like {
		like[i] = prefix + like[i]
	}
	return like
}

// common are the variables of no kind that people set.
var common = []string{
	"SPARK_DAEMON_CLASSPATH", "SPARK_DIST_CLASSPATH", "SPARK_CLASSPATH", "SPARK_IDENT_STRING", "SPARK_WORKERS", "SPARK_SLAVES", "SPARK_SSH_OPTS",
	"SPARK_SSH_FOREGROUND", "SPARK_SUBMIT_OPTS", "SPARK_LAUNCHER_OPTS", "SPARK_NO_DAEMONIZE", "SPARK_JAVA_OPTS", "SPARK_LIBRARY_PATH", "SPARK_EXECUTOR_OPTS",
}

// kindOf is what the value of a variable is taken for.
func kindOf(name string) kind {
	if v, ok := variables[name]; ok {
		return v.kind
	}
	return others[name].kind
}

// before reports whether version a is before b, by its first two numbers. An unknown version
// is before nothing, and nothing is before it.
func before(a, b string) bool {
	x, okA := numbers(a)
	y, okB := numbers(b)
	return okA && okB && (x[0] < y[0] || x[0] == y[0] && x[1] < y[1])
}

func numbers(version string) (n [2]int, ok bool) {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return n, false
	}
	for i := range n {
		var err error
		if n[i], err = strconv.Atoi(parts[i]); err != nil {
			return n, false
		}
	}
	return n, true
}
