# daemons.sh: which processes are this Spark's daemons, and what is known of one. Needs
# lib.sh. A pid alone proves nothing: a daemon is a process of this owner whose command
# line has the class as the main class of a java, or of the setsid, nice or spark-class that
# is about to become one, and whose SPARK_HOME is this one. /proc only: no ps, no pgrep.

# daemons_among PID...: those that are daemons of the class by their command lines, one a line:
# its pid, yes where its class path has this SPARK_HOME, no where it has not, later where it is yet
# to become java, the SPARK_HOME of its environment as far as that can be read; behind a tab, the
# first home that its class path has, and behind another what stands behind the class. All of them
# are read at once, for a process each would cost more than all else that a stop does.
daemons_among() {
  files=''
  for pid in "$@"; do files="$files /proc/$pid/cmdline /proc/$pid/environ"; done
  tail -n +1 $files /dev/null 2>/dev/null | tr '\0\n' '\n\001' | awk -v class="$class" '
    function tell() {
      gsub(/[\001\r\t]/, " ", words); gsub(/\\/, "/", words)
      if (found && !helper) print pid, jars ? "yes" : own ? "no" : "later", home "\t" of "\t" words
    }
    {
      while (match($0, /^\001?==> \/proc\/[0-9]+\/(cmdline|environ) <==\001/)) {
        split(substr($0, RSTART, RLENGTH), path, /[\/ ]/)
        if (path[4] != pid) { tell(); pid = path[4]; found = helper = jars = own = 0; home = of = words = "" }
        part = path[5]; number = 0
        $0 = substr($0, RLENGTH + 1)
      }
    }
    part == "environ" { if (sub(/^SPARK_HOME=/, "")) home = $0; next }
    ++number == 1 { own = java = $0 ~ /(^|\/)java$/; launching = $0 ~ /(^|\/)(setsid|nice|bash)$/; before = "" }
    launching && /(^|\/)java$/ { java = 1 }
    $0 == "org.apache.spark.launcher.Main" { helper = 1 }
    $0 == class && (java || before ~ /\/spark-class$/) { found = 1 }
    index($0, ENVIRON["SPARK_HOME"] "/jars/") { jars = 1 }
    $0 == class { words = "" }
    $0 != class { words = words " " $0 }
    of == "" && /\/jars\// {
      for (i = split($0, piece, ":"); i > 0; i--) if (start = index(piece[i], "/jars/")) of = substr(piece[i], 1, start - 1)
    }
    { before = $0 }
    END { tell() }'
}

tab='	'

# is_daemon PID: whether its command line is that of the class.
is_daemon() { [ -n "$(daemons_among "$1")" ]; }

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

# stat_of PID: sets parent and ticks (start time since boot), without a process. A first
# thread that has ended (Z) while others still hold the ports is no end of the process.
stat_of() {
  [ -r "/proc/$1/stat" ] && read -r stat <"/proc/$1/stat" || return 1
  set -- ${stat##*) }
  case $1 in Z | X) [ "${18}" -gt 1 ] || return 1 ;; esac
  parent=$2
  shift 19
  ticks=$1
}

# alive PID: whether it is there, and not merely waiting to be reaped.
alive() { kill -0 "$1" 2>/dev/null && stat_of "$1" 2>/dev/null; }

# naming CLASS...: sets cmdlines, the /proc/PID/cmdline with one of them, among those that once_named
# says, if it is set, else all. Reading them all is most of what a look at a host with many
# processes takes.
naming() {
  cmdlines=''
  [ -z "${once_named+x}" ] || [ -n "$once_named" ] || return 0
  for name; do
    # The bracket keeps grep from finding itself.
    rest=${name#?}
    set -- "$@" -e "[${name%"$rest"}]$rest"
    shift
  done
  cmdlines=$(grep -ls "$@" ${once_named-/proc/[0-9]*/cmdline})
}

# find_own: sets among, what daemons_among says of this owner's processes that name the class;
# daemons and births, those that are its daemons of this SPARK_HOME; and foreign, other owners'.
find_own() {
  daemons='' births=' ' own='' foreign='' found='' among=''
  naming "$class"
  for file in $cmdlines; do
    pid=${file#/proc/} pid=${pid%/cmdline}
    if [ -O "/proc/$pid" ]; then own="$own $pid"; else foreign="$foreign $pid"; fi
  done
  [ -z "$own" ] || among=$(daemons_among $own)
  set -f
  IFS=$nl
  set -- $among # a here-document would be read byte by byte
  unset IFS
  set +f
  for line; do
    pid=${line%% *} line=${line#* } its_home=${line#* }
    of=${its_home#*"$tab"} its_home=${its_home%%"$tab"*}
    of_this_home "${line%% *}" "${its_home:-${of%%"$tab"*}}" && stat_of "$pid" || continue
    found="$found $pid/$parent" births="$births$pid/$ticks "
  done
  # A child of one of them is the same program on its way to become java.
  for entry in $found; do
    case "$found " in *" ${entry#*/}/"*) ;; *) daemons="$daemons ${entry%/*}" ;; esac
  done
}

# in_exec: whether find_own may have missed one that was just becoming another program: while an
# exec lasts, command line and environment read as empty. Either the command line was there and
# nothing told the SPARK_HOME, or it was not, and a pid file has the pid. What has no executable is
# a thread of the kernel.
in_exec() {
  case $nl$among in *" later $tab$tab"*) return 0 ;; esac
  for file in "$pid_dir"/spark-*-"$class"-*.pid; do
    read_pid "$file"
    [ -n "$named" ] || continue
    case $nl$among in *"$nl$named "*) continue ;; esac
    [ -O "/proc/$named" ] && [ -e "/proc/$named/exe" ] && alive "$named" || continue
    case $nl$(tr '\0' '\n' 2>/dev/null <"/proc/$named/cmdline")$nl in "$nl$nl" | *"$nl$class$nl"*) return 0 ;; esac
  done
  return 1
}

# find_daemons: sets daemons, the pids of this owner's, with their start times in births; others,
# those of other owners; and among, the answers of daemons_among for all.
find_daemons() {
  find_own
  looks=0
  now
  set -- "$((uptime_now + 2))"
  while [ "$looks" -lt 10 ] && [ "$uptime_now" -lt "$1" ] && in_exec; do
    looks=$((looks + 1))
    nap 0.02
    now
    unset once_named
    find_own
  done
  others=''
  # Each alone: what another user's command line says is no word on any process but its own.
  for pid in $foreign; do
    [ -e "/proc/$pid" ] || continue
    its=$(daemons_among "$pid")
    among=$among$nl$its
    case $its in "$pid yes "*) others="$others $pid" ;; esac
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

# sockets PID: the inodes of its sockets, one a line.
sockets() { ls -l "/proc/$1/fd" 2>/dev/null | sed -n 's/.*socket:\[\([0-9]*\)\]$/\1/p'; }

# listening PID: the TCP ports that it listens on, separated by commas.
listening() {
  sockets "$1" | awk '
    function dec(hex,  i, n) { for (i = 1; i <= 4; i++) n = n * 16 + index("0123456789ABCDEF", substr(hex, i, 1)) - 1; return n }
    FILENAME == "-" { own[$1] = 1; next }
    $4 == "0A" && ($10 in own) { n = split($2, a, ":"); p = dec(a[n]); if (!(p in seen)) { seen[p] = 1; list = list sep p; sep = "," } }
    END { print list }' - /proc/net/tcp /proc/net/tcp6 2>/dev/null
}
