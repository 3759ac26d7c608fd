# stop.sh: stops every daemon of a class that this owner has of this SPARK_HOME, with or
# without pid file, whoever started it. TERM, wait until it is gone; KILL only if asked.
# Needs lib.sh, daemons.sh and log.sh.
#
# in:   in_wait             seconds to wait for the processes to end
#       in_kill             yes: KILL what is left then, and wait 10 s more
# out:  a record of kind host; one of kind signalled when every daemon has had its TERM; for
#       each daemon one of kind daemon, its state stopped or stopping; one with state
#       not-running where there was none

# wait_gone SECONDS: until none of $left is alive, at most so long; leaves those in left.
wait_gone() {
  now
  deadline=$((uptime_now + $1)) looks=0 pause=1010
  while :; do
    waiting=$left left=''
    for pid in $waiting; do alive "$pid" && left="$left $pid"; done
    now
    [ -n "$left" ] && [ "$uptime_now" -lt "$deadline" ] || return 0
    [ "$((looks += 1))" -gt 100 ] || continue # what ends at once need not wait for a sleep
    nap "0.${pause#1}"                        # 0.010 s; each is twice as long as the one before, to 0.16 s
    [ "$pause" -ge 1160 ] || pause=$((2 * pause - 1000))
  done
}

# drop_pid_files: removes the pid files of this owner whose process is not, or no longer, a
# daemon of the class. A live process of the class keeps its file, whatever its SPARK_HOME;
# one that is about to end has no command line any more.
drop_pid_files() {
  set --
  dropped=' '
  for file in "$pid_dir/spark-$SPARK_IDENT_STRING-$class-"*.pid; do
    read_pid "$file"
    [ -n "$named" ] || continue
    case "$left " in *" $named "*) continue ;; esac
    alive "$named" && is_daemon "$named" || { set -- "$@" "$file" && dropped="$dropped$named "; }
  done
  for file; do # a start may have written it again meanwhile
    shift
    read_pid "$file"
    case $dropped in *" $named "*) set -- "$@" "$file" ;; esac
  done
  [ "$#" -eq 0 ] || rm -f "$@"
}

prepare
find_daemons
known='' left=''
number_daemons
for entry in $numbered; do
  pid=${entry#*/}
  known="$known $pid/${entry%/*}" # its log is asked for below by number: the process is gone then
  still "$pid" && kill -TERM "$pid" 2>/dev/null && left="$left $pid"
done
emit kind signalled
close_record
wait_gone "$in_wait"
killed=''
if [ -n "$left" ] && [ "$in_kill" = yes ]; then
  for pid in $left; do still "$pid" && kill -KILL "$pid" && killed="$killed $pid "; done
  wait_gone 10
fi
drop_pid_files
for entry in $known; do
  pid=${entry%/*} state=stopped
  case "$left " in *" $pid "*) state=stopping ;; esac
  name_instance "${entry#*/}"
  log=$log_path
  [ -f "$log" ] || log=''
  daemon_record "$state" "${entry#*/}" "$pid" "$log"
  if [ "$state" = stopping ]; then evidence "$log" 4096; else emit changed yes; fi
  case $killed in *" $pid "*) warn "it did not end in $in_wait s and was killed" ;; esac
  close_daemon
done
if [ -z "$known" ]; then
  daemon_record not-running 0 '' ''
  for pid in $others; do
    warn "pid $pid is a $class of another user, left alone: log in as $(ls -ld "/proc/$pid" | awk '{ print $3 }') to stop it"
  done
  close_daemon
fi
