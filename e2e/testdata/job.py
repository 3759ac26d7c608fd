# Counts, by host name, the tasks of a job that has one core on each of three workers.
# in:  the master's URL, this machine's address
# out: one line of JSON, host name -> tasks
import json
import socket
import sys
import time

from pyspark import SparkConf, SparkContext

conf = (
    SparkConf()
    .setMaster(sys.argv[1])
    .set("spark.driver.host", sys.argv[2])
    .set("spark.executor.memory", "512m")
    .set("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    .set("spark.cores.max", "3")
    # No task before all three executors are there.
    .set("spark.scheduler.minRegisteredResourcesRatio", "1.0")
    .set("spark.scheduler.maxRegisteredResourcesWaitingTime", "90s")
    .set("spark.ui.enabled", "false")
)
sc = SparkContext(conf=conf)


def where(_):
    time.sleep(0.1)
    return socket.gethostname()


print(json.dumps(sc.parallelize(range(30), 30).map(where).countByValue()))
sc.stop()
