#!/usr/bin/env bash
# The bin/spark-class of sparkops' stand-in for Spark: the same environment, the same process
# in the end. Spark's own asks a JVM for the command line; here it stands below.
#
# in:   SPARK_HOME, JAVA_HOME (from conf/spark-env.sh), the class and its arguments
# out:  the process becomes $JAVA_HOME/bin/java

if [ -z "${SPARK_HOME}" ]; then
  SPARK_HOME=$(cd "$(dirname "$0")/.." && pwd)
  export SPARK_HOME
fi
. "$SPARK_HOME/bin/load-spark-env.sh"

if [ -z "${JAVA_HOME}" ]; then
  echo "JAVA_HOME is not set" >&2
  exit 1
fi
exec "$JAVA_HOME/bin/java" -cp "$SPARK_CONF_DIR/:$SPARK_HOME/jars/*" -Xmx1g "$@"
