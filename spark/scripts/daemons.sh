# daemons.sh: which processes are this Spark's daemons, and what is known of one. Needs lib.sh and
# processes.sh. They are processes of this owner with the class on their command line, and this
# SPARK_HOME.

tab='	'

# of_this_home JARS ITS_HOME: whether a daemon runs this SPARK_HOME: by that of its environment, else
# the first of its class path, else by whether its class path has this one at all.
of_this_home() {
  case $2 in
    "$SPARK_HOME" | "$real_home") return 0 ;;
    '') [ "$1" = yes ] ;;
    *)
      physical "$2"
      [ -n "$real_dir" ] && [ "$real_dir" = "$real_home" ] ;;
  esac
}

# find_own: sets among, what look_among says of the processes of once_named, if that is set, else
# of all, and candidates, their pids; daemons and births, those that are this owner's daemons of this
# SPARK_HOME; others, those that other owners have of it; and unsettled, whether one of this owner's
# has a command line and nothing yet that tells its SPARK_HOME. Fails where they cannot be looked at.
find_own() {
  daemons='' births=' ' others='' found='' candidates='' unsettled=''
  look_among ${once_named-/proc/[0-9]*} || return
  set -f
  IFS=$nl
  set -- $among # a here-document would be read byte by byte
  unset IFS
  set +f
  for line; do
    process=${line%% *} line=${line#* } its_home=${line#* }
    of=${its_home#*"$tab"} its_home=${its_home%%"$tab"*}
    pid=${process%%/*} jars=${line%% *}
    [ -e "/proc/$pid" ] || continue
    candidates="$candidates $pid"
    if [ ! -O "/proc/$pid" ]; then
      [ "$jars" != yes ] || others="$others $pid"
    elif of_this_home "$jars" "${its_home:-${of%%"$tab"*}}"; then
      found="$found ${process%/*}" births="$births$pid/${process##*/} "
    else
      case "$jars $its_home$tab$of" in "later $tab$tab"*) unsettled=yes ;; esac
    fi
  done
  # A child of one of them is the same program on its way to become java.
  for entry in $found; do
    case "$found " in *" ${entry#*/}/"*) ;; *) daemons="$daemons ${entry%/*}" ;; esac
  done
}

# in_exec: whether find_own may have missed one that was just becoming another program: while an
# exec lasts, command line and environment read as empty. Either one is unsettled, or a pid file has
# the pid of one that has no command line. What has no executable is a thread of the kernel.
in_exec() {
  [ -z "$unsettled" ] || return 0
  for file in "$pid_dir"/spark-*-"$class"-*.pid; do
    read_pid "$file"
    [ -n "$named" ] || continue
    case "$candidates " in *" $named "*) continue ;; esac
    [ -O "/proc/$named" ] && [ -e "/proc/$named/exe" ] && alive "$named" || continue
    case $nl$(tr '\0' '\n' 2>/dev/null <"/proc/$named/cmdline")$nl in "$nl$nl" | *"$nl$class$nl"*) return 0 ;; esac
  done
  return 1
}

# find_daemons: sets what find_own sets, with nothing missed; fails where find_own does.
find_daemons() {
  find_own || return
  looks=0
  now
  set -- "$((uptime_now + 2))"
  while [ "$looks" -lt 10 ] && [ "$uptime_now" -lt "$1" ] && in_exec; do
    looks=$((looks + 1))
    nap 0.02
    now
    unset once_named
    find_own || return
  done
}

# still PID: whether it is the process that find_daemons found, and not one that has its pid.
still() { stat_of "$1" && case $births in *" $1/$ticks "*) true ;; *) false ;; esac }

# instance_of PID: sets instance and log: by the file that it writes to, else by the pid
# file that names it, else 0.
instance_of() {
  instance=0
  for _ in $daemons; do # as a rule they are the instances 1 to as many, which takes no process
    name_instance "$((instance += 1))"
    [ -f "$log_path" ] && [ ! -L "$log_path" ] && [ "/proc/$1/fd/1" -ef "$log_path" ] || continue
    log=$log_path
    return
  done
  instance=0 log=$(readlink "/proc/$1/fd/1" 2>/dev/null)
  case $log in
    *"-$class-"[0-9]*)
      instance=${log##*"-$class-"} instance=${instance%%-*}
      case $instance in *[!0-9]*) instance=0 ;; esac
      return ;;
  esac
  for file in "$pid_dir"/spark-*-"$class"-*.pid; do
    read_pid "$file"
    if [ "$named" = "$1" ]; then
      instance=${file##*-} instance=${instance%.pid}
    fi
  done
}

# since PID: sets began, when it did, in seconds since the epoch.
since() {
  stat_of "$1" || return
  [ -n "$hertz" ] || hertz=$(getconf CLK_TCK 2>/dev/null || echo 100)
  while read -r key booted _; do [ "$key" != btime ] || break; done </proc/stat
  began=$((booted + ticks / hertz))
}
hertz=

# number_daemons: sets numbered, each daemon as INSTANCE/PID, and taken, the numbers in use.
# One whose number nothing tells gets the lowest that is free.
number_daemons() {
  taken=' ' numbered='' unknown=''
  for pid in $daemons; do
    instance_of "$pid"
    [ "$instance" -eq 0 ] && unknown="$unknown $pid" && continue
    taken="$taken$instance " numbered="$numbered $instance/$pid"
  done
  for pid in $unknown; do
    instance=1
    while case $taken in *" $instance "*) true ;; *) false ;; esac do instance=$((instance + 1)); done
    taken="$taken$instance " numbered="$numbered $instance/$pid"
  done
}

# read_pid FILE: sets named, the pid that a pid file says; empty where it says none, or more than that,
# which spark-daemon.sh can do nothing with.
read_pid() {
  named='' more=''
  [ ! -f "$1" ] || { { IFS= read -r named; IFS= read -r more || :; } <"$1"; } 2>/dev/null
  case $named$more in *[!0-9]*) named='' ;; esac
  [ -z "$more" ] || named=''
}

# write_pid INSTANCE PID: replaces the pid file, never half of it. Says why not. What a killed
# start has left beside it goes too: callers hold the lock.
write_pid() {
  name_instance "$1"
  for half in "$pid_path".[0-9]*; do [ ! -e "$half" ] || rm -f "$half"; done
  { make_dir "$pid_dir" && (set -C; echo "$2" >"$pid_path.$$") && mv -f "$pid_path.$$" "$pid_path"; } 2>&1 && return
  rm -f "$pid_path.$$"
  return 1
}

# make_dir DIR: it is there then.
make_dir() { [ -d "$1" ] || mkdir -p "$1"; }
