// Package e2e brings up hosts for tests against a real Apache Spark: each host
// is a set of Linux namespaces with its own network address, files, processes
// and host name, its own OpenSSH server and its own SPARK_HOME.
//
// Nothing outside the namespaces is touched: the addresses exist in them only,
// every write goes to a tmpfs of the host, and all of it is gone when the process
// that made it ends, however it ends. It needs root on Linux, sshd, ip, Java and
// an unpacked Spark; prerequisites.sh installs or names what is missing.
//
// Begin at [NewCluster]; a [Host] runs commands and shows its processes, ports
// and files, [Cluster.Sparkops] runs the program under test on a fifth machine,
// and [Stock] is the same work as Spark's own scripts do it.
package e2e
