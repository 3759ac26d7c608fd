# launch.sh: brings one daemon up, as sbin/spark-daemon.sh does, and as sure to outlive whoever
# starts it. Needs lib.sh and daemons.sh.
#
# in:   in_host in_port     the address that a master is to have
#       in_url              spark://h:p[,h:p], for workers
# out:  nothing; sets pid

# rotate LOG: as spark-daemon.sh: .out becomes .out.1 and so on, up to SPARK_LOG_MAX_FILES.
rotate() {
  [ -f "$1" ] || return 0
  n=${SPARK_LOG_MAX_FILES:-5}
  while [ "$n" -gt 1 ]; do
    [ ! -f "$1.$((n - 1))" ] || mv -f "$1.$((n - 1))" "$1.$n"
    n=$((n - 1))
  done
  mv -f "$1" "$1.1"
}

# launch INSTANCE LOG ARGS...: the daemon in a session of its own; sets pid. Returns when it
# can be seen for what it is, so that a second start finds it.
launch() {
  instance=$1 log=$2
  shift 2
  rotate "$log"
  (
    trap '' HUP
    exec >>"$log" 2>&1 </dev/null
    if [ -n "$java_command" ]; then
      eval "set -- $java_command "'"$@"'
      printf 'Spark Command: %s\n========================================\n' "$*"
    else
      set -- "$SPARK_HOME/bin/spark-class" "$class" "$@"
    fi
    set -- nice -n "$SPARK_NICENESS" "$@"
    ! command -v setsid >/dev/null || set -- setsid "$@"
    [ -z "$limits" ] || set -- bash -c "{ $limits$nl$limits$nl} 2>/dev/null"'; exec "$@"' bash "$@"
    whole_environment # from here on no variable of this script's can be relied on
    export SPARK_ENV_LOADED=1 SPARK_PRINT_LAUNCH_COMMAND=1
    # The lock goes with the exec: until then nobody could tell that this is to be a daemon.
    exec "$@" 9>&-
  ) &
  pid=$!
  write_pid "$instance" "$pid" >/dev/null # a missing one is told of in the record
  tries=0
  while alive "$pid" && ! is_daemon "$pid" && [ "$tries" -lt 100 ]; do
    tries=$((tries + 1))
    nap
  done
}

# learn_command PID: sets java_command, quoted for the shell, to what spark-class has made of
# PID: java, its options and the class. spark-class asks a JVM of its own for them and gets
# the same for every instance of a host, so the others are spared that JVM. Empty where it
# cannot be told.
learn_command() {
  tries=0
  until is_java "$1" || ! alive "$1" || [ "$tries" -ge 100 ]; do
    tries=$((tries + 1))
    nap
  done
  is_java "$1" && [ "$(tr -cd '\n' <"/proc/$1/cmdline" | wc -c)" -eq 0 ] || return 0
  java_command=$(tr '\0' '\n' <"/proc/$1/cmdline" |
    sed -e "s/'/'\\\\''/g" -e "s/^/'/" -e "s/\$/'/" -e "/^'$class'\$/q" | tr '\n' ' ')
}
java_command=

# is_java PID: whether it is the daemon itself, and no more the spark-class that becomes it.
is_java() {
  is_daemon "$1" && case $(tr '\0' '\n' <"/proc/$1/cmdline" | head -n 1) in java | */java) true ;; *) false ;; esac
}

# start_instance N: launches instance N with the arguments that Spark's scripts give it.
start_instance() {
  name_instance "$1"
  log=$log_path
  case $class in
    *.Master)
      launch "$1" "$log" --host "$in_host" --port "$in_port" --webui-port "${SPARK_MASTER_WEBUI_PORT:-8080}" ;;
    *)
      set -- "$1" --webui-port "$((${SPARK_WORKER_WEBUI_PORT:-8081} + $1 - 1))"
      [ -z "${SPARK_WORKER_PORT-}" ] || set -- "$@" --port "$((SPARK_WORKER_PORT + $1 - 1))"
      n=$1
      shift
      launch "$n" "$log" "$@" "$in_url" ;;
  esac
}
