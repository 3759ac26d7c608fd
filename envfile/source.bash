# Sources a spark-env.sh as bin/load-spark-env.sh does, and answers with the environment it leaves.
#   in:  $1  the file
#   out: the environment, NUL behind each entry, then "sparkops-end" and, if the file ended
#        early, its exit status; on descriptor 1. All that the file writes goes to 2.
#
# The answer has a descriptor of its own, high enough not to be one that the file uses. It is
# given on EXIT: the file may say exit, or fail under set -e or set -u. /usr/bin/env is what
# the first line of Spark's own scripts names; a child's environment is the truth, with no
# quoting to undo. Names of ours are not exported, so the answer does not hold them.
__sparkops_file=$1
set --
exec 119>&1 1>&2 </dev/null
__sparkops_answer() {
  __sparkops_status=$?
  if [ "$__sparkops_answered" ]; then return; fi
  set +aeux
  export -n __sparkops_status
  if [ "$__sparkops_whole" ]; then __sparkops_status=; fi
  /usr/bin/env -0 >&119 || return # an environment that no program can be given is no answer
  builtin printf 'sparkops-end%s\0' "$__sparkops_status" >&119
  __sparkops_answered=1
}
trap __sparkops_answer EXIT
__sparkops_whole= __sparkops_answered=
set -a
. "$__sparkops_file"
set +aeu
__sparkops_whole=1
# The file may have put a trap of its own on EXIT: answer now, the first answer counts.
__sparkops_answer
