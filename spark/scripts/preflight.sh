# preflight.sh: what would let a start come to nothing, found before there is a JVM. Needs lib.sh
# and address.sh.
#
# in:   in_check        yes, or empty where a start is tried whatever there is against it
#       in_bad_env      SHA-256 of a spark-env.sh in which the launcher has found a fault, or empty
#       in_bad_says in_bad_hint   that fault, and what to type
#       in_host in_port the address that a master is to have; empty for workers
#       in_url          spark://h:p[,h:p], for workers
# out:  a record of kind refused; with check, the id of the check of doctor that finds the same,
#       behind those that it judges by: name, address, resolved, dialled, as facts-network.sh has them

# check_env: whether this host reads the very file that is known to be at fault.
check_env() {
  [ -n "$in_bad_env" ] && [ -r "$env_file" ] || return 0
  case $(sha256sum <"$env_file" 2>/dev/null) in
    "$in_bad_env "*) refuse config "$env_file, $in_bad_says" "$in_bad_hint" ;;
  esac
}

# check_local_ip: SPARK_LOCAL_IP, if it is an address, is one of this host's.
check_local_ip() {
  case ${SPARK_LOCAL_IP-} in
    '' | 127.* | 0.0.0.0 | *[!0-9.]* | *..* | .* | *.) return 0 ;;
  esac
  own_addresses
  is_own "$SPARK_LOCAL_IP" ||
    refuse config "SPARK_LOCAL_IP=$SPARK_LOCAL_IP is no address of this host" "set SPARK_LOCAL_IP in $env_file to one of: hostname -I"
}

# check_numbers: what a daemon takes for no number is none. An empty one is its own affair, and Spark
# reads past blanks around an amount of memory.
check_numbers() {
  for name in SPARK_WORKER_CORES SPARK_WORKER_MEMORY SPARK_DAEMON_MEMORY; do
    case $class/$name in *.Master/SPARK_WORKER_*) continue ;; esac
    eval "value=\${$name-}"
    case $name/$value in
      */ | SPARK_WORKER_CORES/+[0-9]) ;;
      SPARK_WORKER_CORES/*[!0-9]*) refuse config "$name=$value is no number" "set $name in $env_file" ;;
      *_MEMORY/[!0-9\ ]* | *_MEMORY/*[!0-9bkmgtpBKMGTP\ ]*)
        refuse config "$name=$value is no amount of memory: a whole number and k, m, g or t" "set $name in $env_file" ;;
    esac
  done
}

# check_address: a master may listen at the address that it is to have, and nobody else does.
check_address() {
  [ -n "$in_host" ] || return 0
  find_bound "$in_host"
  if [ -n "$misled" ]; then
    own_addresses
    emit kind name
    emit hostname "$bash_hostname"
    close_record
    for at in $own; do
      emit kind address
      emit address "$at"
      close_record
    done
    emit kind resolved
    emit name "$in_host"
    case $misled in unknown) emit state unknown ;; *) emit state found ;; esac
    emit said "$said"
    close_record
    reason="$in_host is no address of this host"
    [ "$misled" = foreign ] || reason="$in_host is not known on its own host"
    refuse config "$reason" '' names.master-local
  fi
  case $in_host in *:*) return 0 ;; esac # what listens at IPv4 alone is not in the way
  holding=$(holder "$in_port" ${bound:-unknown}) # at which address is not known: only one at all is in the way
  [ -z "$holding" ] || refuse port "port $in_port is taken by $holding" "end what holds the port, or set SPARK_MASTER_PORT in conf/spark-env.sh"
}

# dial HOST PORT: sets dialled to open, refused, dns, timeout or unknown, and said.
dial() {
  said=$(export LC_ALL=C; timeout 2 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$1" "$2" 2>&1)
  case $?/$said in
    0/*) dialled=open ;;
    124/* | 143/*) dialled=timeout ;;
    *'onnection refused'*) dialled=refused ;;
    *'not known'* | *'esolution'* | *'ddress associated'* | *'nvalid host'*) dialled=dns ;;
    *'o route to host'* | *'is unreachable'*) dialled=failed ;;
    *) dialled=unknown ;; # a bash without /dev/tcp
  esac
  said=${said%%"$nl"*}
}

# check_masters: a worker reaches one of the masters at least, by the name that it will use. The
# first stage of the plan has seen one that is ALIVE.
check_masters() {
  case $class in *.Worker) ;; *) return 0 ;; esac
  timeout 1 true 2>/dev/null || return 0
  rest=${in_url#spark://},
  tried=
  while [ -n "$rest" ]; do
    address=${rest%%,*} rest=${rest#*,} host=${address%:*}
    host=${host#[} host=${host%]}
    dial "$host" "${address##*:}"
    case $dialled in open | unknown) return 0 ;; esac
    tried="$tried$dialled $host $address $said$nl"
  done
  emit kind name
  emit hostname "$bash_hostname"
  close_record
  while read -r dialled host address said; do
    [ -n "$dialled" ] || continue
    emit kind dialled
    emit address "$address"
    emit state "$dialled"
    emit said "$said"
    close_record
    state=found
    said=$(timeout 3 getent ahosts "$host" 2>&1) || state=unknown
    emit kind resolved
    emit name "$host"
    emit state "$state"
    emit said "$said"
    close_record
  done <<END
$tried
END
  dialled=${tried%% *}
  [ "$dialled" != failed ] || dialled=timeout
  refuse "$dialled" "no master is reached from there: ${in_url#spark://}" '' names.master
}

# preflight: all of it, for a host that is to start something.
preflight() {
  [ "$in_check" = yes ] || return 0
  check_env
  check_numbers
  check_local_ip
  check_address
  check_masters
}
