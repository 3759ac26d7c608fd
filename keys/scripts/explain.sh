# explain.sh: what sshd looks at before it takes a key, as far as this user can see it. Runs
# after record.sh and account.sh.
#
# in:   in_etc              where sshd_config is: /etc/ssh
# out:  records: kind account: user, uid, home, selinux (what getenforce says), log (sshd's last word about it);
#       kind part: path, mode, owner, context, of authorized_keys and each directory above it up to the home;
#       kind setting: name, value, at, match, each line of sshd's configuration that is about it, first value wins;
#       kind unreadable: path, a configuration that this user must not read

user=$(id -un) uid=$(id -u)
emit kind account
emit user "$user"
emit uid "$uid"
emit home "$HOME"
emit selinux "$(getenforce 2>/dev/null)"
emit log "$(grep -h 'sshd.*Authentication refused' /var/log/auth.log /var/log/secure 2>/dev/null | tail -n 1)"
close_record

part() {
  # shellcheck disable=SC2046 # fields
  set -- "$1" $(ls -ldn "$1" 2>&1)
  emit kind part
  emit path "$1"
  emit mode "$2"
  emit owner "${4-}"
  shift
  emit context "$(ls -dZ "$path" 2>/dev/null | awk '{ for (i = 1; i <= NF; i++) if ($i ~ /:object_r:/) print $i }')"
  close_record
}

follow "$HOME/.ssh/authorized_keys"
home=$(cd -P "$HOME" && pwd -P)
path=$(cd -P "${target%/*}" 2>/dev/null && pwd -P)/${target##*/}
while :; do
  part "$path"
  case $path in "$home" | / | '') break ;; esac
  path=${path%/*}
  path=${path:-/}
done

wanted=' authorizedkeysfile authorizedkeyscommand pubkeyauthentication permitrootlogin strictmodes authenticationmethods pubkeyacceptedalgorithms pubkeyacceptedkeytypes allowusers denyusers allowgroups denygroups forcecommand '

# setting NAME VALUE AT MATCH
setting() {
  emit kind setting
  emit name "$1"
  emit value "$2"
  emit at "$3"
  emit match "$4"
  close_record
}

# configuration FILE MATCH: the settings of a file and of those it includes.
configuration() {
  if [ ! -r "$1" ]; then
    emit kind unreadable
    emit path "$1"
    close_record
    return 0
  fi
  awk '{
    sub(/\r$/, ""); sub(/^[ \t]+/, "")
    if (!match($0, /^[A-Za-z]+/)) next
    name = tolower(substr($0, 1, RLENGTH)); rest = substr($0, RLENGTH + 1)
    sub(/^[ \t]*=?[ \t]*/, "", rest); sub(/[ \t]+(#.*)?$/, "", rest); gsub(/"/, "", rest)
    print NR " " name " " rest
  }' "$1" | {
    match=$2
    while read -r number name rest; do
      case $name in
        match) match=$rest ;;
        include)
          set -f # a relative one is below in_etc, whatever is here
          for included in $rest; do
            set +f
            case $included in
              /*) for file in $included; do [ ! -e "$file" ] || configuration "$file" "$match"; done ;;
              *) for file in "$in_etc"/$included; do [ ! -e "$file" ] || configuration "$file" "$match"; done ;;
            esac
          done
          set +f ;;
        *) case $wanted in *" $name "*) setting "$name" "$rest" "$1:$number" "$match" ;; esac ;;
      esac
    done
  }
}

if [ "$uid" = 0 ] && [ "$in_etc" = /etc/ssh ] && server=$(command -v sshd) && effective=$("$server" -T -C "user=$user,host=localhost,addr=127.0.0.1" 2>/dev/null); then
  printf '%s\n' "$effective" | while read -r name value; do
    case $wanted in *" $name "*) setting "$name" "$value" "sshd -T" "" ;; esac
  done
else
  configuration "$in_etc/sshd_config" ''
fi
exit 0
