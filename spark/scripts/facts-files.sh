# facts-files.sh: the files of the conf directory, as they are. Needs facts.sh and
# facts-paths.sh.
#
# out:  records of kind file, with content in base64, and syntax, what bash says of spark-env.sh

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
  elif [ -f "$file" ]; then
    fact file name "$1" path "$file" state read real "$real" content "$(head -c 262144 <"$file" | base64 | tr -d '\n')"
  else
    fact file name "$1" path "$file" state 'no file'
  fi
}

if command -v base64 >/dev/null; then
  for name in $in_files; do bring "$name"; done
else
  unseen "$SPARK_CONF_DIR" 'there is no base64 on the host to bring files with'
fi
if [ -f "$SPARK_CONF_DIR/spark-env.sh" ] && [ -r "$SPARK_CONF_DIR/spark-env.sh" ]; then
  said=$(bash -n "$SPARK_CONF_DIR/spark-env.sh" 2>&1 | head -c 2000)
  [ -z "$said" ] || fact syntax said "$said"
fi
