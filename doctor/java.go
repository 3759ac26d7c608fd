package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func javaChecks() []Check {
	return []Check{{
		ID: "versions.java", Title: "there is a Java for a shell that nobody has logged in to", run: javaThere,
		Cause:  "Daemons are started by a shell that reads no profile, and ~/.bashrc of Debian and Ubuntu ends at once in it: a Java of SDKMAN or of a profile is not seen.",
		Effect: "no daemon starts on that host: JAVA_HOME is not set",
		Cure:   "Set JAVA_HOME in conf/spark-env.sh of that host, to the directory that holds bin/java.",
	}, {
		ID: "versions.java-major", Title: "Java is of the same major version on every host", run: sameJava,
		Cause:  "Hosts were set up at different times, or JAVA_HOME is set on some of them only and the others take the java of PATH.",
		Effect: "a jar built for the newer one ends with UnsupportedClassVersionError on the older, and results may differ by host",
		Cure:   "Install the same Java everywhere and set JAVA_HOME to it in conf/spark-env.sh, then sparkops restart-all.",
	}, {
		ID: "versions.java-fits", Title: "Java is one that this Spark runs on", run: javaFits,
		Cause:  "The distribution's java is newer or older than what this release of Spark was made for: 8 for 2.4; 8, 11 for 3.0; 8, 11, 17 for 3.2 to 3.5; 17, 21 for 4.",
		Effect: "daemons or jobs end with UnsupportedClassVersionError or InaccessibleObjectException",
		Cure:   "Install one that fits and set JAVA_HOME to it in conf/spark-env.sh.",
	}, {
		ID: "versions.java-home", Title: "JAVA_HOME leads to the same build of Java on every host", run: sameJavaHome,
		Cause:  "JAVA_HOME is a directory of its own on some hosts, and an old build lies in it.",
		Effect: "one line in spark-env.sh cannot be right for all, and security updates have reached some hosts only",
		Cure:   "Install the same package everywhere, and set JAVA_HOME to a path that all hosts have.",
	}}
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

// whichJava is the evidence of a finding about Java.
func whichJava(h *Host) []string {
	j := h.Facts.Java
	line := fmt.Sprintf("%s (of %s): %s", j.Path, j.From, j.Version())
	if j.Real != "" && j.Real != j.Path {
		line = fmt.Sprintf("%s -> %s (of %s): %s", j.Path, j.Real, j.From, j.Version())
	}
	return []string{line}
}

func major(h *Host) string {
	if n := h.Facts.Java.Major(); h.Facts.Java.Found && n > 0 {
		return strconv.Itoa(n)
	}
	return ""
}

func sameJava(s *Snapshot) []Finding {
	return odd(s.withSpark(), major, func(h *Host, own string, most vote) Finding {
		return Finding{
			Level: Fail, What: fmt.Sprintf("Java %s; %s has %s", own, most.names(), most.value), Seen: whichJava(h),
			Do: "set JAVA_HOME in conf/spark-env.sh to a Java " + most.value + " there: " + onHost(h, "ls -d /usr/lib/jvm/*", false),
		}
	})
}

// fitting is which Java each release of Spark was made for, from that release on.
var fitting = []struct {
	from int // as releaseOf has it
	java []int
}{
	{400, []int{17, 21}}, {302, []int{8, 11, 17}}, {300, []int{8, 11}}, {202, []int{8}}, {200, []int{7, 8}},
}

func javaFits(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withSpark() {
		spark, java := releaseOf(h.Facts.Spark.Version), h.Facts.Java.Major()
		for _, fit := range fitting {
			if spark < fit.from || java == 0 || !h.Facts.Java.Found {
				continue
			}
			if slices.Contains(fit.java, java) {
				break
			}
			words := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(fit.java)), ", "), "[]")
			f := Finding{
				Host: h.Host.Name, Level: Warn, What: fmt.Sprintf("Java %d; Spark %s is made for %s", java, h.Facts.Spark.Version, words), Seen: whichJava(h),
				Effect: "nobody has tried this Spark on it: some jobs may end with InaccessibleObjectException",
				Do:     "set JAVA_HOME in conf/spark-env.sh to one of these there: " + onHost(h, "ls -d /usr/lib/jvm/*", false),
			}
			// What surely ends: class files of a later Java; 2.x on modules; up to 3.1 on Java 17, which
			// opens none of its own; Hadoop of 3.x on 24, which has no security manager.
			switch last := fit.java[len(fit.java)-1]; {
			case java < fit.java[0]:
				f.Level, f.Effect = Fail, "no daemon starts: UnsupportedClassVersionError"
			case spark < 300, spark < 302 && java >= 17:
				f.Level, f.Effect = Fail, "jobs end with InaccessibleObjectException or IllegalAccessError"
			case spark < 400 && java >= 24 && java > last:
				f.Level, f.Effect = Fail, "jobs end with UnsupportedOperationException: getSubject is not supported"
			}
			all = append(all, f)
			break
		}
	}
	return all
}

// sameJavaHome is about hosts of one major version. Another path with the same build in it is
// no fault, nor is another build that the system itself keeps in one path.
func sameJavaHome(s *Snapshot) []Finding {
	var all []Finding
	for _, same := range groups(s.withSpark(), major) {
		home := func(h *Host) string { return h.Facts.Env["JAVA_HOME"] }
		all = append(all, odd(same.hosts, home, func(h *Host, own string, most vote) Finding {
			here, there := h.Facts.Java.Version(), most.hosts[0].Facts.Java.Version()
			if here == there {
				return Finding{}
			}
			return Finding{
				Level: Warn, What: fmt.Sprintf("JAVA_HOME is %s, with %s; on %s it is %s, with %s", own, here, most.names(), most.value, there), Seen: whichJava(h),
				Do: "set JAVA_HOME in conf/spark-env.sh to a path that all hosts have: sparkops exec -- ls -d '/usr/lib/jvm/*'",
			}
		})...)
	}
	return slices.DeleteFunc(all, func(f Finding) bool { return f.Level == "" })
}
