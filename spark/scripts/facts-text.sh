# facts-text.sh: which Spark this is and its environment; and what the bash that reads
# spark-env.sh can tell besides. Needs facts.sh.
#
# out:  records of kind login, environment, text, host; and for the others brought, the files
#       of the conf directory that have come as text, and env_plain, whether nothing in
#       spark-env.sh could end the reading of it before its end; and env_path, the PATH of Spark

in_purpose=look
login_names='' env_names='' brought='' env_plain='' login_id=''

# What comes in front of the program of lib.sh, for the same bash. The login's environment is
# that of the shell which reads this script, as the kernel has it. A file comes as text if it
# is short and has no NUL, as far as a bash of 4.4 or later sees: one that ends in some is found
# by its size (package facts).
read_env='
sparkops_look() {
  local name entry entries=() text parts coded lf cr names= brought= plain= IFS=" " told=kind=login
  printf -v lf "\n"; printf -v cr "\r"
  # At one go, or byte by byte with a bash before 4.4.
  mapfile -d "" -t entries </proc/$PPID/environ ||
    while IFS= read -r -d "" entry; do entries[${#entries[@]}]=$entry; done </proc/$PPID/environ
  [ ${#entries[@]} -gt 0 ] || told=$told$lf${lf}kind=unseen${lf}what=login${lf}why="/proc/PID/environ cannot be read"
  for entry in "${entries[@]}"; do
    name=${entry%%=*}
    case $name in
      SPARK_*[!A-Z0-9_]* | PYSPARK_*[!A-Z_]* | SSH_*[!A-Z_]*) continue ;;
      SPARK_?* | JAVA_HOME | PYSPARK_?* | HADOOP_CONF_DIR | SSH_?* | USER | HOME | SHELL | PATH | LANG | LC_ALL) ;;
      *) continue ;;
    esac
    names="$names $name"
    sparkops_code "${entry#*=}"
    told=$told$lf$name=$coded
  done
  told=$told$lf$lf
  for name in '"$in_files"'; do
    [[ -f ${1%/*}/$name && -r ${1%/*}/$name ]] || continue
    IFS= read -r -N 16385 text <"${1%/*}/$name"
    [ $? = 1 ] || continue
    mapfile -d "" -t -n 2 parts <"${1%/*}/$name" && [ ${#parts[@]} -le 1 ] && [ "$text" = "${parts[0]-}" ] || continue
    sparkops_code "$text"
    told=${told}kind=text${lf}name=$name${lf}content=$coded$lf$lf brought="$brought $name"
    [ $name = spark-env.sh ] || continue
    case "=$text=" in
      *"<<"* | *[!a-zA-Z0-9_]exec[!a-zA-Z0-9_]* | *[!a-zA-Z0-9_]exit[!a-zA-Z0-9_]* | *[!a-zA-Z0-9_]return[!a-zA-Z0-9_]*) ;;
      *) plain=yes ;;
    esac
  done
  printf %s "$told" >&4
  echo "login_names=\"$names\" brought=\"$brought\" env_plain=$plain login_id=$EUID" >&3
}
sparkops_code() { coded=${1//\\/\\\\}; coded=${coded//$lf/\\n}; coded=${coded//$cr/\\r}; }
if [ "${LC_ALL+set}" ]; then
  sparkops_locale=$LC_ALL; LC_ALL=C; sparkops_look "$1"; LC_ALL=$sparkops_locale
else
  LC_ALL=C; sparkops_look "$1"; unset LC_ALL
fi 2>/dev/null
unset -f sparkops_look sparkops_code; unset sparkops_locale
exec 4>&-
'"$read_env"

login_path=$PATH
command -v bash >/dev/null || variables login
find_home
home_chosen=$SPARK_HOME
load_env 4>&1
if [ -n "$login_id" ]; then environment; else variables environment; fi
# The PATH of spark-env.sh is for what Spark runs: a look does not depend on it.
env_path=$PATH path_lost=
[ -z "${env_was_read-}" ] || find_program bash || path_lost=yes
PATH=$login_path
bash_hostname=${bash_hostname-}
if [ -n "$SPARK_HOME" ]; then
  name_files 2>/dev/null
  # Of the workers also where the host has a master beside them.
  case " $in_roles " in *' worker '*) class=${in_classes##* } ;; esac
  count_instances
else
  pid_dir=${SPARK_PID_DIR:-/tmp} real_home= instances=0
fi
# Where the line behind the file was not reached, an exit in it has ended the shell, or what does
# the same: set -e or -u, ${X:?}. A return ends the file alone, and has a status.
env_cut=
case ${env_was_read:-no}/${env_status-} in yes/) [ ! -f "$env_file" ] || env_cut=yes ;; esac
fact host spark_home "$home_chosen" spark_home_from "$home_from" set_home "$SPARK_HOME" conf_dir "$SPARK_CONF_DIR" \
  env_read "${env_was_read:-no}" env_cut "$env_cut" path_lost "$path_lost" ident "${SPARK_IDENT_STRING-}" instances "$instances" pid_dir "$pid_dir"
