package doctor

import (
	"fmt"
	"strings"

	"sparkops/spark/facts"
)

func versions() []Check {
	return []Check{{
		ID: "versions.spark", Title: "Spark is of the same release on every host", run: sameSpark,
		Cause:  "A host was left out of an upgrade, or has another Spark first.",
		Effect: "daemons of different releases do not understand each other: workers never register, or jobs end with InvalidClassException",
		Cure:   "Install the same release there, or point SPARK_HOME of that host at it, then sparkops restart-all.",
	}, {
		ID: "versions.java", Title: "there is a Java for a shell that nobody has logged in to", run: javaThere,
		Cause:  "Daemons are started by a shell that reads no profile, and ~/.bashrc of Debian and Ubuntu ends at once in it: a Java of SDKMAN or of a profile is not seen.",
		Effect: "no daemon starts on that host: JAVA_HOME is not set",
		Cure:   "Set JAVA_HOME in conf/spark-env.sh of that host, to the directory that holds bin/java.",
	}}
}

func sameSpark(s *Snapshot) []Finding {
	found := odd(s.withSpark(), func(h *Host) string { return h.Facts.Spark.Version }, func(h *Host, own string, most vote) Finding {
		return Finding{Level: Fail, What: fmt.Sprintf("Spark %s; %s has %s", own, most.names(), most.value), Seen: []string{h.Facts.Home.Path + ": " + h.Facts.Spark.Release}}
	})
	for _, h := range s.reached() {
		switch {
		case !hasSpark(h):
			found = append(found, Finding{Level: Skipped, Host: h.Host.Name, What: "no Spark was found there"})
		case h.Facts.Spark.Version == "":
			found = append(found, Finding{Level: Skipped, Host: h.Host.Name, What: "neither RELEASE nor the jars tell the version"})
		}
	}
	return found
}

func javaThere(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withSpark() {
		j := h.Facts.Java
		if j.Found && j.Major() > 0 {
			continue
		}
		f := Finding{
			Host: h.Host.Name, Level: Fail,
			Do: "set JAVA_HOME in conf/spark-env.sh of that host: " + onHost(h, "ls -d /usr/lib/jvm/*", false),
		}
		switch {
		case j.Found:
			f.What = fmt.Sprintf("%s is no Java", j.Path)
			f.Seen = firstLines(j.Said, 3)
		case j.From == "JAVA_HOME":
			f.What = fmt.Sprintf("JAVA_HOME=%s holds no bin/java", strings.TrimSuffix(j.Path, "/bin/java"))
		default:
			f.What = "JAVA_HOME is not set, and there is no java in the PATH of such a shell"
			f.Seen = []string{"PATH=" + h.Facts.Env["PATH"]}
		}
		all = append(all, f)
	}
	return all
}

// firstLines are the first lines of what a program said.
func firstLines(text string, most int) []string {
	var all []string
	for line := range strings.Lines(text) {
		if len(all) < most {
			all = append(all, strings.TrimRight(line, "\r\n"))
		}
	}
	return all
}

// setting is a Spark property that a host's daemons of a role have: of the Java options, the
// later before the earlier, else of spark-defaults.conf.
func setting(h *facts.Host, property string, options ...string) string {
	value := ""
	for _, name := range options {
		for word := range strings.FieldsSeq(h.Env[name]) {
			if v, ok := strings.CutPrefix(word, "-D"+property+"="); ok {
				value = strings.Trim(v, `"'`)
			}
		}
	}
	if f, ok := h.File("spark-defaults.conf"); ok && value == "" {
		for line := range strings.Lines(string(f.Text)) {
			line = strings.TrimSpace(line)
			end := strings.IndexAny(line, " \t=:")
			if end > 0 && line[:end] == property {
				value = strings.Trim(line[end:], " \t=:\r")
			}
		}
	}
	return value
}
