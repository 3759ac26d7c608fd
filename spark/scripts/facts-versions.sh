# facts-versions.sh: which Spark, Scala, Java and Python are here. Needs facts.sh.
#
# out:  records of kind spark, java, python

find_version
release='' scala='' jars=''
[ ! -f "$SPARK_HOME/RELEASE" ] || IFS= read -r release <"$SPARK_HOME/RELEASE" || :
for jar in "$SPARK_HOME"/jars/spark-core_*.jar; do
  [ ! -f "$jar" ] || scala=${jar##*/spark-core_} scala=${scala%%-*}
done
if [ -r "$SPARK_HOME/jars" ] && [ -n "$SPARK_HOME" ]; then
  jars=$(cd "$SPARK_HOME/jars" && stat -L -c '%s %n' ./* 2>/dev/null)
  [ "${#jars}" -le 65536 ] || unseen jars 'there are too many of them'
elif [ -n "$SPARK_HOME" ]; then
  unseen jars "$SPARK_HOME/jars cannot be read"
fi
[ "${#jars}" -le 65536 ] || jars=
fact spark release "$release" version "$version" scala "$scala" jars "$jars"

# say_java: the java that Spark's scripts would take here.
say_java() {
  java=${JAVA_HOME:+$JAVA_HOME/bin/java} from=JAVA_HOME
  if [ -z "$java" ]; then java=$(command -v java) from=PATH; fi
  if [ -z "$java" ]; then
    fact java state missing from "$from"
  elif [ ! -x "$java" ]; then
    fact java state missing path "$java" from "$from"
  else
    said=$(bounded 5 "$java" -version 2>&1)
    resolve "$java"
    fact java state found path "$java" real "$real" from "$from" said "$said"
  fi
}

# say_python NAME: what it says of itself.
say_python() {
  path=$(command -v "$1") || return
  fact python name "$1" path "$path" said "$(bounded 5 "$path" --version 2>&1)"
}

later say_java
later say_python python3
case ${PYSPARK_PYTHON-} in '' | python3 | *[[:space:]]*) ;; *) later say_python "$PYSPARK_PYTHON" ;; esac
