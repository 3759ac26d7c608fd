# facts-ask.sh: what may have to wait, asked side by side, each within a bound. Needs facts.sh.
#
# out:  nothing by itself: the families say with later what is asked, and how its answer is told

# later REPORT ABOUT SECONDS COMMAND ARGUMENT...: a question. REPORT is called with ABOUT, the
# state of the answer (told, late, or unasked) and what was said, when all are there. No word is
# empty or has a line break. COMMAND is a program, or a function of ask_all.
later() {
  case $* in *"$nl"*) unseen "$2" 'there is a line break in it'; return ;; esac
  for word; do questions=$questions$word$nl; done
  questions="$questions;$nl"
}
questions=''

# The program for bash that asks: a process for each question and none besides; the clock at
# the end. A program that goes on after its time is told to end, and nobody waits until it has.
ask_all='
connect() { LC_ALL=C; exec 3<>"/dev/tcp/$1/$2" && echo open; }
verdict() { "$@"; echo "=$?"; }
biggest() { du -sk "$1"/app-* "$1"/driver-* "$1"/spark-* "$1"/blockmgr-* 2>/dev/null | sort -rn | head -n 5; }
begin() { case $1 in connect | verdict | biggest) "$@" ;; *) exec "$@" ;; esac; }
clock() {
  now=${EPOCHREALTIME//[!0-9]/} now=${now%???}
  [ -n "$now" ] || now=$((SECONDS * 1000 - late_by)) late_by=0
}
late_by=999 # where seconds are all there is, a bound is rather too long
asked=0 most=0
printf -v quote "\\047"; printf -v lf "\n"
clock; begun=$now
while [ $# -gt 0 ]; do
  head[asked]="$1 $quote${2//$quote/$quote\\$quote$quote}$quote" bound[asked]=$3; shift 3; words=()
  [ "${bound[asked]}" -le $most ] || most=${bound[asked]}
  while [ "$1" != ";" ]; do words[${#words[@]}]=$1; shift; done
  shift
  eval "exec $((asked + 10))< <(begin \"\${words[@]}\" 2>&1)"
  pid[asked]=$!
  asked=$((asked + 1))
done
for ((limit = 1; limit <= most; limit++)); do
  for ((i = 0; i < asked; i++)); do
    [ ${bound[i]} = $limit ] || continue
    clock; left=$((limit * 1000 - now + begun)) said= state=told
    [ $left -gt 0 ] || left=10
    printf -v left %d.%03d $((left / 1000)) $((left % 1000))
    IFS= read -r -d "" -t $left said <&$((i + 10))
    if [ $? -gt 128 ]; then state=late; kill ${pid[i]}; fi 2>/dev/null
    said=${said:0:8000}
    while [ "${said%$lf}" != "$said" ]; do said=${said%$lf}; done
    echo "${head[i]} $state $quote${said//$quote/$quote\\$quote$quote}$quote"
  done
done
[ -z "$EPOCHREALTIME" ] || { clock; echo "clock_ms=$now"; }
'

# ask: asks all that later was told, and reports. Without bash one after the other, and what
# takes a function of ask_all not at all.
ask() {
  clock_ms=''
  if command -v bash >/dev/null; then
    IFS=$nl
    set -f
    set -- $questions
    set +f
    unset IFS
    eval "$(bash -c "$ask_all" bash "$@")"
    return
  fi
  while [ -n "$questions" ]; do
    IFS=$nl
    set -f
    set -- ${questions%%"$nl;$nl"*}
    set +f
    unset IFS
    questions=${questions#*"$nl;$nl"} report=$1 about=$2 limit=$3 said='' state=told
    shift 3
    case $1 in
      connect | biggest) state=unasked ;;
      verdict) shift; said=$(bounded "$limit" "$@" 2>&1; echo "=$?") ;;
      *) said=$(bounded "$limit" "$@" 2>&1) || case $? in 124 | 143) state=late ;; esac ;;
    esac
    "$report" "$about" "$state" "$said"
  done
}

# bounded SECONDS COMMAND...: its status is 124 or 143 if it took longer.
bounded() {
  if timeout 1 true 2>/dev/null; then
    timeout "$@"
    return
  fi
  bound=$1
  shift
  "$@" &
  job=$!
  (sleep "$bound" && kill "$job") >/dev/null 2>&1 &
  dog=$!
  wait "$job" 2>/dev/null
  set -- "$?"
  kill "$dog" 2>/dev/null
  return "$1"
}
