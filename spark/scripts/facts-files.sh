# facts-files.sh: the files of the conf directory, as they are. Needs facts.sh, facts-text.sh
# and facts-paths.sh.
#
# out:  records of kind file, with content in base64 where it has not come as text, and syntax,
#       what bash says of spark-env.sh

# bring NAME: at most 256 KiB of a file.
bring() {
  file=$SPARK_CONF_DIR/$1
  if [ ! -e "$file" ]; then
    [ ! -L "$file" ] || fact file name "$1" path "$file" state dangling
    return
  fi
  look "file" "$file"
  if [ ! -r "$file" ]; then
    unseen "$file" 'it cannot be read'
    fact file name "$1" path "$file" state unreadable
  elif [ ! -f "$file" ]; then
    fact file name "$1" path "$file" state 'no file'
  else
    case " $brought " in
      *" $1 "*) fact file name "$1" path "$file" state read real "$real" as text ;;
      *)
        if command -v base64 >/dev/null; then
          fact file name "$1" path "$file" state read real "$real" content "$(head -c 262144 <"$file" | base64 | tr -d '\n')"
        else
          unseen "$file" 'there is no base64 on the host to bring it with'
        fi ;;
    esac
  fi
}

for name in $in_files; do bring "$name"; done
# bash has read the file to its end and found nothing wrong, or it is asked once more.
file=$SPARK_CONF_DIR/spark-env.sh
if [ "$env_plain/${env_status-}" != yes/0 ] && [ -f "$file" ] && [ -r "$file" ]; then
  said=$(bash -n "$file" 2>&1 | head -c 2000)
  [ -z "$said" ] || fact syntax said "$said"
fi
