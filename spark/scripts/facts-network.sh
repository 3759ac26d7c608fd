# facts-network.sh: what this host calls itself, and how it finds the masters. Needs facts.sh.
#
# out:  records of kind name, address, hosts, resolved, dialled

hostname='' machine='' boot=''
[ ! -r /proc/sys/kernel/hostname ] || read -r hostname </proc/sys/kernel/hostname
[ ! -r /etc/machine-id ] || read -r machine </etc/machine-id || :
[ ! -r /proc/sys/kernel/random/boot_id ] || read -r boot </proc/sys/kernel/random/boot_id
fact name hostname "$hostname" machine_id "$machine" boot_id "$boot" network "$(readlink /proc/self/ns/net)"

# Own addresses: the kernel's table of them, for ip and hostname -I are not everywhere.
if [ -r /proc/net/fib_trie ]; then
  awk '
    FILENAME ~ /if_inet6$/ { print "kind=address\naddress=" six($1) "\n"; next }
    { for (i = 1; i < NF; i++) if ($i == "|--") last = $(i + 1) }
    /32 host LOCAL/ && !(last in seen) { seen[last] = 1; print "kind=address\naddress=" last "\n" }
    function six(hex,  i, s) { for (i = 1; i < 32; i += 4) s = s (i > 1 ? ":" : "") substr(hex, i, 4); return s }
  ' /proc/net/fib_trie $([ ! -r /proc/net/if_inet6 ] || echo /proc/net/if_inet6)
else
  unseen addresses 'the kernel does not tell its addresses'
fi

names=$hostname
for address in $in_masters; do names="$names ${address%:*}"; done
if [ -r /etc/hosts ]; then
  awk -v names="$names" '
    BEGIN { n = split(names, wanted, " ") }
    { text = $0; sub(/#.*/, ""); sub(/\r$/, "") }
    NF > 1 {
      found = 0
      for (i = 2; i <= NF; i++) for (j = 1; j <= n; j++) if (tolower($i) == tolower(wanted[j])) found = 1
      if (found && text !~ /[\\\r]/) print "kind=hosts\nline=" NR "\naddress=" $1 "\ntext=" text "\n"
    }' /etc/hosts
fi

# resolved NAME: its addresses, in the order that this host would try them, as getent tells them.
resolved() {
  state=found
  said=$(bounded 3 getent ahosts "$1" 2>&1) || case $? in
    124 | 143) state=timeout ;;
    127) state=unasked ;;
    *) state=unknown ;;
  esac
  fact resolved name "$1" state "$state" said "$said"
}

# dialled HOST:PORT: whether a TCP connection comes about, within 2 s.
dialled() {
  dial_host=${1%:*} dial_host=${dial_host#[}
  said=$(bounded 2 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "${dial_host%]}" "${1##*:}" 2>&1)
  case $? in
    0) state=open ;;
    124 | 143) state=timeout ;;
    *)
      case $said in
        *'onnection refused'*) state=refused ;;
        *'not known'* | *'esolution'* | *'ddress associated'* | *'nvalid host'*) state=dns ;;
        *) state=failed ;;
      esac ;;
  esac
  fact dialled address "$1" state "$state" said "${said%%"$nl"*}"
}

say_fqdn() { fact fqdn name "$(bounded 3 hostname -f 2>/dev/null)"; }

later say_fqdn
[ -z "$hostname" ] || later resolved "$hostname"
for address in $in_masters; do
  name=${address%:*} name=${name#[}
  later resolved "${name%]}"
  later dialled "$address"
done
