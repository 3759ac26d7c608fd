# facts-access.sh: who has logged in here, and what that user may do. Needs facts.sh and
# facts-paths.sh.
#
# out:  records of kind access, sudo, and path

login_user=$(id -un 2>/dev/null)
login_id=$(id -u)
login_shell=$(getent passwd "$login_id" 2>/dev/null) login_shell=${login_shell##*:}
agent=
[ ! -S "${SSH_AUTH_SOCK-}" ] || agent=yes
systemd=
[ ! -d /run/systemd/system ] || systemd=yes
fact access user "$login_user" uid "$login_id" shell "${login_shell:-${SHELL-}}" home "$HOME" \
  agent "$agent" systemd "$systemd" by "${SSH_CONNECTION-}"
look user-home "$HOME"
for name in .ssh .ssh/authorized_keys; do
  [ ! -e "$HOME/$name" ] || look "$name" "$HOME/$name"
done

for file in "$HOME"/.ssh/id_*; do
  case $file in *.pub | *-cert*) continue ;; esac
  [ ! -f "$file" ] || look key "$file"
done

# say_sudo: whether sudo works without a question.
say_sudo() {
  if ! command -v sudo >/dev/null; then
    fact sudo works no said 'there is no sudo'
  elif said=$(bounded 3 sudo -n true 2>&1); then
    fact sudo works yes
  else
    fact sudo works no said "${said%%"$nl"*}"
  fi
}
if [ "$login_id" -eq 0 ]; then fact sudo works root; else later say_sudo; fi
