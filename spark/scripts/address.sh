# address.sh: whether an address is one of this host's, and who is in the way there. Needs lib.sh
# and daemons.sh.

# own_addresses: sets own, the IPv4 addresses of this host with a blank on either side; empty
# where the kernel does not tell them, or lets a daemon listen at any, or at any of a range.
own_addresses() {
  own='' foreign=0
  [ ! -r /proc/sys/net/ipv4/ip_nonlocal_bind ] || read -r foreign </proc/sys/net/ipv4/ip_nonlocal_bind
  [ "$foreign" = 0 ] && [ -r /proc/net/fib_trie ] || return 0
  own=$(awk '
    { for (i = 1; i < NF; i++) if ($i == "|--") last = $(i + 1) }
    / LOCAL$/ && !/\/32 / && last !~ /^127\./ { range = 1 }
    /32 host LOCAL/ && !(last in seen) { seen[last] = 1; list = list " " last }
    END { if (list && !range) print list " " }' /proc/net/fib_trie)
}

# is_own ADDRESS: also where nobody knows.
is_own() {
  case $1 in 127.* | 0.0.0.0) return 0 ;; esac
  case ${own:-" $1 "} in *" $1 "*) true ;; *) false ;; esac
}

# find_bound HOST: sets bound, the IPv4 addresses that it leads to here, and said; and misled:
# foreign if none of them is this host's, unknown if it has none at all.
find_bound() {
  bound='' misled='' said=$1
  case $1 in
    *:*) return 0 ;;
    *[!0-9.]*)
      command -v getent >/dev/null && timeout 1 true 2>/dev/null || return 0
      said=$(timeout 3 getent ahosts "$1" 2>&1)
      case $? in 0) ;; 2) misled=unknown; return ;; *) return 0 ;; esac
      bound=$(printf '%s\n' "$said" | awk '$1 !~ /:/ && !seen[$1]++ { printf "%s%s", blank, $1; blank = " " }') ;;
    *) bound=$1 ;;
  esac
  own_addresses
  for at in $bound; do
    ! is_own "$at" || return 0
  done
  [ -z "$bound" ] || misled=foreign
}

# holder PORT [ADDRESS...]: who listens on it in the way of those IPv4 addresses, of all if there
# are none; for a person to read.
holder() {
  port=$1
  shift
  inode=$(awk -v port="$(printf ':%04X' "$port")" -v wanted="$*" '
    BEGIN {
      for (i = split(wanted, address, " "); i > 0; i--) {
        if (address[i] == "0.0.0.0") wanted = ""
        split(address[i], part, ".")
        hex[sprintf("%02X%02X%02X%02X", part[4], part[3], part[2], part[1])] = 1
      }
    }
    $4 != "0A" || substr($2, length($2) - 4) != port { next }
    { at = substr($2, 1, length($2) - 5); sub(/^0000000000000000FFFF0000/, "", at) }
    wanted == "" || at ~ /^0+$/ || (at in hex) { print $10; exit }' /proc/net/tcp /proc/net/tcp6 2>/dev/null)
  [ -n "$inode" ] || return 0
  for dir in /proc/[0-9]*; do
    if sockets "${dir#/proc/}" | grep -qx "$inode"; then
      echo "pid ${dir#/proc/}: $(tr '\0' ' ' <"$dir/cmdline" | cut -c 1-200)"
      return
    fi
  done
  echo "a process of another user (as root: ss -ltnp sport = :$port)"
}
