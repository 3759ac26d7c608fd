package spark

import (
	"strings"

	"sparkops/shell"
)

// maxSeen is how many lines of a log stand as evidence.
const maxSeen = 10

// Texts of a daemon that could not listen: not at that address, at no port of it, and not at a
// port that is taken.
const (
	noAddress = "Cannot assign requested address"
	noPort    = "could not bind on a random free port"
	inUse     = "Address already in use"
)

// known is a text of a daemon's log whose cause is known.
type known struct {
	text  string // found in the log
	class shell.Class
	why   string
	do    string
}

// knownTexts are the complaints of Spark's users and their causes; the first that is found
// counts, so the particular stand before the general.
var knownTexts = []known{
	{"UnsupportedClassVersionError", shell.ClassJava, "this Java is too old for this Spark", "set JAVA_HOME in conf/spark-env.sh to a Java that fits: 8, 11 or 17 for Spark 3.3 to 3.5, 17 or 21 for 4.x"},
	{"JAVA_HOME is not set", shell.ClassJava, "no java was found: ssh reads no profile", "set JAVA_HOME in conf/spark-env.sh of that host"},
	{"/bin/java: No such file", shell.ClassJava, "JAVA_HOME names a directory without bin/java", "set JAVA_HOME in conf/spark-env.sh of that host"},
	{"Initial heap size set to a larger value", shell.ClassConfig, "the Java memory options contradict each other", "look at SPARK_DAEMON_MEMORY and SPARK_DAEMON_JAVA_OPTS in conf/spark-env.sh"},
	{"Could not reserve enough space", shell.ClassConfig, "SPARK_DAEMON_MEMORY is more than the host has", "lower SPARK_DAEMON_MEMORY in conf/spark-env.sh"},
	{"is not allowed to specify max heap", shell.ClassConfig, "-Xmx stands in one of the *_OPTS variables", "use SPARK_DAEMON_MEMORY instead of -Xmx in conf/spark-env.sh"},
	{"Failed to find Spark jars directory", shell.ClassSparkHome, "SPARK_HOME holds no jars", "install a binary distribution of Spark there"},
	{`For input string: "tcp://`, shell.ClassConfig, "a variable of Kubernetes or Docker links is taken for a port (SPARK_MASTER_PORT=tcp://...)", "unset SPARK_MASTER_PORT and its like in conf/spark-env.sh"},
	{"NumberFormatException", shell.ClassConfig, "a variable that has to be a number is not one", "look at SPARK_*_PORT, SPARK_WORKER_CORES and SPARK_WORKER_MEMORY in conf/spark-env.sh"},
	{"Invalid master URL", shell.ClassConfig, "the master URL cannot be used: an underscore in the host name, or an empty variable", "give the master a name without underscore in SPARK_MASTER_HOST"},
	{"Expected hostname", shell.ClassConfig, "a host variable holds a port or a URL", "SPARK_MASTER_HOST and SPARK_LOCAL_IP take a name or an address only"},
	{noAddress, shell.ClassPort, "the address it was told to use is not one of this host's", "SPARK_MASTER_HOST must be an address of the master itself; leave SPARK_LOCAL_IP out of a file that goes to every host"},
	{noPort, shell.ClassPort, "the address it was told to use is not one of this host's", "look at SPARK_LOCAL_IP in conf/spark-env.sh of that host"},
	{"spark.shuffle.service.enabled", shell.ClassConfig, "the shuffle service allows one worker a host", "SPARK_WORKER_INSTANCES=1, or spark.shuffle.service.enabled false"},
	{inUse, shell.ClassPort, "a port it needs is taken", "ss -ltnp on that host shows who holds it"},
	{"No space left on device", shell.ClassDisk, "the disk is full", "df -h on that host"},
	{"Permission denied", shell.ClassPermission, "a file of somebody else is in its way", "ls -ld on the log, pid and work directories of that host"},
	{"UnknownHostException", shell.ClassNotRegistered, "the worker cannot resolve the master's name", "put the master into DNS or /etc/hosts there, or an address into SPARK_MASTER_HOST"},
	{"Connection refused", shell.ClassNotRegistered, "the worker reaches the master's host, and nothing answers at the port", "compare the master URL with what the master says: sparkops status"},
	{"No route to host", shell.ClassNotRegistered, "no way from the worker to the master's address", "look at firewall and routes between them"},
	{"Connection timed out", shell.ClassNotRegistered, "the master's address does not answer the worker: a firewall, or another machine of that name", "getent hosts MASTER on that host shows which address it uses"},
	{"connection timed out", shell.ClassNotRegistered, "the master's address does not answer the worker: a firewall, or another machine of that name", "getent hosts MASTER on that host shows which address it uses"},
	{"resolves to a loopback address", shell.ClassNotRegistered, "the host name resolves to a loopback address, so the worker may advertise an address that the master cannot reach", "correct /etc/hosts there, or set SPARK_LOCAL_IP for that host"},
	{"Duplicate worker ID", shell.ClassNotRegistered, "the master knows a worker of the same id", "sparkops restart-all"},
	{"Attempted to re-register worker at same address", shell.ClassNotRegistered, "the master still holds the former worker of that address", "sparkops status, then start again"},
	{"Failed to connect to master", shell.ClassNotRegistered, "the worker cannot connect to the master", "try the master's address from that host: sparkops exec -w HOST -- getent hosts MASTER"},
	{"All masters are unresponsive", shell.ClassNotRegistered, "no master answered the worker", "sparkops status"},
	{"OutOfMemoryError", shell.ClassDied, "the daemon ran out of memory", "raise SPARK_DAEMON_MEMORY in conf/spark-env.sh"},
	{"insufficient memory for the Java Runtime", shell.ClassDied, "the host has not enough memory left for another Java", "free -h on that host"},
}

// explain notes why a daemon is not as it should be, from the end of its log. An unknown
// text leaves class and why as they are given. What keeps a worker from its master says
// nothing about a daemon that died of something else.
func (o *Outcome) explain(class shell.Class, why string) {
	o.fail(class, why, "")
	if o.Log != "" {
		o.Hint = o.readLog()
	}
	o.Seen = lastLines(o.tail, maxSeen)
	gaveUp := strings.Contains(o.tail, "Giving up")
	for _, k := range knownTexts {
		seen := matching(o.tail, k.text)
		if seen == nil || k.class == shell.ClassNotRegistered && class == shell.ClassDied && !gaveUp {
			continue
		}
		if class == shell.ClassDied && k.class != shell.ClassNotRegistered {
			o.Class = k.class
		}
		o.Message, o.Hint, o.Seen = k.why, k.do, seen
		return
	}
}

// readLog is what to type to read on in a daemon's log.
func (o *Outcome) readLog() string {
	role := ""
	if o.Role == Master {
		role = " --role master"
	}
	log := o.Log
	if strings.ContainsAny(log, " \t\n'\"$`\\*?[(){}&;|<>#~!") {
		log = shell.Quote(log)
	}
	return "sparkops exec" + role + " -w " + o.Host + " -- tail -n 50 " + log
}

// Exhausted says why the end of a daemon's log tells that memory or disk were used up, what to do
// and in which lines; empty if it does not.
func Exhausted(tail string) (why, do string, seen []string) {
	for _, k := range knownTexts {
		if k.class != shell.ClassDisk && k.class != shell.ClassDied {
			continue
		}
		if seen := matching(tail, k.text); seen != nil {
			return k.why, k.do, seen
		}
	}
	return "", "", nil
}

// matching are the last lines of text that contain part, at most three; nil for none.
func matching(text, part string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found[max(0, len(found)-3):]
}

func lastLines(text string, most int) []string {
	if text == "" {
		return nil
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return lines[max(0, len(lines)-most):]
}
