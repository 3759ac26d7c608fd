# stage.sh: brings new content beside the files, whole, verified, and with the owner, the mode
# and all else of the file that it is to replace. The files themselves are not touched. All or
# none: if one file cannot be staged, nothing of this run stays. Needs lib.sh and push.sh.
#
# in:   as push.sh, and for each file:
#       in_want_N           SHA-256 of the new content
#       in_mode_N           mode of a file that was not there before
#       in_content_N        the new content; with in_escaped_N=yes, as printf %b takes it
#       in_former_N         yes: the new content is that of the backup beside the file
#       in_force            yes: what bash cannot read is a warning
# out:  a record of kind host; of kind staged, with path, for each file, or of kind failed

# dress MODEL TEMP: owner, group, mode, ACL and SELinux context of MODEL for TEMP, by what
# this host has; owner and mode surely.
dress() {
  if ! cp --attributes-only --preserve=all "$1" "$2" 2>/dev/null && command -v getfacl >/dev/null && command -v setfacl >/dev/null; then
    getfacl -pE "$1" 2>/dev/null | setfacl --set-file=- "$2" 2>/dev/null
  fi
  set -- "$2" $(stat -c '%u:%g %a' "$1" "$2")
  [ "$2 $3" != "$4 $5" ] || return 0
  { [ "$2" = "$4" ] || chown "$2" "$1"; } && chmod "$3" "$1" && [ "$(stat -c '%u:%g %a' "$1")" = "$2 $3" ]
}

# mounted PATH: whether something is mounted on that very path; the list has blanks as \040.
mounted() {
  while read -r _ _ _ _ at _; do
    case $at in
      "$1") return 0 ;;
      *'\040'*) [ "$(printf %b "$at")" != "$1" ] || return 0 ;;
    esac
  done </proc/self/mountinfo
  return 1
} 2>/dev/null

# movable FILE: whether a rename can replace it. An immutable file refuses that to root too, and
# one that is mounted by itself, as containers do with single files, to everybody.
movable() {
  said=$( { : >>"$1"; } 2>&1) || case $said in
    *'not permitted'*) trouble_hint="chattr -i $1, there"; trouble="$1 is immutable: $(said_by "$said")"; return 1 ;;
    *'Read-only'*) trouble="$1: Read-only file system"; return 1 ;;
  esac
  if mounted "$(cd -P "$dir" && pwd -P)/$base"; then
    trouble="$1 is mounted by itself and cannot be replaced" trouble_hint="push to where it is mounted from"
    return 1
  fi
}

# fill FILE: the content of the present file, to descriptor 8, and on to the disk.
fill() {
  input former
  if [ "$value" = yes ]; then
    cat "$model"
  else
    input escaped
    escaped=$value
    input content
    if [ "$escaped" = yes ]; then printf %b "$value"; else printf %s "$value"; fi
  fi | if [ "$1" = dd ]; then dd bs=65536 conv=fsync >&8; else cat >&8 && sync "$temp"; fi
}

# stage_file: the file of this number. Not true, with trouble, if it cannot be done.
stage_file() {
  input name
  name=$value
  resolve "$conf/$name" || return 1
  trouble_class=permission trouble_hint="ls -ld $dir $real, there"
  model=
  [ "$state" = absent ] || { model=$real; movable "$real" || return 1; }
  input former
  if [ "$value" = yes ]; then
    model=$real.sparkops-backup
    [ -f "$model" ] || { trouble_class=config trouble="no former file: $model is not there" trouble_hint=; return 1; }
  fi
  temp=$dir/.$base.sparkops-$in_run
  said=$( { set -C && : >"$temp"; } 2>&1) || {
    trouble_class=$(why "$said") trouble="cannot write in $dir (of $(owner_of "$dir")): $(said_by "$said" | sed 's/^.*: //')"
    return 1
  }
  temps=$temps$nl$temp
  exec 8>>"$temp" # before a mode that may forbid it
  if [ -n "$model" ]; then
    said=$(dress "$model" "$temp" 2>&1) || {
      trouble_hint="log in as $(owner_of "$model") (User in ~/.ssh/config), or chown it, there"
      trouble="$real belongs to $(stat -c %U:%G "$model"), and $(id -un) cannot make another such file"
      return 1
    }
    touch "$temp" 2>/dev/null # its age is that of this run, not of the model
  else
    input mode
    chmod "$value" "$temp"
  fi
  said=$(fill dd 2>&1) || {
    case $said in
      *[Cc]'onversion'* | *'not found'* | *[Uu]'sage'*) [ ! -s "$temp" ] && said=$(fill cat 2>&1) ;;
      *) false ;;
    esac
  } || {
    trouble_class=$(why "$said") trouble_hint="df $dir, there" trouble="writing in $dir: $(said_by "$said" | sed "s/^.*: //")"
    return 1
  }
  exec 8>&-
  input want
  sum_of "$temp"
  [ "$sum" = "$value" ] || { trouble_class=checksum trouble="what arrived is not what was sent: SHA-256 $sum" trouble_hint="sparkops push-env again"; return 1; }
  readable
}

# readable: whether bash can read a shell file.
readable() {
  warning=
  case $name in *.sh) ;; *) return 0 ;; esac
  command -v bash >/dev/null || { trouble_class=config trouble="bash is not on this host: Spark's own bin/spark-class needs it" trouble_hint=; return 1; }
  said=$(bash -n "$temp" 2>&1) && return 0
  warning="bash there cannot read it: $(printf '%s\n' "$said" | sed -e "s/^.*sparkops-$in_run: //" -e 1q)"
  [ "${in_force-}" != yes ] || return 0
  trouble_class=config trouble=$warning trouble_hint="bash -n $name"
  input former
  [ "$value" != yes ] || trouble_hint="bash -n '$model', there"
  return 1
}

# drop: removes all that this run has staged here.
drop() {
  set -f # a name may look like a pattern
  IFS=$nl
  for file in $temps; do rm -f "$file"; done
  set +f
  IFS=" 	$nl"
}

temps=''
find_dir
lock
for number in $in_numbers; do
  trouble_hint='' trouble_class=permission
  if ! stage_file; then
    drop
    failed "$trouble_class" "$trouble" "$trouble_hint"
    exit 0
  fi
  emit kind staged
  emit number "$number"
  emit path "$temp"
  [ -z "$warning" ] || emit warning "$warning"
  close_record || drop # nobody is there to have it switched
done
