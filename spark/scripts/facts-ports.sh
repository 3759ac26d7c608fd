# facts-ports.sh: who holds the ports that Spark wants here. Needs facts.sh,
# facts-daemons.sh and facts-tables.sh.
#
# out:  records of kind port, one for each listener at a wanted port that is in the way or a
#       daemon of this host; none where it is free

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

# owners FILE...: sets by, INODE PID of each socket of held in these /proc/PID/fd.
owners() {
  by=$nl$(ls -l "$@" 2>/dev/null | held=$held awk '
    BEGIN { for (i = split(ENVIRON["held"], line, "\n"); i > 0; i--) { split(line[i], part, " "); wanted[part[4]] = 1 } }
    /^\/proc\// { split($0, part, "/"); pid = part[3] }
    / socket:\[[0-9]+\]$/ { inode = $NF; gsub(/[^0-9]/, "", inode); if (inode in wanted) print inode, pid }')$nl
}

# elsewhere ADDRESS: whether it is none that a daemon here is to listen at.
elsewhere() {
  case $1 in 0.0.0.0 | :: | ipv6 | "${SPARK_LOCAL_IP-}" | "${SPARK_MASTER_HOST-}") return 1 ;; esac
  is_address "${SPARK_LOCAL_IP-}" && [ "$SPARK_LOCAL_IP" != 0.0.0.0 ] || return 1
  [ -z "${SPARK_MASTER_HOST-}" ] || is_address "$SPARK_MASTER_HOST"
}

# say_ports: once the tables are read. Who holds a port is looked for among all processes only
# where it is in the way.
say_ports() {
  [ -n "$held" ] || return 0
  by=$nl dirs='' kept=''
  # A second word makes ls name the directory; one that is not there does no harm.
  for pid in $all_daemons; do dirs="$dirs /proc/$pid/fd"; done
  [ -z "$dirs" ] || owners /proc/0/fd $dirs
  unknown=
  while read -r port address uid inode; do
    case $by in
      *"$nl$inode "*) ;;
      *) if elsewhere "$address"; then continue; else unknown=yes; fi ;;
    esac
    kept="$kept$port $address $uid $inode$nl"
  done <<END
$held
END
  held=$kept
  [ -z "$unknown" ] || owners /proc/[0-9]*/fd
  while read -r port address uid inode; do
    [ -n "$inode" ] || continue
    pid='' command=''
    case $by in *"$nl$inode "*) pid=${by#*"$nl$inode "} pid=${pid%%"$nl"*} ;; esac
    [ -z "$pid" ] || command=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | cut -c 1-200)
    fact port port "$port" address "$address" uid "$uid" pid "$pid" command "$command"
  done <<END
$held
END
}
