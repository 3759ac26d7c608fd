# compare.sh: what the files of the conf directory are now. Changes nothing. Needs lib.sh,
# daemons.sh and push.sh.
#
# in:   as push.sh; in_show  yes: the text of the files is wanted too
#       in_daemons          yes: which daemons run is wanted too, where a file is as it
#                           should be; for the others switch.sh tells
#       in_want_N           SHA-256 of what is wanted, empty in a rollback
#       in_source           a file of this machine that is what is pushed, or empty
#       in_former           yes: it is about the backup beside the file
# out:  a record of kind host; of kind file for each file; of kind left for each temporary file
#       of any run; of kind daemon for each daemon

# show KEY FILE: the text of FILE, if it is wanted and the answer has room left for it. An answer
# ends at 1 MiB.
show() {
  [ "${in_show-}" = yes ] || return 0
  size=$(stat -c %s "$2") || return 0
  [ "$size" -lt "$room" ] || return 0
  shown=$(cat "$2" && echo .)
  shown=$(emit "$1" "$shown")
  [ "${#shown}" -lt "$room" ] || return 0
  room=$((room - ${#shown}))
  printf '%s\n' "$shown"
}

room=800000
find_dir
looked='' same=
for number in $in_numbers; do
  input name
  if ! resolve "$conf/$value"; then
    failed "$trouble_class" "$trouble" "$trouble_hint"
    continue
  fi
  case "$nl$looked$nl" in *"$nl$dir$nl"*) ;; *) looked=$looked$nl$dir ;; esac
  emit kind file
  emit number "$number"
  emit path "$real"
  emit state "$state"
  if [ "$state" = present ]; then
    sum_of "$real"
    changed_at "$real"
    emit sha256 "$sum"
    emit changed_at "$at"
    input want
    [ "$sum" != "$value" ] || same=yes
    input source
    [ -z "$value" ] || [ ! "$value" -ef "$real" ] || emit source yes
    show text "$real"
  fi
  if [ -f "$real.sparkops-backup" ]; then # it is there even if the file has gone
    sum_of "$real.sparkops-backup"
    emit backup "$sum"
    [ "${in_former-}" != yes ] || show backup_text "$real.sparkops-backup"
  fi
  close_record
done
case "$looked$nl" in *"$nl$conf$nl"*) ;; *) looked=$looked$nl$conf ;; esac
clock
IFS=$nl
set -f
for dir in $looked; do
  set +f
  for file in "$dir"/.*.sparkops-*-*-*; do
    [ -f "$file" ] || continue
    changed_at "$file"
    [ -n "$at" ] || continue # its run has ended meanwhile
    emit kind left
    emit path "$file"
    emit age "$((${clock%.*} - ${at%.*}))"
    close_record
  done
done
IFS=" 	$nl"
[ "${in_daemons-}" != yes ] || [ -z "$same" ] || daemon_records
