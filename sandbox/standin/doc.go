// Package standin plays Spark's standalone master and worker, for a practice cluster on a
// machine that has neither Spark nor Java.
//
// A program that is started under the name java becomes a stand-in ([Is], [Main]): it takes
// the command line that bin/spark-class gives to a JVM, writes the log lines of Spark 3.5,
// slides to the next port where Spark would, registers over TCP, answers /json/ with Spark's
// fields, and ends on TERM with 143. It runs no jobs, speaks to no real Spark, writes no
// file, and ends by itself when its SPARK_HOME is gone.
//
// For tests of failures a stand-in takes switches from its environment:
//
//	SPARKOPS_STANDIN_DELAY=500ms       wait so long before binding any port
//	SPARKOPS_STANDIN_DIE=TEXT          after that, print TEXT and exit 1
//	SPARKOPS_STANDIN_DEAF=1            a worker never reaches its masters, and does not say so
//	SPARKOPS_STANDIN_STANDBY=1         a master stays STANDBY and registers nobody
//	SPARKOPS_STANDIN_RETRIES=3         a worker gives its masters up after so many tries (300)
//	SPARKOPS_STANDIN_STUBBORN=1        TERM is logged and ignored
//	SPARKOPS_STANDIN_STOP_DELAY=2s     wait so long between TERM and the end
//
// Begin reading at Main, then master.go and worker.go.
package standin
