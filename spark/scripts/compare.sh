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
    if [ "${in_show-}" = yes ] && [ "$(stat -c %s "$real")" -lt 400000 ]; then
      emit text "$(cat "$real" && echo .)"
    fi
    if [ -f "$real.sparkops-backup" ]; then
      sum_of "$real.sparkops-backup"
      emit backup "$sum"
      if [ "${in_show-}" = yes ] && [ "${in_former-}" = yes ] && [ "$(stat -c %s "$real.sparkops-backup")" -lt 400000 ]; then
        emit backup_text "$(cat "$real.sparkops-backup" && echo .)"
      fi
    fi
  fi
  close_record
done
case "$looked$nl" in *"$nl$conf$nl"*) ;; *) looked=$looked$nl$conf ;; esac
clock
IFS=$nl
for dir in $looked; do
  for file in "$dir"/.*.sparkops-*-*-*; do
    [ -f "$file" ] || continue
    changed_at "$file"
    emit kind left
    emit path "$file"
    emit age "$((${clock%.*} - ${at%.*}))"
    close_record
  done
done
IFS=" 	$nl"
[ "${in_daemons-}" != yes ] || [ -z "$same" ] || daemon_records
