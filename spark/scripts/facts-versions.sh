# facts-versions.sh: which Spark, Scala, Java and Python are here. Needs facts.sh,
# facts-paths.sh and facts-ask.sh.
#
# out:  records of kind spark, java, python; jars_known, for facts-end.sh

find_version
release='' scala='' jars_known=''
[ ! -f "$SPARK_HOME/RELEASE" ] || IFS= read -r release <"$SPARK_HOME/RELEASE" || :
for jar in "$SPARK_HOME"/jars/spark-core_*.jar; do
  [ ! -f "$jar" ] || scala=${jar##*/spark-core_} scala=${scala%%-*}
done
if [ -r "$SPARK_HOME/jars" ] && [ -n "$SPARK_HOME" ]; then
  set -- "$SPARK_HOME"/jars/*
  case $*/$# in
    *["$nl$cr\\"]*) unseen jars 'a name of one has a line break or a backslash in it' ;;
    */[0-9] | */[0-9][0-9] | */[0-9][0-9][0-9] | */1[0-9][0-9][0-9]) jars_known=yes ;;
    *) unseen jars 'there are too many of them' ;;
  esac
elif [ -n "$SPARK_HOME" ]; then
  unseen jars "$SPARK_HOME/jars cannot be read"
fi
fact spark release "$release" version "$version" scala "$scala" jars "${jars_known:+$SPARK_HOME/jars/}"

# say_java: the java that Spark's scripts would take here.
say_java() {
  java=${JAVA_HOME:+$JAVA_HOME/bin/java} from=JAVA_HOME
  if [ -z "$java" ]; then
    from=PATH
    find_program java "$env_path" || :
    java=$program
  fi
  if [ -z "$java" ]; then
    fact java state missing from "$from"
  elif [ ! -x "$java" ]; then
    fact java state missing path "$java" from "$from"
  else
    resolve "$java"
    java_real=$real java_from=$from
    later java_said - 5 "$java" -version
  fi
}
java_said() { fact java state found path "$java" real "$java_real" from "$java_from" said "$3"; }

# say_python NAME: what it says of itself.
say_python() {
  ! find_program "$1" "$env_path" || later python_said "$1" 5 "$program" --version
}
python_said() {
  find_program "$1" "$env_path"
  fact python name "$1" path "$program" said "$3"
}

say_java
say_python python3
case ${PYSPARK_PYTHON-} in '' | python3 | *[[:space:]]*) ;; *) say_python "$PYSPARK_PYTHON" ;; esac
