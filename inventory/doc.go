// Package inventory says which hosts are in a cluster: conf/workers, conf/slaves,
// conf/masters and the variables that stand in for them become a [Cluster].
//
// Files are found and read as Spark's sbin/workers.sh does it (Spark 0.9 to 4.0), with the
// traps taken out: what Spark would read silently and wrongly is a refusal or a warning that
// names file and line. Beyond Spark it knows ranges (w[01-20]), a Spark home for each host
// behind "# sparkops: spark_home=", and conf/masters.
//
// It reads those files and nothing else: no name is resolved, no ssh config looked at, and
// whether a name is this machine is for the caller to find out.
//
// Begin reading at [Load]; the grammar of a list is in parse.go and word.go. [Cluster.Select]
// narrows a cluster down, [Fold] writes many names short.
package inventory
