# facts-paths.sh: where SPARK_HOME leads, what else could be it, and every directory that Spark
# writes to. Needs facts.sh.
#
# out:  records of kind link, candidate, path; and, from facts-end.sh, stat, space, mount

# resolve PATH [NAME]: sets real, where the path leads, missing, the first part of it that is not
# there, broken, the first link that leads nowhere, and turns, yes if it leads round in a circle.
# With NAME each link on the way is a record.
resolve() {
  rest=${1#/} real='' missing='' broken='' turns='' hops=0
  while [ -n "$rest" ]; do
    part=${rest%%/*}
    case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
    case $part in
      '' | .) continue ;;
      ..) real=${real%/*}; continue ;;
    esac
    real=$real/$part
    if [ ! -L "$real" ]; then
      [ -e "$real" ] || missing=${missing:-$real}
      continue
    fi
    hops=$((hops + 1))
    if [ "$hops" -gt 40 ]; then turns=yes; return; fi
    target=$(readlink "$real") dangling=''
    [ -e "$real" ] || dangling=yes broken=${broken:-$real}
    if [ -n "${2-}" ] && [ "$hops" -le 8 ]; then
      fact link of "$2" path "$real" target "$target" dangling "$dangling"
    fi
    case $target in
      /*) rest=${target#/}/$rest real='' ;;
      *) rest=$target/$rest real=${real%/*} ;;
    esac
  done
  real=${real:-/}
}

# look WHAT PATH [LINKS]: a record of kind path; more of it comes with those of kind stat and
# space, for all paths at once.
look() {
  resolve "$2" "${3-}"
  type=missing nearest='' nearest_writable='' nearest_file='' rights=''
  if [ -d "$2" ]; then type=directory; elif [ -f "$2" ]; then type=file; elif [ -e "$2" ]; then type=other; fi
  if [ "$type" = missing ]; then
    nearest=${missing%/*} nearest=${nearest:-/}
    [ ! -w "$nearest" ] || nearest_writable=yes
    [ -d "$nearest" ] || nearest_file=yes
  else
    [ ! -r "$2" ] || rights=r
    [ ! -w "$2" ] || rights=${rights}w
    [ ! -x "$2" ] || rights=${rights}x
    case $2$real in
      *["$nl$cr\\"]*) unseen "$2" 'its name has a line break or a backslash in it' ;;
      *)
        case $nl$paths in *"$nl$2$nl"*) ;; *) paths="$paths$2$nl" ;; esac
        case $nl$reals in *"$nl$real$nl"*) ;; *) reals="$reals$real$nl" ;; esac ;;
    esac
  fi
  fact path what "$1" path "$2" type "$type" real "$real" missing "$missing" loop "$turns" \
    nearest "$nearest" nearest_writable "$nearest_writable" nearest_file "$nearest_file" broken "$broken" rights "$rights"
}
paths='' reals=''

# candidates NAME: other places with a Spark of that name.
candidates() {
  for dir in "$HOME" /home/* /opt /usr/local /usr/lib /srv; do
    [ -f "$dir/$1/bin/spark-class" ] && [ "$dir/$1" != "$in_guess" ] || continue
    case $known in *"$nl$dir/$1$nl"*) continue ;; esac
    known="$known$dir/$1$nl"
    SPARK_HOME=$dir/$1
    resolve "$SPARK_HOME"
    find_version
    fact candidate path "$SPARK_HOME" real "$real" version "$version"
  done
}
known=$nl

[ -z "$in_guess" ] || look launcher "$in_guess" launcher
if [ -n "$home_chosen" ]; then
  look home "$home_chosen" home
  look logs "$SPARK_LOG_DIR"
  look work "${SPARK_WORKER_DIR:-$SPARK_HOME/work}"
  for name in bin jars; do
    [ ! -d "$SPARK_HOME/$name" ] || look "$name" "$SPARK_HOME/$name"
  done
  [ ! -f "$SPARK_HOME/bin/spark-class" ] || look program "$SPARK_HOME/bin/spark-class"
fi
[ -z "$SPARK_CONF_DIR" ] || look conf "$SPARK_CONF_DIR"
look pids "$pid_dir"
in_rest=${SPARK_LOCAL_DIRS:-/tmp},
while [ -n "$in_rest" ]; do
  [ -z "${in_rest%%,*}" ] || look local "${in_rest%%,*}"
  in_rest=${in_rest#*,}
done
if [ -z "$in_guess" ] || [ ! -f "$in_guess/bin/spark-class" ]; then
  home_kept=$SPARK_HOME
  for name in $in_home_names; do candidates "$name"; done
  SPARK_HOME=$home_kept
fi
