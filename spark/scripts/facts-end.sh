# facts-end.sh: what takes one process for all paths, what may have to wait, and the clock.
# Needs all other facts-*.sh.
#
# out:  records of kind stat, space, mount, big, those of the jobs, clock, end

IFS=$nl
set -f
set -- $paths
if [ $# -gt 0 ]; then
  stat -L -c "kind=stat${nl}mode=%a${nl}owner=%U${nl}uid=%u${nl}group=%G${nl}size=%s${nl}changed=%Y${nl}device=%d${nl}inode=%i${nl}path=%n$nl" "$@" 2>/dev/null
  stat -f -c "kind=space${nl}block=%S${nl}blocks=%b${nl}available=%a${nl}inodes=%c${nl}inodes_free=%d${nl}path=%n$nl" "$@" 2>/dev/null
fi
set +f
unset IFS
printf '%s' "$reals" | awk '
  FILENAME == "/proc/mounts" { gsub(/\\040/, " ", $2); at[++n] = $2; type[n] = $3; read_only[n] = ("," $4 ",") ~ /,ro,/; next }
  $0 in seen { next }
  {
    seen[$0] = 1; best = 0
    for (i = 1; i <= n; i++) {
      slash = at[i] == "/" ? "/" : at[i] "/"
      if ((index($0 "/", slash) == 1) && (!best || length(at[i]) >= length(at[best]))) best = i
    }
    if (best) print "kind=mount\nreal=" $0 "\nmount=" at[best] "\ntype=" type[best] "\nread_only=" (read_only[best] ? "yes" : "no") "\n"
  }' /proc/mounts -

# say_big DIRECTORY: what takes most room in it, where its disk is nearly full.
say_big() {
  big_of=$1
  set -- $(stat -f -c '%a %b' "$1" 2>/dev/null)
  [ "$(((${1:-1} * 100) / (${2:-1} + 1)))" -lt 10 ] || return
  set -- "$big_of"/app-* "$big_of"/driver-* "$big_of"/spark-* "$big_of"/blockmgr-*
  sizes=$(bounded 5 du -sk "$@" 2>/dev/null | sort -rn | head -n 5)
  [ -n "$sizes" ] && fact big of "$big_of" sizes "$sizes"
}

# All of them at a time: each has a bound of its own, and the longest is what they take.
rest=$jobs_later
while [ -n "$rest" ]; do
  job=${rest%%"$nl"*} rest=${rest#*"$nl"}
  at_once $job &
done
in_rest=${SPARK_WORKER_DIR:-$SPARK_HOME/work},${SPARK_LOCAL_DIRS:-/tmp},
while [ -n "$in_rest" ]; do
  [ ! -d "${in_rest%%,*}" ] || at_once say_big "${in_rest%%,*}" &
  in_rest=${in_rest#*,}
done
wait
fact clock ms "$(date +%s%3N 2>/dev/null)" seconds "$(date +%s)"
fact end whole yes
