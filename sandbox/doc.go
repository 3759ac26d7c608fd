// Package sandbox makes a practice cluster on this machine: a master and some workers, each
// with an SSH server in this process, a loopback address, a home directory and a SPARK_HOME
// of its own. The Spark in it is a stand-in (package standin) that runs this same binary,
// unless a real one is handed in.
//
// No root, Java, sshd or Spark is needed, and nothing is written outside one temporary
// directory:
//
//	sparkops-sandbox-XXXX/
//	  owner                    the process that made it: pid and start time
//	  conf/                    masters, workers, spark-env.sh of the launcher
//	  ssh/                     config, id_ed25519, known_hosts of the launcher
//	  hosts/NAME/              the home directory of a host
//	    spark/                 its SPARK_HOME
//	      bin/spark-class
//	      conf/spark-env.sh    the same on every host, and conf/host-env.sh, which it reads
//	      conf/host-env.sh     what differs: addresses and directories; the place for switches
//	      logs/ work/ pids/
//
// The hosts share one kernel: what keeps their daemons apart is SPARK_HOME. Distinct loopback
// addresses need Linux. Begin reading at [Start].
package sandbox
