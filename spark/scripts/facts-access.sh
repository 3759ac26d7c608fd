# facts-access.sh: who has logged in here, and what that user may do. Needs facts.sh,
# facts-paths.sh, facts-tables.sh and facts-ask.sh.
#
# out:  records of kind access, sudo, and path

[ -n "$login_id" ] || login_id=$(id -u)
table /etc/passwd
tables=$tables'
  FILENAME == "/etc/passwd" {
    if (split($0, field, ":") >= 7 && field[3] == ENVIRON["login_id"] && account == "") account = field[1] ":" field[7]
    next
  }
'
agent=
[ ! -S "${SSH_AUTH_SOCK-}" ] || agent=yes
systemd=
[ ! -d /run/systemd/system ] || systemd=yes
# say_access: once the tables are read. The name comes from elsewhere if /etc/passwd has none.
say_access() {
  login_user=${account%%:*} login_shell=${account#*:}
  if [ -z "$account" ]; then
    login_user=$(id -un 2>/dev/null)
    login_shell=$(getent passwd "$login_id" 2>/dev/null) login_shell=${login_shell##*:}
  fi
  fact access user "$login_user" uid "$login_id" shell "${login_shell:-${SHELL-}}" home "$HOME" \
    agent "$agent" systemd "$systemd" by "${SSH_CONNECTION-}"
}
look user-home "$HOME"
for name in .ssh .ssh/authorized_keys; do
  [ ! -e "$HOME/$name" ] || look "$name" "$HOME/$name"
done

for file in "$HOME"/.ssh/id_*; do
  case $file in *.pub | *-cert*) continue ;; esac
  [ ! -f "$file" ] || look key "$file"
done

# sudo_said: whether sudo works without a question.
sudo_said() {
  case $2/$3 in
    told/=0 | told/*"$nl=0") fact sudo works yes ;;
    *) said=${3%%"$nl"*} && fact sudo works no said "${said%%=[0-9]*}" ;;
  esac
}
if [ "$login_id" -eq 0 ]; then
  fact sudo works root
elif find_program sudo; then
  later sudo_said - 3 verdict "$program" -n true
else
  fact sudo works no said 'there is no sudo'
fi
