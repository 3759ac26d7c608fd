package lint

// Rule is one check: its id, what it looks for, how grave it is if a finding does not say
// otherwise, and what follows.
type Rule struct {
	ID     string
	Title  string
	Level  Level
	Effect string
}

type check struct {
	Rule
	run func(*text) []Finding
}

// Rules is the table of checks.
func Rules() []Rule {
	all := make([]Rule, len(checks))
	for i, c := range checks {
		all[i] = c.Rule
	}
	return all
}

var checks = []check{
	{Rule{"env.syntax", "bash cannot parse the file", Error,
		"bash reads nothing from there on; Spark's scripts print its words and go on without the rest"}, syntaxErrors},
	{Rule{"env.crlf", "line ends of Windows", Error,
		"bash puts the carriage return (CR) at the end of each value: hosts are not found, numbers and paths are none"}, windowsLines},
	{Rule{"env.bom", "a byte order mark", Error,
		"bash takes it for a part of the first word: what the line sets is not assigned, but a command that is not found"}, byteOrderMarks},
	{Rule{"env.assignment", "a line that looks like an assignment and is none", Error,
		"bash takes it for a command: the variable is not set as written, and the script goes on"}, noAssignments},
	{Rule{"env.unset", "a variable is used that nothing sets", Warning,
		"bash puts nothing in its place, without a word; over ssh no profile is read, so what a terminal has is not there"}, unsetVariables},
	{Rule{"env.unknown", "a variable that no release of Spark reads", Warning,
		"Spark reads past it without a word"}, unknownNames},
	{Rule{"env.version", "a variable that this release of Spark does not read", Warning,
		"this release reads past it without a word"}, otherReleases},
	{Rule{"env.master-ip", "SPARK_MASTER_IP with Spark 2.0 or later", Warning,
		"start-master.sh does not read it: the master takes the name that hostname -f tells, and workers look for it there"}, masterIP},
	{Rule{"env.master-host", "SPARK_MASTER_HOST with Spark 1.x", Warning,
		"the scripts of 1.x read SPARK_MASTER_IP: the master takes the name that hostname tells, and workers look for it there"}, masterHost},
	{Rule{"env.host", "a value that is no host name or address", Error,
		"the name is looked up as it stands, and not found: the daemon ends with an exception, or is not found by the others"}, noHosts},
	{Rule{"env.underscore", "an underscore in a host name", Error,
		"Java finds no host in spark://a_b:7077: every worker and driver ends with Invalid master URL"}, underscores},
	{Rule{"env.master-local", "a master that only its own host finds", Warning,
		"start-workers.sh hands that address to every worker, and each looks for the master on its own host"}, localMaster},
	{Rule{"env.bare-name", "a value that is the name of a variable, without $", Error,
		"the name itself is the value"}, bareNames},
	{Rule{"env.per-host", "one host's address in a file that goes to several", Error,
		"all hosts claim to be the one"}, perHost},
	{Rule{"env.spark-master", "SPARK_MASTER is set", Warning,
		"spark-daemon.sh copies from there over SPARK_HOME before each start: rsync -a --delete"}, sparkMaster},
	{Rule{"env.no-daemonize", "SPARK_NO_DAEMONIZE is set", Warning,
		"spark-daemon.sh stays in the foreground, with no pid file and no log: start-all.sh never gets past the master"}, noDaemonize},
	{Rule{"env.number", "a value that should be a number and is none", Error,
		"the daemon ends with NumberFormatException"}, noNumbers},
	{Rule{"env.port", "a port that no daemon may use", Error,
		"the daemon ends: startPort should be between 1024 and 65535"}, noPorts},
	{Rule{"env.memory", "an amount of memory that is none", Error,
		"the worker ends with an exception"}, noMemory},
	{Rule{"env.memory-host", "more memory than the host has", Warning,
		"the worker offers what is not there: executors are killed when it is used"}, tooMuchMemory},
	{Rule{"env.cores-host", "more cores than the host has", Warning,
		"the worker offers cores that its executors have to share"}, tooManyCores},
	{Rule{"env.instances", "several workers on a host without their share", Warning,
		"each worker offers all that the host has"}, instances},
	{Rule{"env.heap", "-Xmx among Java options", Error,
		"the launcher refuses it: the daemon does not start"}, heapOptions},
	{Rule{"env.relative-dir", "a relative directory", Warning,
		"it is looked for below the directory that the script was started in: another on each host and for each user"}, relativeDirs},
	{Rule{"env.comma-dir", "a list where one directory is meant", Warning,
		"the list is the name of one directory, comma and all"}, commaDirs},
	{Rule{"env.pid-dir", "pid files in a directory that is swept", Warning,
		"a reboot or systemd-tmpfiles takes the pid files away: stop-all.sh says that there is nothing to stop, and start-all.sh starts everything twice"}, pidDirs},
	{Rule{"env.java-home", "JAVA_HOME without a java", Error,
		"spark-class does not look further: no such file or directory, and no daemon starts"}, javaHomes},
	{Rule{"env.recovery", "recoveryMode without what it needs", Warning,
		"masters that do not share their state are each ALIVE, or forget it when they end"}, recovery},
	{Rule{"env.secret", "a secret in the file", Warning,
		"whoever may read the file has it; it is also in the environment of every daemon and executor"}, secrets},
}
