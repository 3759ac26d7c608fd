# facts.sh: the beginning of a look at a whole host. Needs lib.sh, daemons.sh and log.sh in
# front; the facts-*.sh, a family in each, come after it, facts-end.sh last. Changes nothing,
# and goes on where other scripts refuse: with no Spark, or a spark-env.sh that ends its shell.
#
# A look's time goes into programs and subshells, so there are few: one bash reads spark-env.sh
# and brings files (facts-text.sh), one awk reads all tables (facts-tables.sh), one stat looks
# at all paths and one bash asks all that may have to wait (facts-end.sh).
#
# in:   those of lib.sh, and
#       in_classes    main classes of the daemons to look for
#       in_roles      of this host: master, worker, or both
#       in_masters    host:port of every master, as the workers are told
#       in_home_names last parts of the paths that Spark has on the launcher
#       in_files      files of the conf directory to bring back
# out:  records, each of one kind; what could not be looked at is a record of kind unseen that
#       says why. See package facts for their meaning.

cr=$(printf '\r.') cr=${cr%.}
hold=4096 # there are many records: they are written some at a time

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

# find_program NAME [PATH]: sets program to its path, as command -v finds it, without a process.
find_program() {
  case $1 in
    */*)
      program=$1
      [ -f "$program" ] && [ -x "$program" ]
      return ;;
  esac
  program_dirs=${2-$PATH}:
  while [ -n "$program_dirs" ]; do
    program=${program_dirs%%:*} program_dirs=${program_dirs#*:}
    program=${program:-.}/$1
    [ ! -f "$program" ] || [ ! -x "$program" ] || return 0
  done
  program=''
  return 1
}

# variables KIND: one record of the variables of the environment that matter here.
variables() {
  tell
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

# environment: the same of what Spark gives its daemons, where bash has told the names.
environment() {
  emit kind environment
  emitted=' '
  for name in $login_names $env_names SPARK_HOME SPARK_CONF_DIR; do
    case $emitted$name in *" $name "* | SPARK_*[!A-Z0-9_]*) continue ;; esac
    emitted="$emitted$name "
    eval "[ -z \"\${$name+x}\" ] || emit $name \"\$$name\""
  done
  close_record
}
