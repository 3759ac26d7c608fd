# lib.sh: what every script on a host needs: SPARK_HOME, spark-env.sh, names of
# pid and log files, and which processes are this Spark's daemons. POSIX sh; defines
# functions and does nothing by itself. Needs record.sh, of package shell.
#
# in:   in_class            org.apache.spark.deploy.{master.Master,worker.Worker}
#       in_home             SPARK_HOME of this host by the host list, or empty
#       in_guess            SPARK_HOME on the launcher, or empty
#       in_purpose          launch, or look: nothing is made that umask is for
#       in_conf             conf directory that the launcher was told to use; it is used here
#                           too if it exists and the login environment names none; or empty
# out:  records on standard output: key=value lines, closed by an empty line

class=$in_class

# now: sets uptime_now to whole seconds since boot, without a process.
now() { read -r uptime_now _ </proc/uptime; uptime_now=${uptime_now%.*}; }

# nap [SECONDS]: a short sleep, of 0.1 s; a second where sleep takes whole numbers only.
nap() { [ -z "$long_naps" ] && sleep "${1-0.1}" 2>/dev/null || { long_naps=yes && sleep 1; }; }
long_naps=

# physical DIR: sets real_dir to it without symbolic links; empty where it cannot be entered.
physical() {
  dir_before=$PWD real_dir=''
  ! cd -P "$1" >/dev/null 2>&1 || real_dir=$PWD
  cd "$dir_before" || :
}

# find_home: sets SPARK_HOME and home_from, in the order that cli.md promises.
find_home() {
  login_home=${SPARK_HOME-}
  same_name=
  [ -z "$in_guess" ] || same_name=$HOME/${in_guess##*/}
  if [ -n "$in_home" ]; then
    SPARK_HOME=$in_home home_from='the host list'
    case $in_home in "~/"*) SPARK_HOME=$HOME/${in_home#??} ;; esac
  elif [ -n "$in_guess" ] && [ -f "$in_guess/bin/spark-class" ]; then
    SPARK_HOME=$in_guess home_from="the launcher's path"
  elif [ -n "$login_home" ]; then
    SPARK_HOME=$login_home home_from='SPARK_HOME of the login environment'
  elif [ -n "$same_name" ]; then
    SPARK_HOME=$same_name home_from='the home directory'
  else
    refuse spark-home "no SPARK_HOME: none on the launcher, none in the login environment" \
      "sparkops --spark-home DIR, or behind the host in conf/workers: # sparkops: spark_home=DIR"
  fi
  [ -f "$SPARK_HOME/bin/spark-class" ] ||
    refuse spark-home "no bin/spark-class in $SPARK_HOME (from $home_from${in_guess:+; the launcher has $in_guess})" \
      "put behind the host in conf/workers: # sparkops: spark_home=DIR"
  export SPARK_HOME
}

# The program for bash that reads spark-env.sh as Spark's own scripts do: sbin/spark-config.sh,
# the file under set -a; to launch a daemon also bin/load-spark-env.sh, for what else it sets,
# and what the spark-daemon.sh of Spark 4.0 adds. On descriptor 3 it writes, as sh, what these scripts use, and
# a function whole_environment with all the rest, for the daemon; umask and ulimit too. The trap
# makes an exit or a set -u in the file harmless. The file has no descriptor 3: what it leaves in
# the background would keep us waiting.
read_env='
limits() {
  ulimit -Sa | sed -n "s/^.*-\([a-z]\)) *\([a-z0-9]*\)\$/ulimit -S -\1 \2/p"
  ulimit -Ha | sed -n "s/^.*-\([a-z]\)) *\([a-z0-9]*\)\$/ulimit -H -\1 \2/p"
}
dump() {
  trap - EXIT; set +aeuxfn +o posix
  [ ! -e "/proc/$$/fd/$sparkops_kept" ] || eval "exec 3>&$sparkops_kept"
  printf -v IFS " \t\n"
  local name value quote used= names= rest=:
  printf -v quote "\\047"
  if [ "$sparkops_purpose" = look ] && [ ${BASH_VERSINFO[0]} -ge 5 ]; then
    for name in ${!SPARK_@} ${!PYSPARK_@} JAVA_HOME PATH USER; do
      [[ ${!name@a} != *x* ]] || used+="; export $name=$quote${!name//$quote/$quote\\$quote$quote}$quote" names+=" $name"
    done
  else
    for name in $(compgen -e); do # a process more
      case $name in BASH*|SHELLOPTS|PPID|UID|EUID|PWD|OLDPWD|SHLVL|_|IFS|PS4|sparkops_status) continue ;; esac
      value="$name=$quote${!name//$quote/$quote\\$quote$quote}$quote"
      case $name in
        SPARK_*|JAVA_HOME|PYSPARK_*|PATH|USER) used+="; export $value" names+=" $name" ;;
        *) rest+="; export $value" ;;
      esac
    done
  fi
  [ "$sparkops_purpose" = look ] || used="$used; umask $(umask)"
  used="$used; env_names=$quote$names$quote env_status=$sparkops_status limits=$quote"
  [ "$sparkops_purpose" != launch ] || used="$used$(limits | grep -vxF -e "$sparkops_limits")"
  printf "%s\n" "bash_hostname=$quote$HOSTNAME$quote env_was_read=yes$used$quote" "whole_environment() { $rest; }" >&3
}
# Where bash keeps descriptor 3 while it reads the file; an end in there does not always put it back.
sparkops_kept=10
while [ -e "/proc/$$/fd/$sparkops_kept" ]; do sparkops_kept=$((sparkops_kept + 1)); done
trap dump EXIT
sparkops_purpose=$2 sparkops_status=
[ "$sparkops_purpose" != launch ] || sparkops_limits=$(limits)
[ ! -f "$SPARK_HOME/sbin/spark-config.sh" ] || . "$SPARK_HOME/sbin/spark-config.sh"
if [ -f "$1" ]; then set -a; . "$1" 3>&-; sparkops_status=$?; set +a; fi
if [ "$sparkops_purpose" = launch ]; then
  export SPARK_ENV_LOADED=1
  [ ! -f "$SPARK_HOME/bin/load-spark-env.sh" ] || . "$SPARK_HOME/bin/load-spark-env.sh"
  ! grep -qs SPARK_CONNECT_MODE=0 "$SPARK_HOME/sbin/spark-daemon.sh" || export SPARK_CONNECT_MODE=0
fi
dump # at once, for the file may have set a trap of its own
'

# find_conf: sets SPARK_CONF_DIR, whether it is there or not.
find_conf() {
  if [ -z "${SPARK_CONF_DIR-}" ] && [ -n "$in_conf" ] && [ -d "$in_conf" ]; then SPARK_CONF_DIR=$in_conf; fi
  export SPARK_CONF_DIR="${SPARK_CONF_DIR:-$SPARK_HOME/conf}"
}

# load_env: the environment that Spark gives its daemons here.
load_env() {
  find_conf
  command -v bash >/dev/null || refuse config "bash is not on this host: Spark's own bin/spark-class needs it"
  cd "$SPARK_HOME" || refuse permission "cannot enter $SPARK_HOME"
  home_before=$SPARK_HOME
  env_file=$SPARK_CONF_DIR/spark-env.sh
  env_was_read=
  unset SPARK_ENV_LOADED
  eval "$(bash -c "$read_env" bash "$env_file" "$in_purpose" 3>&1 >&2 </dev/null)"
  [ -n "$env_was_read" ] ||
    refuse config "$env_file ended the shell that read it (an exec in it?)" "bash -x $env_file"
  [ "$SPARK_HOME" = "$home_before" ] || home_from=$env_file
  [ -f "$SPARK_HOME/bin/spark-class" ] ||
    refuse spark-home "spark-env.sh sets SPARK_HOME=$SPARK_HOME, which holds no bin/spark-class" "edit $env_file"
  command -v bash >/dev/null || refuse config "$env_file sets PATH=$PATH, which has no bash" "add it to what is there, in $env_file: PATH=\$PATH:DIR"
  unset SPARK_NO_DAEMONIZE SPARK_MASTER
}

# name_files: the names that sbin/spark-daemon.sh uses, from 0.9 to 4.x.
name_files() {
  export SPARK_IDENT_STRING="${SPARK_IDENT_STRING:-${USER:-$(id -un)}}"
  export SPARK_LOG_DIR="${SPARK_LOG_DIR:-$SPARK_HOME/logs}"
  export SPARK_NICENESS="${SPARK_NICENESS:-0}"
  pid_dir=${SPARK_PID_DIR:-/tmp}
  physical "$SPARK_HOME"
  real_home=$real_dir
}
# name_instance N: sets pid_path and log_path of instance N.
name_instance() {
  pid_path=$pid_dir/spark-$SPARK_IDENT_STRING-$class-$1.pid
  log_path=$SPARK_LOG_DIR/spark-$SPARK_IDENT_STRING-$class-$1-$bash_hostname.out
}

# count_instances: sets instances, how many daemons of the class this host is to have.
count_instances() {
  instances=1
  case $class in *.Worker) instances=${SPARK_WORKER_INSTANCES:-1} ;; esac
  case $instances in
    *[!0-9]* | ?????*) refuse config "SPARK_WORKER_INSTANCES=$instances is not a number of workers" "edit $env_file" ;;
  esac
}

# find_version: sets version, from RELEASE or the name of the core jar.
find_version() {
  version=
  if [ -f "$SPARK_HOME/RELEASE" ]; then
    read -r _ version _ <"$SPARK_HOME/RELEASE" || :
  fi
  for jar in "$SPARK_HOME"/jars/spark-core_*.jar "$SPARK_HOME"/lib/spark-assembly-*.jar; do
    if [ -z "$version" ] && [ -f "$jar" ]; then
      version=${jar##*/spark-core_*-} version=${version##*/spark-assembly-}
      version=${version%.jar} version=${version%%-hadoop*}
    fi
  done
}

# host_record: what was chosen on this host.
host_record() {
  find_version
  emit kind host
  emit spark_home "$SPARK_HOME"
  emit spark_home_from "$home_from"
  emit conf_dir "$SPARK_CONF_DIR"
  emit version "$version"
  emit instances "$instances"
  close_record
}

# prepare: all of the above, in order.
prepare() {
  find_home
  load_env
  name_files
  count_instances
  host_record
}
