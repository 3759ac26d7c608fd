# mend.sh: one command that doctor has shown before.
#
# in:   in_command          a line of sh
#       in_sudo             yes if only root can do it: never with a question
# out:  what the command says; its exit status

if [ "$in_sudo" = yes ]; then
  exec sudo -n sh -c "$in_command" 2>&1
fi
exec sh -c "$in_command" 2>&1
