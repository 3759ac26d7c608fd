# account.sh: what the scripts of this package share. POSIX sh; defines functions and does nothing
# by itself. Needs record.sh, of package shell.

LC_ALL=C
export LC_ALL
PATH=$PATH:/sbin:/usr/sbin

# follow PATH: sets target to the file that a chain of symbolic links leads to.
follow() {
  target=$1 hops=0
  while [ -L "$target" ]; do
    hops=$((hops + 1))
    [ "$hops" -le 40 ] || refuse config "$1 is a symbolic link that leads nowhere" "ls -l $1"
    link=$(readlink "$target") || refuse config "$target is a symbolic link that cannot be read" "ls -l $target"
    case $link in
      /*) target=$link ;;
      *) target=${target%/*}/$link ;;
    esac
  done
}
