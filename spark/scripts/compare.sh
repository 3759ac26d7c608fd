# compare.sh: what the files of the conf directory are now. Changes nothing. Needs lib.sh,
# daemons.sh and push.sh.
#
# in:   as push.sh; in_show  yes: the text of the files is wanted too
#       in_daemons          yes: which daemons run is wanted too, where a file is as it
#                           should be; for the others switch.sh tells
#       in_want_N           SHA-256 of what is wanted, empty in a rollback
#       in_source           a file of this machine that is what is pushed, or empty
#       in_former           yes: it is about the backup beside the file
#       in_mark_N           begins the line from which on the file is this host's own, or empty:
#                           the SHA-256 of what stands before that is wanted too, of both files
#       in_facts            yes: what this host is like is wanted too, where a file differs
#       in_paths            paths, one a line: whether each is here is a part of that
# out:  a record of kind host; of kind file for each file; of kind facts, and of kind path for each
#       path; of kind left for each temporary file of any run; of kind daemon for each daemon

# show KEY FILE: the text of FILE, if it is wanted and the answer has room left for it. An answer
# ends at 1 MiB.
show() {
  [ "${in_show-}" = yes ] || return 0
  size=$(stat -c %s "$2") || return 0
  [ "$size" -lt "$room" ] || return 0
  shown=$(cat "$2" && echo .)
  before=$told
  emit "$1" "$shown"
  shown=$((${#told} - ${#before}))
  if [ "$shown" -lt "$room" ]; then room=$((room - shown)); else told=$before; fi
}

# common KEY FILE: the SHA-256 of what stands before the mark, but for the empty line above it
# and for whether the last line ends.
common() {
  input mark
  [ -n "$value" ] && command -v awk >/dev/null || return 0
  sum=$(mark=$value awk '
    index($0, ENVIRON["mark"]) == 1 { cut = 1; exit }
    { if (NR > 1) print held; held = $0 }
    END { if (NR > 0 && !(cut && held == "")) print held }' "$2" | $hasher)
  emit "$1" "${sum%% *}"
} 2>/dev/null

# facts: what the new content is held against. Processors cost a program, the rest none.
facts() {
  memory=
  while read -r key value _; do
    [ "$key" != MemTotal: ] || memory=$value
  done </proc/meminfo
  emit kind facts
  emit cores "$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)"
  emit memory_kib "$memory"
  close_record
  IFS=$nl
  set -f
  for at in ${in_paths-}; do
    emit kind path
    emit at "$at"
    [ ! -e "$at" ] || emit there yes
    close_record
  done
  set +f
  IFS=" 	$nl"
} 2>/dev/null

room=800000
find_dir
looked='' same='' differs=
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
    described "$real"
    emit sha256 "$sum"
    common common "$real"
    emit changed_at "$at"
    emit mode "$mode"
    emit owner "$owner"
    input want
    if [ "$sum" = "$value" ]; then same=yes; else differs=yes; fi
    input source
    [ -z "$value" ] || [ ! "$value" -ef "$real" ] || emit source yes
    show text "$real"
  else
    differs=yes
  fi
  if [ -f "$real.sparkops-backup" ]; then # it is there even if the file has gone
    sum_of "$real.sparkops-backup"
    emit backup "$sum"
    common older "$real.sparkops-backup"
    [ "${in_former-}" != yes ] || show backup_text "$real.sparkops-backup"
  fi
  close_record
done
[ "${in_facts-}" != yes ] || [ -z "$differs" ] || facts
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
