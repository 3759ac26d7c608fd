# exec.sh: one command line, by the shell that a login has, as ssh would run it.
#
# in:   in_command          the command line
# out:  what the command writes, byte for byte; its exit status

exec "${SHELL:-/bin/sh}" -c "$in_command"
