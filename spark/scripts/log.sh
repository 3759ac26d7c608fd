# log.sh: what a daemon says of itself in its log. Needs lib.sh and daemons.sh. The texts
# are those of Spark 1.1 to 4.x; lines of structured logging (4.0) hold the same texts.

# word_after TEXT LINE: the address or URL that follows TEXT in LINE.
word_after() {
  word=${2#*"$1"}
  word=${word%%[!]A-Za-z0-9.:/_[-]*}
}

# forget: nothing is known of the daemon yet.
forget() { address='' webui='' bound='' registered='' slid='' ui_slid='' spark_version=''; }

# take LINE: sets address (host:port), webui, registered and the rest from one line.
take() {
  case $1 in
    *'Starting Spark master at spark://'*) word_after 'Starting Spark master at spark://' "$1"; address=$word ;;
    *'Starting Spark worker '*) word_after 'Starting Spark worker ' "$1"; address=$word ;;
    *'Successfully registered with master '*) word_after 'registered with master ' "$1"; registered=$word ;;
    *'Running Spark version '*) word_after 'Running Spark version ' "$1"; spark_version=$word ;;
    *"could not bind on"*)
      case $1 in
        *"'sparkMaster'"* | *"'sparkWorker'"*) slid=yes ;;
        *UI*) ui_slid=yes ;;
      esac ;;
    *WebUI*' started at http'* | *' web UI at http'*)
      case $1 in *'Bound '*' to '*) bound=${1#*'Bound '}; word_after ' to ' "$bound"; bound=$word ;; esac
      word=${1##*' at http'}
      webui=http${word%%[!]A-Za-z0-9.:/_[-]*} ;;
  esac
}

# read_log FILE MOST: takes the first MOST lines of a file.
read_log() {
  forget
  count=0
  while [ "$count" -lt "$2" ] && IFS= read -r line; do
    take "$line"
    count=$((count + 1))
  done <"$1"
}

# log_record: what the log told, into the present record.
log_record() {
  [ -z "$address" ] || emit address "$address"
  [ -z "$webui" ] || emit webui "$webui"
  [ -z "$bound" ] || emit bound "$bound"
  [ -z "$registered" ] || emit registered "$registered"
  [ -z "$spark_version" ] || emit version "$spark_version"
  [ -z "$ui_slid" ] || warn "its web UI is at $webui: the port before it was taken"
}

# warn TEXT: something to look at, for the next record that ends with close_daemon.
warn() { warnings="${warnings:+$warnings; }$1"; }
warnings=

# close_daemon: ends the record of a daemon.
close_daemon() {
  [ -z "$warnings" ] || emit warning "$warnings"
  warnings=
  close_record
}

# daemon_record STATE INSTANCE PID LOG: opens the record of one daemon.
daemon_record() {
  emit kind daemon
  emit state "$1"
  emit instance "$2"
  [ -z "$3" ] || emit pid "$3"
  [ -z "$4" ] || emit log "${4%' (deleted)'}"
}

# evidence FILE BYTES: the end of a log, for the launcher to find the reason in.
evidence() { [ ! -f "$1" ] || emit tail "$(tail -c "$2" "$1")"; }
