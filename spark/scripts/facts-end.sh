# facts-end.sh: what takes one program for all: tables, paths, what may have to wait; and the
# clock. Needs all other facts-*.sh.
#
# out:  records of kind stat, space, big, those of the tables and of the questions, clock, end

read_tables
say_access
say_ports
tell

# Of paths: tabs between what is said, for names of groups may have blanks.
tab='	'
IFS=$nl
set -f
set -- $paths
space=''
if [ $# -gt 0 ]; then
  space=$(stat -f -c "kind=space${nl}of=%a$tab%b$tab%S$tab%c$tab%d$tab%n$nl" "$@" 2>/dev/null)
  printf '%s\n\n' "$space"
fi
set +f
[ -z "$jars_known" ] || set -- "$@" "$SPARK_HOME"/jars/*
stat -L -c "kind=stat${nl}of=%a$tab%U$tab%u$tab%G$tab%s$tab%Y$tab%d$tab%i$tab%n$nl" "$@" /proc/self/ns/net 2>/dev/null

# nearly_full DIRECTORY: whether less than a tenth of its disk is left.
nearly_full() {
  IFS=$nl
  set -f
  for line in $space; do
    case $line in *"$tab$1") IFS=$tab && set -- ${line#of=} && break ;; esac
  done
  set +f
  unset IFS
  [ $# -gt 2 ] && [ "$(($1 * 100 / ($2 + 1)))" -lt 10 ]
}
unset IFS

# What takes most room, where the disk is nearly full.
in_rest=${SPARK_WORKER_DIR:-$SPARK_HOME/work},${SPARK_LOCAL_DIRS:-/tmp},
while [ -n "$in_rest" ]; do
  dir=${in_rest%%,*} in_rest=${in_rest#*,}
  [ ! -d "$dir" ] || ! nearly_full "$dir" || later big_said "$dir" 5 biggest "$dir"
done
big_said() {
  if [ "$2" = unasked ]; then unseen "what fills $1" 'there is no bash to count it with'; fi
  fact big of "$1" sizes "$3"
}

ask
[ -n "$clock_ms" ] || clock_ms=$(date +%s%3N 2>/dev/null)
seconds=''
case $clock_ms in ?????????????) ;; *) seconds=$(date +%s) ;; esac
fact clock ms "$clock_ms" seconds "$seconds"
fact end whole yes
tell
