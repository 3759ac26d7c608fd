# facts-network.sh: what this host calls itself, and how it finds the masters. Needs facts.sh,
# facts-ask.sh and facts-tables.sh.
#
# out:  records of kind name, address, hosts, resolved, dialled

hostname='' machine='' boot=''
[ ! -r /proc/sys/kernel/hostname ] || read -r hostname </proc/sys/kernel/hostname
[ ! -r /etc/machine-id ] || read -r machine </etc/machine-id || :
[ ! -r /proc/sys/kernel/random/boot_id ] || read -r boot </proc/sys/kernel/random/boot_id
fact name hostname "$hostname" machine_id "$machine" boot_id "$boot"

# Own addresses: the kernel's table of them, for ip and hostname -I are not everywhere.
if [ -r /proc/net/fib_trie ]; then
  table /proc/net/fib_trie /proc/net/if_inet6
else
  unseen addresses 'the kernel does not tell its addresses'
fi
table_names=$hostname
for address in $in_masters; do table_names="$table_names ${address%:*}"; done
table /etc/hosts
tables=$tables'
  function six(hex,  i, s) { for (i = 1; i < 32; i += 4) s = s (i > 1 ? ":" : "") substr(hex, i, 4); return s }
  FILENAME == "/proc/net/if_inet6" { print "kind=address\naddress=" six($1) "\n"; next }
  FILENAME == "/proc/net/fib_trie" {
    for (i = 1; i < NF; i++) if ($i == "|--") last = $(i + 1)
    if (/32 host LOCAL/ && !(last in address)) { address[last] = 1; print "kind=address\naddress=" last "\n" }
    next
  }
  FILENAME == "/etc/hosts" {
    text = $0; sub(/#.*/, ""); sub(/\r$/, "")
    known = 0
    for (i = 2; i <= NF; i++) if (index(tolower(names), " " tolower($i) " ")) known = 1
    if (known && text !~ /[\\\r]/) print "kind=hosts\nline=" FNR "\naddress=" $1 "\ntext=" text "\n"
    next
  }
'

# is_address NAME: whether it is an IPv4 address as it stands.
is_address() {
  case $1 in *[!0-9.]* | *.*.*.*.* | .* | *. | *..*) return 1 ;; *.*.*.*) ;; *) return 1 ;; esac
  octets=$1.
  while [ -n "$octets" ]; do
    case ${octets%%.*} in 0?* | ????*) return 1 ;; esac
    [ "${octets%%.*}" -le 255 ] || return 1
    octets=${octets#*.}
  done
}

# resolved NAME: its addresses, in the order that this host would try them, as getent tells them.
resolved() {
  if is_address "$1"; then
    fact resolved name "$1" state found said "$1"
  elif find_program getent; then
    later getent_said "$1" 3 "$program" ahosts "$1"
  else
    fact resolved name "$1" state unasked
  fi
}

# getent_said NAME STATE SAID: an address in front of each line; behind that of the first line
# the name in full, as hostname -f has it.
getent_said() {
  state=unknown
  if [ "$2" = late ]; then
    state=timeout
  else
    case ${3%% *} in '' | *[!0-9A-Fa-f.:]*) ;; *[.:]*) state=found ;; esac
  fi
  fact resolved name "$1" state "$state" said "$3"
  [ "$1/$state" = "$hostname/found" ] || return 0
  set -- ${3%%"$nl"*}
  [ -z "${3-}" ] || fact fqdn name "$3"
}

# dialled HOST:PORT: whether a TCP connection comes about, within 2 s.
dialled() {
  dial_host=${1%:*} dial_host=${dial_host#[}
  later dial_said "$1" 2 connect "${dial_host%]}" "${1##*:}"
}
dial_said() {
  case $2/$3 in
    late/*) state=timeout ;;
    unasked/*) unseen "a connection to $1" 'there is no bash to make it with'; return ;;
    told/open) state=open ;;
    *'onnection refused'*) state=refused ;;
    *'not known'* | *'esolution'* | *'ddress associated'* | *'nvalid host'*) state=dns ;;
    *) state=failed ;;
  esac
  said=${3%%"$nl"*}
  case $said in "environment: "*) said="bash: ${said#*: }" ;; esac # so it calls itself in a function
  [ "$state" != open ] || said=''
  fact dialled address "$1" state "$state" said "$said"
}

[ -z "$hostname" ] || resolved "$hostname"
for address in $in_masters; do
  name=${address%:*} name=${name#[}
  resolved "${name%]}"
  dialled "$address"
done
