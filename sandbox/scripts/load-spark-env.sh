#!/usr/bin/env bash
# The bin/load-spark-env.sh of sparkops' stand-in for Spark: reads conf/spark-env.sh once in a
# tree of processes, and exports all that it sets, as Spark's own does.
#
# in:   SPARK_HOME, SPARK_CONF_DIR if it is not SPARK_HOME/conf, SPARK_ENV_LOADED
# out:  SPARK_CONF_DIR and what spark-env.sh sets

export SPARK_CONF_DIR="${SPARK_CONF_DIR:-"$SPARK_HOME"/conf}"
if [ -z "$SPARK_ENV_LOADED" ]; then
  export SPARK_ENV_LOADED=1
  if [ -f "$SPARK_CONF_DIR/spark-env.sh" ]; then
    set -a
    . "$SPARK_CONF_DIR/spark-env.sh"
    set +a
  fi
fi
