package inventory

import (
	"fmt"
	"maps"
	"strings"

	"sparkops/shell"
)

// workers follows sbin/workers.sh (3.1 to 4.0) step by step; slaves.sh (1.2 to 3.0) is the
// same without SPARK_WORKERS and conf/workers.
func (r *reading) workers() (hosts []Host, file string) {
	// A file that the environment names is read before spark-env.sh, and stays.
	list := r.named(r.env)
	if list.empty() {
		list = source{name: "HOSTLIST", text: []byte(r.env("HOSTLIST"))}
	}
	if text, ok := r.SparkEnv["HOSTLIST"]; ok {
		list = source{name: "HOSTLIST", text: []byte(text)}
	}
	if list.name == "HOSTLIST" && !list.empty() {
		r.warn("HOSTLIST", "the hosts come from this variable, not from a file: Spark's scripts honour it, mostly by accident")
	}
	if list.empty() {
		list = r.afterEnv()
	}
	if list.name == "" {
		return nil, "" // refused
	}
	hosts, refused := r.parse(list)
	if len(hosts) == 0 && !refused {
		r.noHosts(list)
	}
	return hosts, list.file
}

// afterEnv is the second half of workers.sh, once spark-env.sh has been read.
func (r *reading) afterEnv() source {
	slaves, workers := r.variable("SPARK_SLAVES"), r.variable("SPARK_WORKERS")
	if slaves != "" || workers != "" {
		list := r.named(r.variable)
		if list.name == "" && len(r.refusals) == 0 {
			name, path := "SPARK_WORKERS", workers
			if path == "" {
				name, path = "SPARK_SLAVES", slaves
			}
			r.refuse(shell.Errorf(shell.ClassConfig, "ls -l "+path,
				"reading %s: %s names it, and there is no such file", path, name))
		}
		return list
	}
	first, second := r.read(r.conf("workers")), r.read(r.conf("slaves"))
	if r.before(3, 1) {
		first, second = second, first
	}
	if len(r.refusals) > 0 {
		return source{}
	}
	if first.name == "" {
		first, second = second, source{}
	}
	if first.name == "" {
		return source{name: Default, text: []byte("localhost")}
	}
	r.compare(first, second)
	return first
}

// named is the file that SPARK_SLAVES names, else the one of SPARK_WORKERS, as far as they
// exist. Spark lets the deprecated one win.
func (r *reading) named(lookup func(string) string) source {
	workers, slaves := r.read(lookup("SPARK_WORKERS")), r.read(lookup("SPARK_SLAVES"))
	switch {
	case slaves.name == "":
		return workers
	case workers.name != "":
		r.warn("SPARK_SLAVES", fmt.Sprintf("%s is read, and not %s of SPARK_WORKERS: as in Spark's scripts, SPARK_SLAVES wins", slaves.name, workers.name))
	case !r.before(3, 1):
		r.warn("SPARK_SLAVES", "deprecated since Spark 3.1, use SPARK_WORKERS")
	}
	return slaves
}

// compare looks at the file that is not read.
func (r *reading) compare(used, other source) {
	if other.name == "" {
		return
	}
	mine, theirs := used.names(), other.names()
	switch {
	case len(mine) == 0 && len(theirs) > 0:
		r.refuse(shell.Errorf(shell.ClassConfig, "move the hosts to "+used.name+", or remove it",
			"reading %s: no hosts in it, and %s, which has %s, is not read because of it", used.name, other.name, count(len(theirs))))
	case !maps.Equal(mine, theirs):
		r.warn(other.name, fmt.Sprintf("not read, because %s exists; the two differ", used.name))
	}
}

func (r *reading) noHosts(list source) {
	if len(r.refusals) > 0 {
		return // compare has said it better
	}
	hint := ""
	if list.file != "" {
		hint = "echo localhost >> " + list.file
	}
	r.refuse(shell.Errorf(shell.ClassConfig, hint, "reading %s: no hosts in it", list.name))
}

func count(n int) string {
	if n == 1 {
		return "one host"
	}
	return fmt.Sprintf("%d hosts", n)
}

// empty reports whether Spark's scripts would take text for an empty list and look on.
func (s source) empty() bool { return s.name == "" || strings.Trim(string(s.text), "\n") == "" }
