# facts-daemons.sh: every Spark daemon of this host, ours and others', and the pid files. Needs
# facts.sh, daemons.sh and log.sh.
#
# out:  records of kind daemon, stranger, pidfile

# short_class: master or worker.
short_class() { case $class in *.Master) role=master ;; *) role=worker ;; esac; }

# among_of PID: sets its_jars, its_home, jars_home and words from what look_among has told.
among_of() {
  its=${nl}$among$nl
  case $its in *"$nl$1/"*) its=${its#*"$nl$1/"} its=${its%%"$nl"*} ;; *) its="$tab$tab" ;; esac
  words=${its##*"$tab"} its=${its%"$tab"*}
  jars_home=${its##*"$tab"} its_home=${its%"$tab"*} its_home=${its_home#* * }
}

# own_daemons: those of this user and SPARK_HOME.
own_daemons() {
  for entry in $numbered; do
    pid=${entry#*/}
    instance_of "$pid"
    among_of "$pid"
    read_log "/proc/$pid/fd/1" 500 2>/dev/null || forget
    daemon_record running "${entry%/*}" "$pid" "$log"
    emit role "$role"
    emit arguments "$words"
    ! since "$pid" || emit since "$began"
    log_record
    [ -z "$slid" ] || emit slid yes
    emit listen "$(listening "$pid")"
    evidence "$log" 4096
    name_instance "${entry%/*}"
    read_pid "$pid_path"
    emit pid_file "$pid_path"
    emit pid_file_names "$named"
    close_daemon
  done
}

# no_daemon N: instance N of a role of this host, which does not run.
no_daemon() {
  name_instance "$1"
  read_pid "$pid_path"
  daemon_record not-running "$1" '' ''
  emit role "$role"
  [ ! -f "$log_path" ] || emit log "$log_path"
  emit pid_file "$pid_path"
  emit pid_file_names "$named"
  evidence "$log_path" 4096
  close_daemon
}

# strangers: daemons of the class that are not of this user and SPARK_HOME.
strangers() {
  strange=''
  for pid in $candidates; do
    case " $daemons " in *" $pid "*) ;; *) strange="$strange $pid" ;; esac
  done
  [ -n "$strange" ] || return 0
  dirs=''
  for pid in $strange; do dirs="$dirs /proc/$pid"; done
  owners=$nl$(stat -c '%n %U' $dirs 2>/dev/null)
  for pid in $strange; do
    among_of "$pid"
    case $owners in *"$nl/proc/$pid "*) owner=${owners#*"$nl/proc/$pid "} owner=${owner%%"$nl"*} ;; *) owner='' ;; esac
    fact stranger role "$role" pid "$pid" owner "$owner" home "$its_home" jars "$jars_home" arguments "$words"
  done
}

# pid_files DIRECTORY: those of any user and class that name no daemon found above.
pid_files() {
  for file in "$1"/spark-*-org.apache.spark.deploy.*.pid; do
    [ -f "$file" ] || continue
    named='' state=gone command='' # as it stands there, for a person to see
    [ ! -r "$file" ] || read -r named _ <"$file" || :
    case $named in
      '' | *[!0-9]*) state=garbage ;;
      *)
        case " $all_daemons " in *" $named "*) continue ;; esac
        if stat_of "$named" 2>/dev/null; then
          state=foreign command=$(tr '\0' ' ' 2>/dev/null <"/proc/$named/cmdline" | cut -c 1-200)
        fi ;;
    esac
    fact pidfile path "$file" names "$named" state "$state" command "$command"
  done
}

all_daemons=
set --
for class in $in_classes; do set -- "$@" -e "$class"; done
once_named=$(grep -ls "$@" /proc/[0-9]*/cmdline)
for class in $in_classes; do
  short_class
  if ! find_daemons; then
    unseen daemons 'awk cannot look at all processes'
    continue
  fi
  number_daemons
  all_daemons="$all_daemons $daemons"
  own_daemons
  strangers
  case " $in_roles " in *" $role "*) ;; *) continue ;; esac
  [ -n "$home_chosen" ] || continue
  count_instances
  case $instances in *[!0-9]* | ?????*) continue ;; esac
  i=1
  while [ "$i" -le "$instances" ]; do
    case $taken in *" $i "*) ;; *) no_daemon "$i" ;; esac
    i=$((i + 1))
  done
done
pid_files "$pid_dir"
[ "$pid_dir" = /tmp ] || pid_files /tmp
