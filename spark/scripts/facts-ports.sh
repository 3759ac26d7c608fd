# facts-ports.sh: who holds the ports that Spark wants here. Needs facts.sh,
# facts-daemons.sh and facts-tables.sh.
#
# out:  records of kind port, one for each listener at a wanted port; none where it is free

# want ROLE USE PORT: a port that a daemon of this host is to have.
want() {
  case $3 in
    0) return ;;
    '' | *[!0-9]* | ??????*) unseen "the $2 port of the $1" "$3 is not a port number"; return ;;
  esac
  wanted="$wanted$3 "
  fact wanted role "$1" use "$2" port "$3"
}
wanted=' '

case " $in_roles " in
  *' master '*)
    address=${in_masters%% *}
    want master rpc "${SPARK_MASTER_PORT:-${address##*:}}"
    want master webui "${SPARK_MASTER_WEBUI_PORT:-8080}" ;;
esac
case " $in_roles " in
  *' worker '*)
    [ -z "${SPARK_WORKER_PORT-}" ] || want worker rpc "$SPARK_WORKER_PORT"
    want worker webui "${SPARK_WORKER_WEBUI_PORT:-8081}" ;;
esac

# Held are PORT ADDRESS UID INODE of those at a wanted port. Who listens comes first in these
# tables; all that is connected, which may be much, is not read.
tables=$tables'
  function dec(hex,  i, n) { for (i = 1; i <= length(hex); i++) n = n * 16 + index("0123456789ABCDEF", substr(hex, i, 1)) - 1; return n + 0 }
  function four(hex) { return dec(substr(hex, 7, 2)) "." dec(substr(hex, 5, 2)) "." dec(substr(hex, 3, 2)) "." dec(substr(hex, 1, 2)) }
  function listeners(file, used,  line, part, at, port, address) {
    if ((getline line < used) > 0 && line ~ / inuse 0( |$)/) return
    while ((getline line < file) > 0) {
      split(line, part, " ")
      if (part[4] == "st" || part[4] == "03") continue
      if (part[4] != "0A") break
      split(part[2], at, ":")
      port = dec(at[2])
      if (!index(wanted, " " port " ")) continue
      address = length(at[1]) == 8 ? four(at[1]) : at[1] ~ /^0+$/ ? "::" : at[1] ~ /^0000000000000000FFFF0000/ ? four(substr(at[1], 25)) : "ipv6"
      held = held port " " address " " part[8] " " part[10] "\n"
    }
  }
  END { if (wanted != " ") { listeners("/proc/net/tcp", "-none"); listeners("/proc/net/tcp6", "/proc/net/sockstat6") } }
'

# owners FILE...: INODE PID of every socket in these /proc/PID/fd.
owners() {
  ls -l "$@" 2>/dev/null | awk '/^\/proc\// { split($0, part, "/"); pid = part[3] } / socket:\[[0-9]+\]$/ { inode = $NF; gsub(/[^0-9]/, "", inode); print inode, pid }'
}

# say_ports: once the tables are read.
say_ports() {
  [ -n "$held" ] || return 0
  dirs=''
  # A second word makes ls name the directory; one that is not there does no harm.
  for pid in $all_daemons 0; do dirs="$dirs /proc/$pid/fd"; done
  by=$(owners /proc/self/fd $dirs)
  unknown=
  while read -r port address uid inode; do
    case "$nl$by" in *"$nl$inode "*) ;; *) unknown=yes ;; esac
  done <<END
$held
END
  [ -z "$unknown" ] || by=$(owners /proc/[0-9]*/fd)
  while read -r port address uid inode; do
    pid='' command=''
    case "$nl$by" in *"$nl$inode "*) pid=${by#*"$inode "} pid=${pid%%"$nl"*} ;; esac
    [ -z "$pid" ] || command=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | cut -c 1-200)
    fact port port "$port" address "$address" uid "$uid" pid "$pid" command "$command"
  done <<END
$held
END
}
