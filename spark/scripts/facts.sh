# facts.sh: the beginning of a look at a whole host. Needs lib.sh, daemons.sh and log.sh in
# front; the facts-*.sh, a family in each, come after it, facts-end.sh last. Changes nothing,
# and goes on where other scripts refuse: with no Spark, or a spark-env.sh that ends its shell.
#
# in:   those of lib.sh, and
#       in_classes    main classes of the daemons to look for
#       in_roles      of this host: master, worker, or both
#       in_masters    host:port of every master, as the workers are told
#       in_home_names last parts of the paths that Spark has on the launcher
#       in_files      files of the conf directory to bring back
# out:  records, each of one kind; what could not be looked at is a record of kind unseen that
#       says why. See package facts for their meaning.

# emit KEY VALUE: as that of lib.sh, without its five processes for a value of many lines: there
# are many such values here.
emit() {
  case $2 in
    *["$cr\\"]*)
      printf '%s=%s\n' "$1" "$(printf '%s.' "$2" | sed -e 's/\\/\\\\/g' -e "s/$cr/\\\\r/g" |
        awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }' | sed 's/\.$//')" ;;
    *"$nl"*)
      emit_rest=$2 emit_line=''
      while case $emit_rest in *"$nl"*) true ;; *) false ;; esac do
        emit_line=$emit_line${emit_rest%%"$nl"*}'\n' emit_rest=${emit_rest#*"$nl"}
      done
      printf '%s=%s\n' "$1" "$emit_line$emit_rest" ;;
    *) printf '%s=%s\n' "$1" "$2" ;;
  esac
}

# fact KIND KEY VALUE...: one whole record; what is empty is left out.
fact() {
  emit kind "$1"
  shift
  while [ $# -gt 1 ]; do
    [ -z "$2" ] || emit "$1" "$2"
    shift 2
  done
  close_record
}

# unseen WHAT WHY: what could not be looked at.
unseen() { fact unseen what "$1" why "$2"; }

# refuse CLASS MESSAGE [HINT]: what would end the other verbs here, once for each class.
refuse() {
  case $refusals in *" $1 "*) return ;; esac
  refusals="$refusals$1 "
  fact refused class "$1" message "$2" hint "${3-}"
}
refusals=' '

# later FUNCTION ARGUMENT...: has facts-end.sh run it side by side with all others that may have
# to wait. It gets words without blanks, and writes its records at one go, with at_once.
later() { jobs_later="$jobs_later$*$nl"; }
jobs_later=

# at_once FUNCTION ARGUMENT...: one write of a pipe's measure, so that none is torn.
at_once() { answer=$("$@") && printf '%s\n\n' "$answer"; }

# bounded SECONDS COMMAND...: its status is 124 or 143 if it took longer.
bounded() {
  if [ "$has_timeout" = yes ]; then
    timeout "$@"
    return
  fi
  bound=$1
  shift
  "$@" &
  job=$!
  (sleep "$bound" && kill "$job") >/dev/null 2>&1 &
  dog=$!
  wait "$job" 2>/dev/null
  set -- "$?"
  kill "$dog" 2>/dev/null
  return "$1"
}
has_timeout=no
! timeout 1 true 2>/dev/null || has_timeout=yes

# variables KIND: one record of the variables of the environment that matter here.
variables() {
  awk -v kind="$1" '
    function swap(s, from, to,  out, i) {
      while (i = index(s, from)) { out = out substr(s, 1, i - 1) to; s = substr(s, i + 1) }
      return out s
    }
    BEGIN {
      print "kind=" kind
      for (name in ENVIRON)
        if (name ~ /^(SPARK_[A-Z0-9_]+|JAVA_HOME|PYSPARK_[A-Z_]+|HADOOP_CONF_DIR|SSH_[A-Z_]+|USER|HOME|SHELL|PATH|LANG|LC_ALL)$/)
          print name "=" swap(swap(swap(ENVIRON[name], "\\", "\\\\"), "\n", "\\n"), "\r", "\\r")
      print ""
    }'
}

variables login
find_home
home_chosen=$SPARK_HOME
load_env
variables environment
bash_hostname=${bash_hostname-}
if [ -n "$SPARK_HOME" ]; then
  name_files 2>/dev/null
  # Of the workers also where the host has a master beside them.
  case " $in_roles " in *' worker '*) class=${in_classes##* } ;; esac
  count_instances
else
  pid_dir=${SPARK_PID_DIR:-/tmp} real_home= instances=0
fi
fact host spark_home "$home_chosen" spark_home_from "$home_from" set_home "$SPARK_HOME" conf_dir "$SPARK_CONF_DIR" \
  env_read "${env_was_read:-no}" ident "${SPARK_IDENT_STRING-}" instances "$instances" pid_dir "$pid_dir"
