# probe.sh: what runs of a class, and what should. Changes nothing. Needs lib.sh, daemons.sh
# and log.sh.
#
# out:  a record of kind host; for each daemon that runs, and each instance that should and
#       does not, one of kind daemon, its state one of running not-running died stale-pid-file

# missing N: the record of instance N, which does not run.
missing() {
  file=$(pid_file "$1") named=''
  [ ! -f "$file" ] || read -r named _ <"$file" || :
  log=$(log_file "$1")
  state=not-running
  case $named in
    '' | *[!0-9]*) ;;
    *) if stat_of "$named"; then state=stale-pid-file; else state=died; fi ;;
  esac
  daemon_record "$state" "$1" '' ''
  [ ! -f "$log" ] || emit log "$log"
  case $state in
    died) emit message "its pid file names $named, which is gone"; evidence "$log" 32768 ;;
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
  emit since "$(since "$pid")"
  log_record
  [ -n "$address" ] || emit listen "$(listening "$pid")"
  evidence "$log" 4096
  [ -f "$(pid_file "$instance")" ] || warn 'it has no pid file'
  [ "$instance" -le "$instances" ] || warn "instance $instance is above SPARK_WORKER_INSTANCES=$instances"
  close_daemon
done
for i in $(seq 1 "$instances"); do
  case $taken in *" $i "*) ;; *) missing "$i" ;; esac
done
