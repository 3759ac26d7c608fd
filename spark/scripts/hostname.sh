# hostname.sh: the name that sbin/start-master.sh gives a master without SPARK_MASTER_HOST:
# hostname -f since Spark 2.1 (SPARK-17546), hostname where that fails.
#
# out:  the name

hostname -f 2>/dev/null || hostname 2>/dev/null || uname -n
