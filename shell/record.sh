# record.sh: how a script answers. POSIX sh; defines functions and does nothing by itself. What
# reads it stands in record.go.
#
# out:  records on standard output: key=value lines, closed by an empty line

nl='
'

# emit KEY VALUE: one line of the present record.
emit() {
  case $2 in
    *[[:cntrl:]\\]*) printf '%s=' "$1"; printf '%s.' "$2" | escape ;;
    *) printf '%s=%s\n' "$1" "$2" ;;
  esac
}

# escape: standard input, whose last character is left out, as the value of one line.
escape() {
  LC_ALL=C awk '
    { gsub(/\\/, "&&"); gsub(/\r/, "\\r") }
    NR > 1 { printf "%s\\n", before }
    { before = $0 }
    END { sub(/.$/, "", before); print before }'
}

# close_record: ends the present record.
close_record() { echo; }

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
