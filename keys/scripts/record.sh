# record.sh: how the scripts of this package answer. POSIX sh; defines functions and does
# nothing by itself.
#
# out:  records on standard output: key=value lines, closed by an empty line

LC_ALL=C
export LC_ALL
PATH=$PATH:/sbin:/usr/sbin
cr=$(printf '\r.') cr=${cr%.}
nl='
'

# emit KEY VALUE: one line of the present record.
emit() {
  case $2 in
    *["$nl$cr\\"]*)
      printf '%s=%s\n' "$1" "$(printf '%s.' "$2" | sed -e 's/\\/\\\\/g' -e "s/$cr/\\\\r/g" |
        awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }' | sed 's/\.$//')" ;;
    *) printf '%s=%s\n' "$1" "$2" ;;
  esac
}

# close_record: ends the present record.
close_record() { echo; }

# refuse CLASS MESSAGE [HINT]: a record that says why nothing could be done; ends the script.
refuse() {
  emit kind refused
  emit class "$1"
  emit message "$2"
  [ -z "${3-}" ] || emit hint "$3"
  close_record
  exit 0
}

# why TEXT: the error class of what a failed command said.
why() {
  case $1 in
    *'No space left'* | *'Disk quota'* | *'I/O error'* | *'Input/output error'* | *'File too large'*) echo disk ;;
    *) echo permission ;;
  esac
}

# follow PATH: sets target to the file that a chain of symbolic links leads to.
follow() {
  target=$1 hops=0
  while [ -L "$target" ]; do
    hops=$((hops + 1))
    [ "$hops" -le 40 ] || refuse config "$1 is a symbolic link that leads nowhere" "ls -l $1"
    link=$(readlink "$target") || refuse config "$target is a symbolic link that cannot be read" "ls -l $target"
    case $link in
      /*) target=$link ;;
      *) target=${target%/*}/$link ;;
    esac
  done
}
