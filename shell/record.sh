# record.sh: how a script answers. POSIX sh; defines functions and does nothing by itself. What
# reads it stands in record.go.
#
# out:  records on standard output: key=value lines, closed by an empty line

nl='
'

# emit KEY VALUE: one line of the present record. It is held in told until the record is whole: what
# is written line by line goes to the launcher as a packet for each.
emit() {
  swapped=$2
  case $2 in
    *[[:cntrl:]\\]*)
      if [ "${#2}" -gt 2048 ]; then # swap takes time by the square
        swapped=$(printf '%s.' "$2" | escape)
      else # no process
        swap '\' '\\'
        swap "$nl" '\n'
        case $swapped in
          *[[:cntrl:]]*)
            [ -n "$cr" ] || { cr=$(printf '\r.') && cr=${cr%.}; }
            swap "$cr" '\r' ;;
        esac
      fi ;;
  esac
  told=$told$1=$swapped$nl
}
told='' cr='' hold=0

# swap FROM TO: each FROM in swapped.
swap() {
  swap_rest=$swapped swapped=''
  while case $swap_rest in *"$1"*) true ;; *) false ;; esac do
    swapped=$swapped${swap_rest%%"$1"*}$2 swap_rest=${swap_rest#*"$1"}
  done
  swapped=$swapped$swap_rest
}

# escape: standard input, whose last character is left out, as the value of one line.
escape() {
  LC_ALL=C awk '
    { gsub(/\\/, "&&"); gsub(/\r/, "\\r") }
    NR > 1 { printf "%s\\n", before }
    { before = $0 }
    END { sub(/.$/, "", before); print before }'
}

# close_record: ends the present record, and writes what is held once that is as long as hold says.
close_record() {
  told=$told$nl
  [ "${#told}" -lt "$hold" ] || tell
}

# tell: writes what is held; it is no longer held then, whether that could be written or not.
tell() {
  printf '%s' "$told"
  set -- "$?"
  told=''
  return "$1"
}

# refuse CLASS MESSAGE [HINT [CHECK]]: a record that says why nothing can be done here; ends the
# script. CHECK is the check of doctor that finds the same.
refuse() {
  emit kind refused
  emit class "$1"
  emit message "$2"
  [ -z "${3-}" ] || emit hint "$3"
  [ -z "${4-}" ] || emit check "$4"
  close_record
  exit 0
}

# why TEXT: the error class of what a failed command said.
why() {
  case $1 in
    *'No space left'* | *'Disk quota'* | *'File too large'* | *'I/O error'* | *'Input/output error'*) echo disk ;;
    *) echo permission ;;
  esac
}
