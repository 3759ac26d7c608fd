# authorize.sh: puts a public key into ~/.ssh/authorized_keys, or takes it out. The file is
# appended to, so that nobody's line is lost; only to take lines out, or to put one in front, it
# is replaced. Runs after record.sh and account.sh.
#
# in:   in_action           add or remove
#       in_type, in_blob    the key, as the file has it: ssh-ed25519, AAAA...
#       in_line             the whole line to add
#       in_force            yes: add the plain line though the key is known with options, in front of
#                           it
#       in_stale, in_wait   seconds after which a lock that nobody moves is taken away; after which
#                           no lock is waited for
# out:  a record of kind key: file; state present, added, restricted (known with options, nothing
#       done), removed, absent; line, options; repaired: paths that lost their go-w; home: mode of a home
#       directory that others may write to. Or one of kind refused.

umask 077
nap_time=0.1 naps=10 # a second
sleep 0.001 2>/dev/null || nap_time=1 naps=1
held=
trap drop_lock EXIT
trap 'exit 1' HUP INT TERM

# about_key: sets plain and limited to the numbers of the first lines of the target that are
# about the key, without and with options; options to those of the latter.
about_key() {
  plain= limited= options=
  [ -e "$target" ] || return 0
  [ -f "$target" ] || refuse config "$target is no regular file" "ls -l $target"
  [ -r "$target" ] || chmod u+rw "$target" 2>/dev/null
  text=$(filter look "$target" 2>&1) || refuse permission "reading $target: $text" "ls -l $target"
  while IFS= read -r found; do
    case $found in
      plain:*) plain=${plain:-${found#plain:}} ;;
      limited:*) found=${found#limited:}; [ -n "$limited" ] || { limited=${found%%:*} options=${found#*:}; } ;;
    esac
  done <<EOF
$text
EOF
}

# filter WHAT FILE: look tells the lines about the key; drop writes all but those; front writes
# all but the plain ones, with the new line before them.
filter() {
  line=$in_line awk -v type="$in_type" -v blob="$in_blob" -v what="$1" '
    # kind of a line: plain, limited (options stand in front, up to a blank outside of quotes) or other
    function kind(text,   i, c, quoted, rest, f) {
      sub(/\r$/, "", text); sub(/^[ \t]+/, "", text)
      if (index(text, blob) == 0 || text ~ /^#/) return "other"
      split(text, f, /[ \t]+/)
      if (f[1] == type && f[2] == blob) return "plain"
      for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "\\" && substr(text, i + 1, 1) == "\"") i++
        else if (c == "\"") quoted = !quoted
        else if (!quoted && (c == " " || c == "\t")) break
      }
      rest = substr(text, i); sub(/^[ \t]+/, "", rest)
      split(rest, f, /[ \t]+/)
      if (f[1] != type || f[2] != blob) return "other"
      opts = substr(text, 1, i - 1)
      return "limited"
    }
    BEGIN { if (what == "front") print ENVIRON["line"] }
    { k = kind($0) }
    what == "look" { if (k == "plain") print "plain:" NR; if (k == "limited") print "limited:" NR ":" opts; next }
    k == "other" || k == "limited" && what == "front" { print }' "$2"
}

lock=$HOME/.ssh/.sparkops-keys.lock
token="$(uname -n)-$$"

take_lock() {
  last= still=0 waited=0 gone=0
  until said=$(mkdir "$lock" 2>&1); do
    if [ ! -d "$lock" ]; then # released this moment, or no directory can be made
      gone=$((gone + 1))
      [ "$gone" -lt 20 ] || refuse "$(why "$said")" "making $lock: $said" "ls -ld $HOME/.ssh"
      continue
    fi
    holder=$(cat "$lock/holder" 2>/dev/null)
    still=$((still + 1))
    [ "$holder" = "$last" ] || still=0
    last=$holder
    if [ "$still" -ge $((in_stale * naps)) ]; then
      mv "$lock" "$lock.$token" 2>/dev/null && rm -rf "$lock.$token"
      still=0
    fi
    [ "$waited" -lt $((in_wait * naps)) ] || refuse timeout "$lock is held by $holder" "rm -r $lock, if no sparkops runs"
    waited=$((waited + 1))
    sleep "$nap_time"
  done
  held=yes
  printf '%s\n' "$token" 2>/dev/null >"$lock/holder"
}

drop_lock() {
  [ -n "$held" ] || return 0
  held=
  case $(cat "$lock/holder" 2>/dev/null) in "$token" | '') rm -rf "$lock" ;; esac
}

# append: one line more, in one write; undone where the disk has no room for all of it.
append() {
  size=0 lead= new=yes
  if [ -e "$target" ]; then
    new= size=$(wc -c <"$target") size=$((size))
    [ "$size" = 0 ] || [ -z "$(tail -c 1 "$target")" ] || lead=$nl
  fi
  if said=$({ printf '%s%s\n' "$lead" "$in_line" >>"$target"; } 2>&1); then
    return 0
  fi
  said=${said:-No space left on device?} # busybox does not say
  if [ -n "$new" ]; then rm -f "$target"; else dd if=/dev/null of="$target" bs=1 seek="$size" 2>/dev/null; fi
  refuse "$(why "$said")" "writing to $target: $said" "ls -ld $target ${target%/*}; df ${target%/*}"
}

# rewrite WHAT: replaces the target by what filter makes of it, with its owner and mode; again
# if somebody has written to it meanwhile. What was written is held against what was to be:
# busybox's awk ends well on a full disk.
rewrite() {
  rm -f "$target".sparkops-* # of one that was killed
  new=$target.sparkops-$$ tries=0 sum=
  for tool in cksum sha256sum md5sum; do
    [ -n "$sum" ] || ! command -v "$tool" >/dev/null 2>&1 || sum=$tool
  done
  [ -n "$sum" ] || refuse config "there is no cksum to tell whether $target changes meanwhile" "command -v cksum"
  while :; do
    before=$("$sum" <"$target") || refuse permission "reading $target failed" "ls -l $target"
    if ! said=$({ cp -p "$target" "$new" && filter "$1" "$target" >"$new"; } 2>&1); then
      not_replaced "${said:-No space left on device?}"
    fi
    sync "$new" 2>/dev/null
    meant=$(filter "$1" "$target" | "$sum")
    if [ "$before" = "$("$sum" <"$target")" ]; then
      [ -n "$meant" ] && [ "$meant" = "$("$sum" <"$new")" ] && break
      not_replaced "${said:-No space left on device?}"
    fi
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || { rm -f "$new"; refuse permission "$target changes all the time" "lsof $target"; }
  done
  said=$(mv -f "$new" "$target" 2>&1) || { rm -f "$new"; refuse "$(why "$said")" "replacing $target: $said" "lsattr $target"; }
}

not_replaced() {
  rm -f "$new"
  refuse "$(why "$1")" "replacing $target: $1" "ls -ld $target ${target%/*}; df ${target%/*}"
}

# tighten PATH: sshd does not believe a file that others may write to.
tighten() {
  case $(ls -ldn "$1") in
    ?????w* | ????????w*) chmod go-w "$1" 2>/dev/null && repaired="$repaired${repaired:+ }$1" ;;
  esac
}

add() {
  if [ ! -d "$HOME/.ssh" ]; then
    said=$(mkdir -m 700 "$HOME/.ssh" 2>&1) || [ -d "$HOME/.ssh" ] || refuse "$(why "$said")" "making $HOME/.ssh: $said" "ls -ld $HOME"
  fi
  state=present
  about_key
  if [ -z "$plain" ] && { [ -z "$limited" ] || [ "$in_force" = yes ]; }; then
    take_lock
    about_key # another one may have been first
    if [ -z "$plain" ]; then
      state=added
      if [ -n "$limited" ]; then rewrite front; else append; fi
    fi
    drop_lock
  elif [ -z "$plain" ]; then
    state=restricted
  elif [ -n "$limited" ] && [ "$limited" -lt "$plain" ] && [ "$in_force" = yes ]; then
    take_lock # sshd takes the first line that it may take
    rewrite front
    state=added
    drop_lock
  fi
  tighten "$HOME/.ssh"
  tighten "$target"
  if [ "$state" = added ] || [ -n "$repaired" ]; then
    restorecon -F "$HOME/.ssh" "$target" >/dev/null 2>&1 # where there is SELinux
  fi
}

remove() {
  state=absent
  about_key
  if [ -n "$plain$limited" ]; then # whatever the options are: from there the key still opens this account
    take_lock
    rewrite drop
    drop_lock
    restorecon -F "$target" >/dev/null 2>&1
    state=removed
  fi
}

[ -d "${HOME:-/nowhere}" ] || refuse config "there is no home directory: ${HOME-}" "mkdir it there, as root, and chown it"
repaired=
follow "$HOME/.ssh/authorized_keys"
"$in_action"
about_key
case $state in
  added) [ -n "$plain" ] || refuse disk "$target does not hold what was written to it" "ls -l $target" ;;
  removed) [ -z "$plain$limited" ] || refuse permission "$target still holds the key" "ls -l $target" ;;
esac
emit kind key
emit file "$HOME/.ssh/authorized_keys"
emit state "$state"
[ -z "$plain" ] || emit line "$plain"
if [ -n "$limited" ]; then
  emit limited "$limited"
  emit options "$options"
fi
[ -z "$repaired" ] || emit repaired "$repaired"
home_mode=$(ls -ldn "$HOME/.")
case $home_mode in ?????w* | ????????w*) emit home "${home_mode%% *}" ;; esac
close_record
