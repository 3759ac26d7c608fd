# reach.sh: whether this host reaches others: a TCP connection to each, side by side, in one
# process. Needs lib.sh.
#
# in:   in_targets    HOST:PORT ..., in words
# out:  records of kind dialled: address, and said, what bash says of it; nothing is an open port

# Each answer is one line and one write. timeout ends the whole group, children that still wait
# included: those have had 2 s, and who starts many of them some more.
dial_all='
nl="
"
dial() {
  host=${1%:*} host=${host#[}
  if why=$(exec 2>&1 3<>"/dev/tcp/${host%]}/${1##*:}"); then why=open; fi
  why=${why%%"$nl"*}
  printf "%s %s\n" "$1" "${why##*: }"
}
for target; do dial "$target" & done
wait'
set -f
set -- $in_targets
set +f
answers=$nl$(LC_ALL=C timeout "$((2 + $# / 50))" bash -c "$dial_all" bash "$@" 2>/dev/null)$nl
for target; do
  said=timeout
  case $answers in *"$nl$target "*) said=${answers#*"$nl$target "} said=${said%%"$nl"*} ;; esac
  emit kind dialled
  emit address "$target"
  emit said "$said"
  close_record
done
