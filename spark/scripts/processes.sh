# processes.sh: what /proc says of processes, and which of them are daemons of the class. Needs
# lib.sh. A pid alone proves nothing: a daemon has the class as the main class of a java, or of the
# setsid, nice or spark-class that is about to become one, on its command line. No ps, no pgrep.

# The program for awk that finds the daemons of class among the processes of which it gets the
# directories, or what is in them. It tells one a line: PID/PARENT/TICKS as those of stat_of; yes
# where its class path has this SPARK_HOME, no where it has not, later where it is yet to become
# java; the SPARK_HOME of its environment as far as that can be read; behind a tab, the first home
# that its class path has, and behind another what stands behind the class. The last line is whole;
# or the only one is blind, of an awk that cannot part at NUL, as busybox's: with blind=yes a tr for
# each file does. One process looks at all: one more for each would cost what all else costs that a
# stop does.
among_program='
function source(file) { return blind ? "tr \"\\0\\n\" \"\\n\\001\" <" file : file }
function entry(file,  more) {
  more = blind ? (source(file) | getline text) : (getline text < file)
  if (more <= 0) close(source(file))
  return more > 0
}
function tell(pid,  i, k, own, java, launching, found, jars, before, behind, home, of, piece, start, field) {
  own = java = word[1] ~ /(^|\/)java$/
  launching = word[1] ~ /(^|\/)(setsid|nice|bash)$/
  for (i = 1; i <= words; i++) {
    if (word[i] == "org.apache.spark.launcher.Main") return
    if (launching && word[i] ~ /(^|\/)java$/) java = 1
    if (word[i] == class && (java || before ~ /\/spark-class$/)) found = 1
    behind = word[i] == class ? "" : behind " " word[i]
    if (index(word[i], ENVIRON["SPARK_HOME"] "/jars/")) jars = 1
    if (of == "" && index(word[i], "/jars/"))
      for (k = split(word[i], piece, ":"); k > 0; k--) if (start = index(piece[k], "/jars/")) of = substr(piece[k], 1, start - 1)
    before = word[i]
  }
  if (!found) return
  while (entry("/proc/" pid "/environ")) if (sub(/^SPARK_HOME=/, "", text)) home = text
  while (entry("/proc/" pid "/stat")) { sub(/^.*\) /, "", text); split(text, field, " ") }
  if (field[20] == "") return # it has ended
  gsub(/[\001\r\t\n]/, " ", behind); gsub(/\\/, "/", behind)
  gsub(/\n/, "\001", home); gsub(/\n/, "\001", of)
  print pid "/" field[2] "/" field[20], jars ? "yes" : own ? "no" : "later", home "\t" of "\t" behind
}
BEGIN {
  if (!blind) {
    RS = "\0"
    while (entry("/proc/self/cmdline")) last = text
    if (last != ARGV[ARGC - 1]) { print "blind"; exit }
  }
  for (n = 1; n < ARGC; n++) {
    words = named = 0
    split(ARGV[n], path, "/")
    while (entry("/proc/" path[3] "/cmdline")) if ((word[++words] = text) == class) named = 1
    if (named) tell(path[3])
  }
  print "whole"
}
'
blind=

# look_among PATH...: sets among, what that tells of /proc/PID or /proc/PID/cmdline. A process that
# ends while it is looked at may take the awk with it: another look is due then.
look_among() {
  failed_looks=0 among=''
  [ -z "$blind" ] || set -- $(blind_among "$@")
  while [ "$#" -gt 0 ]; do
    among=$(LC_ALL=C awk -v class="$class" -v blind="$blind" "$among_program" "$@" 2>/dev/null) || among=''
    case $nl$among in
      *"${nl}whole") among=${among%whole} && return ;;
      "${nl}blind") blind=yes && look_among "$@" && return ;;
    esac
    among=''
    if [ "$((failed_looks += 1))" -ge 10 ]; then
      refuse config "awk has not looked at all processes there, in ten tries" "awk 'BEGIN { print \"fine\" }', there"
      return 1
    fi
  done
}

# blind_among PATH...: those whose command line names the class. No -F: busybox's stops at a NUL then.
blind_among() {
  files=''
  for entry; do files="$files ${entry%/cmdline}/cmdline"; done
  grep -ls -e "$class" /dev/null $files
}

# is_daemon PID: whether its command line is that of the class. Sets among.
is_daemon() { look_among "/proc/$1" && [ -n "$among" ]; }

# stat_of PID: sets parent and ticks (start time since boot), without a process. A first
# thread that has ended (Z) while others still hold the ports is no end of the process.
stat_of() {
  [ -r "/proc/$1/stat" ] && read -r stat <"/proc/$1/stat" || return 1
  stat=${stat#*) }
  case $stat in *') '*) stat=${stat##*) } ;; esac # ## alone takes dash three times as long as all the rest
  set -- $stat
  [ "$#" -ge 20 ] || return 1 # the name of a program may have a line break in it
  case $1 in Z | X) [ "${18}" -gt 1 ] || return 1 ;; esac
  parent=$2
  shift 19
  ticks=$1
}

# alive PID: whether it is there, and not merely waiting to be reaped: it has no executable then, nor
# one to be seen if it is about to end, or keeps others from looking.
alive() { kill -0 "$1" 2>/dev/null && { [ -e "/proc/$1/exe" ] || stat_of "$1" 2>/dev/null; }; }

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
