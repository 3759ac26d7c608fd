# switch.sh: puts what was staged in the place of the files, by rename; what was there before
# stays as one backup. Needs lib.sh, daemons.sh and push.sh.
#
# in:   as push.sh; in_want_N SHA-256 of the staged content; in_daemons as compare.sh
# out:  a record of kind host; of kind switched, with before, path and changed_at, for each
#       file, or of kind failed; of kind daemon for each daemon

# move FROM TO: FROM takes the place of TO. A directory is no place to move into, and mv -T
# knows that at the moment of the rename; an old busybox has no -T.
move() { [ ! -d "$2" ] && { mv -fT "$1" "$2" || { [ ! -d "$2" ] && mv -f "$1" "$2"; }; }; }

# keep: the present file as the backup, as a second name of it where the file system has that.
keep() {
  backup=$real.sparkops-backup
  [ ! "$real" -ef "$backup" ] || return 0
  ln "$real" "$temp.old" 2>/dev/null || {
    cp -a "$real" "$temp.old" && { sync "$temp.old" 2>/dev/null || :; }
  } && move "$temp.old" "$backup"
}

# switch_file: the file of this number; sets before and real.
switch_file() {
  input name
  dir=$conf base=$value before=
  resolve "$conf/$value" || {
    temp=$dir/.$base.sparkops-$in_run
    return 1
  }
  temp=$dir/.$base.sparkops-$in_run
  trouble_class=permission trouble_hint="ls -ld $dir $real, there"
  [ "$state" = absent ] || { sum_of "$real"; before=$sum; }
  input want
  [ -f "$temp" ] && sum_of "$temp" && [ "$sum" = "$value" ] || {
    trouble_class=checksum trouble="what was staged as $temp is not there any more" trouble_hint="sparkops push-env again"
    return 1
  }
  if [ "$before" = "$value" ]; then # another push was faster with the same: its backup is the former file
    rm -f "$temp"
    return 0
  fi
  if [ "$state" = present ]; then
    said=$(keep 2>&1) || {
      trouble_class=$(why "$said") trouble="keeping $real as $real.sparkops-backup: $(said_by "$said" | sed 's/^.*: //')"
      return 1
    }
  fi
  touch "$temp" 2>/dev/null # its time says from when on it is in force
  said=$(move "$temp" "$real" 2>&1) || {
    trouble_class=$(why "$said") trouble="putting the new $real in its place: $(said_by "$said" | sed 's/^.*: //')"
    return 1
  }
  sync "$dir" 2>/dev/null || :
}

find_dir
lock
for number in $in_numbers; do
  temp=
  if ! switch_file; then
    [ -z "$temp" ] || rm -f "$temp" "$temp.old"
    failed "$trouble_class" "$trouble" "$trouble_hint"
    continue
  fi
  changed_at "$real"
  emit kind switched
  emit number "$number"
  emit path "$real"
  emit before "$before"
  emit changed_at "$at"
  close_record
done
[ "${in_daemons-}" != yes ] || daemon_records
