# reach.sh: whether this host reaches others: a TCP connection to each, side by side, in one
# process. Needs lib.sh.
#
# in:   in_targets    HOST:PORT ..., in words
# out:  records of kind dialled: address, and said, what bash says of it, or open; none of one that
#       has not answered in time. The last is of kind end, if all of them were dialled

# Each answer is a line, which bash writes at one go. timeout ends the whole group, children that
# still wait included: those have had 2 s, and where many are to be started some more.
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
{
  LC_ALL=C timeout "$((2 + $# / 50))" bash -c "$dial_all" bash "$@" 2>/dev/null
  echo "= $?"
} | awk '
  $1 == "=" { if ($2 == 0 || $2 == 124 || $2 == 143) print "kind=end\nwhole=yes\n"; next }
  { said = $0; sub(/^[^ ]* /, "", said); gsub(/\\/, "", said); print "kind=dialled\naddress=" $1 "\nsaid=" said "\n" }'
