# push.sh: what compare.sh, stage.sh, switch.sh and clean.sh share: where a file of the conf
# directory really is, what it is, and how one run keeps out of another's way. Needs lib.sh.
# spark-env.sh is not read here: a broken one must not keep its cure away.
#
# in:   in_run              the name of this run; temporary files end in .sparkops-$in_run
#       in_numbers          which files it is about, by number; for each of them, N:
#       in_name_N           its name in the conf directory
#       in_lock_wait        seconds to wait for another push
# out:  a record of kind host; where a file cannot be had, one of kind failed with its number

export LC_ALL=C
umask 077
trap '' PIPE # a launcher that has gone away is noticed where it matters

# find_dir: the conf directory of this host, without a look at spark-env.sh.
find_dir() {
  find_home
  cd "$SPARK_HOME" || refuse permission "cannot enter $SPARK_HOME"
  find_conf
  conf=${SPARK_CONF_DIR%/}
  case $conf in /*) ;; *) conf=$PWD/$conf ;; esac
  [ -d "$conf" ] || refuse config "no conf directory: $conf is not there" "mkdir -p $conf, there"
  [ -x "$conf" ] || refuse permission "cannot enter $conf (of $(owner_of "$conf"))" "ls -ld $conf, there"
  find_hasher
  emit kind host
  emit spark_home "$SPARK_HOME"
  emit spark_home_from "$home_from"
  emit conf_dir "$conf"
  close_record
}

# input NAME: sets value to what in_NAME_$number holds.
input() { eval "value=\${in_$1_$number-}"; }

owner_of() { stat -c %U "$1" 2>/dev/null || echo 'somebody else'; }

# find_hasher: sets hasher to what prints the SHA-256 of its input first on a line.
find_hasher() {
  for hasher in sha256sum 'busybox sha256sum' 'shasum -a 256' 'openssl dgst -sha256 -r'; do
    if command -v "${hasher%% *}" >/dev/null; then return 0; fi
  done
  refuse config "no sha256sum, shasum or openssl on this host: nobody could tell what has arrived" "apt-get install coreutils, there"
}

# sum_of FILE: sets sum, empty if it cannot be read.
sum_of() { sum=$($hasher 2>/dev/null <"$1") 2>/dev/null || sum=; sum=${sum%% *}; }

# resolve PATH: sets real to the file that it leads to, through all links; state to present or
# absent. Otherwise not true, with trouble_class, trouble and trouble_hint.
resolve() {
  real=$1 hops=0 trouble='' trouble_class=config trouble_hint="ls -l $1, there"
  while [ -L "$real" ]; do
    hops=$((hops + 1))
    if [ "$hops" -gt 40 ]; then trouble="$1 is a loop of links"; return 1; fi
    link=$(readlink "$real" && echo .) link=${link%??}
    case $link in /*) real=$link ;; *) real=${real%/*}/$link ;; esac
  done
  dir=${real%/*} base=${real##*/} state=present
  if [ -d "$real" ]; then
    trouble="$real is a directory"
  elif [ -e "$real" ] && [ ! -f "$real" ]; then
    trouble="$real is no regular file"
  elif [ -e "$real" ]; then
    [ -r "$real" ] && return 0
    trouble_class=permission trouble="cannot read $real (of $(owner_of "$real"))"
  elif [ -d "$dir" ] && [ ! -x "$dir" ]; then
    trouble_class=permission trouble="cannot enter $dir (of $(owner_of "$dir"))"
  elif [ "$hops" -gt 0 ]; then
    trouble="$1 is a link to $real, which is not there" trouble_hint="rm $1, there: the next push makes a file of it"
  else
    state=absent
    return 0
  fi
  return 1
}

# failed CLASS MESSAGE [HINT]: the record of a file with which nothing can be done.
failed() {
  emit kind failed
  emit number "$number"
  emit class "$1"
  emit message "$2"
  [ -z "${3-}" ] || emit hint "$3"
  close_record
}

# said_by TEXT: the line of a program's complaint that says why.
said_by() { printf '%s\n' "$1" | sed -e '/records in$/d' -e '/records out$/d' -e '/bytes.*copied/d' -e "s/^[^:]*: \(line \)*[0-9][0-9]*: *//" -e 's/^dd: //' -e 1q; }

# lock: one push at a time in this conf directory, until the end of the script. The lock is on
# the directory itself, so that none can be left over. Where flock is missing or the file
# system has no locks, names of their own keep two runs apart well enough: the result is one
# of the two, whole.
lock() {
  command -v flock >/dev/null && [ -r "$conf" ] || return 0
  exec 9<"$conf"
  flock -n 9 2>/dev/null && return 0
  now
  deadline=$((uptime_now + in_lock_wait))
  until said=$(flock -n 9 2>&1); do
    case $said in *[!\ ]*) return 0 ;; esac # not held by another: no locks here
    now
    [ "$uptime_now" -lt "$deadline" ] || refuse timeout "another push has held $conf for $in_lock_wait s" "sparkops push-env again"
    nap
  done
}

# clock: sets clock, now in seconds since the epoch, with a fraction where date has one.
clock() {
  clock=$(date +%s.%N)
  case $clock in *[!0-9.]*) clock=$(date +%s) ;; esac
}

# changed_at FILE: sets at to when its content was last changed, as clock; empty if it has gone.
changed_at() {
  at=$(stat -c %.9Y "$1" 2>/dev/null)
  case $at in '' | *[!0-9.]*) at=$(stat -c %Y "$1" 2>/dev/null) ;; esac
}

# described FILE: sets at as changed_at, mode, and owner as user:group.
described() {
  owner=$(stat -c '%.9Y %a %U:%G' "$1" 2>/dev/null)
  at=${owner%% *} owner=${owner#* }
  mode=${owner%% *} owner=${owner#* }
  case $at in '' | *[!0-9.]*) at=$(stat -c %Y "$1" 2>/dev/null) ;; esac
}

# daemon_records: a record of kind daemon for each master and worker of this SPARK_HOME, with
# when it began, as clock. Needs daemons.sh.
daemon_records() {
  # Most often there is none: one look instead of one for each class.
  grep -qs 'org\.apache\.spark\.deploy\.[mw][a-z]*\.[MW][a-z]' /proc/[0-9]*/cmdline || return 0
  physical "$SPARK_HOME"
  real_home=$real_dir pid_dir=${SPARK_PID_DIR:-/tmp}
  hz=$(getconf CLK_TCK 2>/dev/null || echo 100)
  for role in Master Worker; do
    class=org.apache.spark.deploy.$(echo "$role" | tr MW mw).$role
    find_daemons
    for pid in $daemons $others; do
      instance_of "$pid"
      stat_of "$pid" || continue
      clock
      read -r up _ </proc/uptime
      emit kind daemon
      emit role "$(echo "$role" | tr MW mw)"
      emit instance "$instance"
      emit pid "$pid"
      emit born "$(awk -v n="$clock" -v u="$up" -v t="$ticks" -v hz="$hz" 'BEGIN { printf "%.3f\n", n - u + t / hz }')"
      close_record
    done
  done
}
