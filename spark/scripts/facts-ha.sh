# facts-ha.sh: whether a master of this host could recover: the members of its ZooKeeper, or its
# directory. Needs facts.sh, facts-paths.sh and facts-network.sh.
#
# out:  records of kind dialled and path

# property NAME: sets value, of the Java options of a master, else of spark-defaults.conf.
property() {
  value=''
  for word in ${SPARK_DAEMON_JAVA_OPTS-} ${SPARK_MASTER_OPTS-}; do
    case $word in "-D$1="*) value=${word#*=} ;; esac
  done
  if [ -z "$value" ] && [ -r "$SPARK_CONF_DIR/spark-defaults.conf" ]; then
    value=$(sed -n "s/[[:space:]]*\$//; s/^[[:space:]]*$1[[:space:]=:]\{1,\}//p" "$SPARK_CONF_DIR/spark-defaults.conf")
    value=${value##*"$nl"}
  fi
  value=${value#[\"\']} value=${value%[\"\']}
}

# members LIST: dials each host:port of a ZooKeeper's address.
members() {
  members_left=${1%%/*},
  while [ -n "$members_left" ]; do
    member=${members_left%%,*} members_left=${members_left#*,}
    case $member in
      '' | *[!][A-Za-z0-9.:_-]*) continue ;;
      *:*) ;;
      *) member=$member:2181 ;;
    esac
    dialled "$member"
  done
}

case " $in_roles " in
  *' master '*)
    set -f
    property spark.deploy.recoveryMode
    case $value in
      [Zz]*) property spark.deploy.zookeeper.url; members "$value" ;;
      [Ff]*)
        property spark.deploy.recoveryDirectory
        case $value in /*) look recovery "$value" ;; esac ;;
    esac
    set +f ;;
esac
