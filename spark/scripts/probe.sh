# probe.sh: what runs of a class, and what should. Changes nothing. Needs lib.sh, daemons.sh
# and log.sh.
#
# out:  a record of kind host; for each daemon that runs, and each instance that should and
#       does not, one of kind daemon, its state one of running not-running died stale-pid-file

# missing N: the record of instance N, which does not run.
missing() {
  name_instance "$1"
  read_pid "$pid_path"
  state=not-running
  if [ -n "$named" ]; then
    if stat_of "$named"; then state=stale-pid-file; else state=died; fi
  fi
  daemon_record "$state" "$1" '' ''
  [ ! -f "$log_path" ] || emit log "$log_path"
  case $state in
    died) emit message "its pid file names $named, which is gone"; evidence "$log_path" 32768 ;;
    stale-pid-file) emit message "its pid file names $named, which is not a $class: $(tr '\0' ' ' <"/proc/$named/cmdline" | cut -c 1-120)" ;;
  esac
  close_daemon
}

prepare
find_daemons
number_daemons
for entry in $numbered; do
  pid=${entry#*/}
  instance_of "$pid"
  instance=${entry%/*}
  read_log "/proc/$pid/fd/1" 500 2>/dev/null || forget
  daemon_record running "$instance" "$pid" "$log"
  ! since "$pid" || emit since "$began"
  log_record
  [ -n "$address" ] || emit listen "$(listening "$pid")"
  evidence "$log" 4096
  name_instance "$instance"
  [ -f "$pid_path" ] || warn 'it has no pid file'
  [ "$instance" -le "$instances" ] || warn "instance $instance is above SPARK_WORKER_INSTANCES=$instances"
  close_daemon
done
i=0
while [ "$((i += 1))" -le "$instances" ]; do
  case $taken in *" $i "*) ;; *) missing "$i" ;; esac
done
