# start.sh: starts what is not running yet of a class, its instances side by side, and
# follows each by its own log until it is settled: registered, ready, died or late. Needs
# lib.sh, daemons.sh, log.sh, address.sh, preflight.sh and launch.sh.
#
# in:   in_host in_port     the address that a master is to have; empty for workers
#       in_url              spark://h:p[,h:p], for workers
#       in_until            what to follow a worker to: address, registered
#       in_wait             seconds to launch and follow the daemons, in all
# out:  a record of kind host; then for each daemon one of kind daemon, its state one of
#       running started registered died port late, with changed=yes where it was started

# same_settings: warns where this host's spark-env.sh wants another master than the one asked for.
same_settings() {
  [ -n "$in_port" ] || return 0
  if [ "${SPARK_MASTER_PORT:-$in_port}" != "$in_port" ]; then
    warn "spark-env.sh here has SPARK_MASTER_PORT=$SPARK_MASTER_PORT; the launcher's $in_port was used"
  elif [ "${SPARK_MASTER_HOST:-$in_host}" != "$in_host" ]; then
    warn "spark-env.sh here has SPARK_MASTER_HOST=$SPARK_MASTER_HOST; the launcher's $in_host was used"
  fi
}

# check_ports: the variables that the command line is made of are numbers. Kubernetes and
# Docker links set SPARK_MASTER_PORT and its like to tcp://...
check_ports() {
  for name in SPARK_MASTER_PORT SPARK_MASTER_WEBUI_PORT SPARK_WORKER_PORT SPARK_WORKER_WEBUI_PORT; do
    eval "value=\${$name-}"
    case $value in
      *[!0-9]* | ??????*) refuse config "$name=$value is not a port number" "set $name in $env_file, or unset it where it comes from" ;;
    esac
  done
}

# check_java: Spark takes $JAVA_HOME/bin/java, else java of PATH.
check_java() {
  if [ -n "${JAVA_HOME-}" ]; then
    [ -x "$JAVA_HOME/bin/java" ] ||
      refuse java "JAVA_HOME=$JAVA_HOME holds no bin/java" "set JAVA_HOME in $env_file"
  elif ! command -v java >/dev/null; then
    refuse java "no java: JAVA_HOME is not set and PATH has none (PATH=$PATH)" "set JAVA_HOME in $env_file"
  fi
}

# check_program: what looks for a Spark takes a bin/spark-class for one, and a start has to run it.
check_program() {
  [ -x "$SPARK_HOME/bin/spark-class" ] ||
    refuse permission "$SPARK_HOME/bin/spark-class may not be run by this user" "chmod a+x $SPARK_HOME/bin/spark-class, there"
}

# check_dirs: the log and pid directories can be written.
check_dirs() {
  for dir in "$SPARK_LOG_DIR" "$pid_dir"; do
    said=$(export LC_ALL=C; { make_dir "$dir" && (set -C; echo . >"$dir/.sparkops_test.$$") && rm -f "$dir/.sparkops_test.$$"; } 2>&1) ||
      refuse "$(why "$said")" "cannot write in $dir: $said" "ls -ld $dir"
  done
  case ${SPARK_LOG_MAX_FILES:-5} in
    *[!0-9]* | 0) refuse config "SPARK_LOG_MAX_FILES=$SPARK_LOG_MAX_FILES is not a positive number" "edit $env_file" ;;
  esac
}

# lock: one start of this owner at a time on this host, until unlock or the end of the script.
lock() {
  lock_file=$pid_dir/spark-$SPARK_IDENT_STRING-sparkops.lock
  if ! command -v flock >/dev/null || [ -L "$lock_file" ] || ! (: >>"$lock_file") 2>/dev/null; then
    warn "two starts at one moment are not kept apart here: no flock, or $lock_file cannot be written"
    return
  fi
  exec 9>>"$lock_file"
  until flock -n 9; do # busybox has no flock -w
    now
    [ "$uptime_now" -lt "$deadline" ] || refuse timeout "another start has held $lock_file for $in_wait s"
    nap
  done
}
unlock() { exec 9>&-; }

# make_room: waits until fewer daemons are booting than this host has processors. Many JVMs
# that boot on few processors take longer, all in all, than the same ones in turns. One has
# booted when it has named its web UI; none is waited for more than 15 s.
make_room() {
  set -- $booting
  [ "$#" -ge "$processors" ] || return 0
  wanted=$in_until whole=$deadline in_until=address
  now
  [ "$deadline" -lt "$((uptime_now + 15))" ] || deadline=$((uptime_now + 15))
  name_instance "${1%/*}"
  follow "${1#*/}" "$log_path"
  in_until=$wanted deadline=$whole
  shift
  booting=$*
}
processors=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)

# settled: whether the log has said all that a start waits for.
settled() {
  [ -n "$slid" ] && return 0
  case $class in
    *.Master) [ -n "$address" ] && [ -n "$webui" ] ;; # a standby says nothing more; the launcher asks it
    *) [ -n "$webui" ] && { [ -n "$registered" ] || [ "$in_until" = address ]; } ;;
  esac
}

# quiet PID: whether it says nothing in its log but listens, as with a log4j file of the site's own.
quiet() {
  now
  [ -z "$address" ] && [ "$uptime_now" -gt "$quiet_until" ] || return 1
  quiet_until=$((uptime_now + 2))
  case $(listening "$1") in *,*) return 0 ;; *) return 1 ;; esac
}

# follow PID LOG: reads the log as it grows until the daemon is settled, gone or late; sets outcome.
follow() {
  forget
  rest='' outcome=late
  now
  quiet_until=$((uptime_now + 5)) patience=$((uptime_now + 3))
  [ -f "$2" ] || set -- "$1" /dev/null
  exec 3<"$2"
  while :; do
    alive "$1" && gone= || gone=yes
    while IFS= read -r line <&3; do
      take "$rest$line"
      rest=
      settled && outcome=settled && break 2
    done
    rest=$rest$line
    [ -z "$gone" ] || { outcome=gone; break; }
    now
    [ "$uptime_now" -lt "$deadline" ] || break
    quiet "$1" && outcome=settled && break
    # A start that takes long is short of processor time: it is looked at less often.
    if [ "$uptime_now" -gt "$patience" ]; then nap 0.3; else nap; fi
  done
  exec 3<&-
}

# blame: what may have kept a master from its port, into the present record: its address, or who
# listens there.
blame() {
  find_bound "$in_host"
  if [ -n "$misled" ]; then
    emit misled "$misled"
    emit at "$in_host"
  else
    emit holder "$(holder "$in_port" $bound)"
  fi
}

# report INSTANCE PID: follows one daemon that was started here and writes its record.
report() {
  name_instance "$1"
  set -- "$1" "$2" "$log_path"
  follow "$2" "$3"
  case $outcome in
    settled) state=started ;;
    gone) state=died ;;
    *) state=late ;;
  esac
  [ -z "$registered" ] || state=registered
  if [ -n "$slid" ]; then
    state=port
    kill -TERM "$2" 2>/dev/null
    while alive "$2" && [ "$uptime_now" -lt "$((deadline + 10))" ]; do now; nap; done
  fi
  alive "$2" || rm -f "$pid_path"
  daemon_record "$state" "$1" "$2" "$3"
  emit changed yes
  log_record
  case $state in
    started | registered) [ -n "$address" ] || emit listen "$(listening "$2")" ;;
    *) evidence "$3" 32768 ;;
  esac
  case $state in
    port | died) [ -z "$in_port" ] || blame ;;
    *)
      read_pid "$pid_path"
      [ "$named" = "$2" ] || warn "it has no pid file" ;;
  esac
  same_settings
  [ -n "$env_status" ] || [ ! -f "$env_file" ] || warn "$env_file ends the shell that reads it: what stands behind that line is not in force"
  close_daemon
}

# mend INSTANCE PID: a daemon that runs has a pid file.
mend() {
  name_instance "$1"
  read_pid "$pid_path"
  [ "$named" != "$2" ] || return 0
  if said=$(write_pid "$1" "$2"); then
    mended="$mended $2 "
  fi
}

# running_record INSTANCE PID: a daemon that was there already. One that has not said its
# address yet was started a moment ago, by another start: it is followed like one of ours.
running_record() {
  instance_of "$2"
  read_log "/proc/$2/fd/1" 500 2>/dev/null || forget
  [ -n "$address" ] || follow "$2" "/proc/$2/fd/1"
  daemon_record running "$1" "$2" "$log"
  log_record
  evidence "$log" 4096
  [ -n "$address" ] || emit listen "$(listening "$2")"
  case $mended in *" $2 "*) warn 'its pid file was missing: written again' ;; esac
  close_daemon
}

prepare
now
deadline=$((uptime_now + in_wait))
check_ports
check_dirs
lock
find_daemons
number_daemons
running='' started='' mended='' absent=''
for entry in $numbered; do
  running="$running $entry"
  mend "${entry%/*}" "${entry#*/}"
done
i=0
while [ "$((i += 1))" -le "$instances" ]; do
  case $taken in *" $i "*) ;; *) absent="$absent $i" ;; esac
done
[ -z "$absent" ] || { check_program; check_java; preflight; }
booting='' launched=0
for i in $absent; do
  [ "$launched" -ne 1 ] || learn_command "$pid"
  make_room
  start_instance "$i"
  started="$started $i/$pid" booting="$booting $i/$pid" launched=$((launched + 1))
done
unlock
for entry in $running; do running_record "${entry%/*}" "${entry#*/}"; done
for entry in $started; do report "${entry%/*}" "${entry#*/}"; done
