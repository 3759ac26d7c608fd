package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sparkops/spark/facts"
)

// versions is which Spark is there; Java and Python are in files of their names.
func versions() []Check {
	return slices.Concat([]Check{{
		ID: "versions.spark", Title: "Spark is of the same release on every host", run: sameSpark,
		Cause:  "A host was left out of an upgrade, or has another Spark first.",
		Effect: "daemons of different releases do not understand each other: workers never register, or jobs end with InvalidClassException",
		Cure:   "Install the same release there, or point SPARK_HOME of that host at it, then sparkops restart-all.",
	}, {
		ID: "versions.launcher", Title: "this machine has the hosts' release of Spark", run: launchersSpark,
		Cause:  "The hosts were upgraded and this machine was not, or the other way round.",
		Effect: "spark-submit and spark-shell of this machine do not get along with the cluster: InvalidClassException, or no answer from the master",
		Cure:   "Install the release of the hosts here and point SPARK_HOME at it.",
	}, {
		ID: "versions.scala", Title: "Spark is built for the same Scala on every host", run: sameScala,
		Cause:  "Each release comes as several downloads, with Scala 2.12 and 2.13, and hosts have different ones.",
		Effect: "jobs end with NoSuchMethodError or InvalidClassException as soon as hosts exchange objects",
		Cure:   "Install the download with the same Scala everywhere: its name ends with -scala2.13, or has nothing of it.",
	}, {
		ID: "versions.jars", Title: "the jars of Spark are the same on every host", run: sameJars,
		Cause:  "Somebody put a driver or a newer library into jars/ of some hosts, or a copy was cut off.",
		Effect: "a job finds its classes on one host and not on the other, or another release of them: ClassNotFoundException, NoSuchMethodError",
		Cure:   "Put the same files into jars/ everywhere, or hand them to the jobs with spark.jars, and restart the workers.",
	}}, javaChecks(), pythonChecks())
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

func launchersSpark(s *Snapshot) []Finding {
	all := groups(s.withSpark(), func(h *Host) string { return h.Facts.Spark.Version })
	if s.Launcher.Version == "" || len(all) == 0 || slices.ContainsFunc(all, func(v vote) bool { return v.value == s.Launcher.Version }) {
		return nil
	}
	return []Finding{{
		Level: Warn, What: fmt.Sprintf("this machine has Spark %s; %s has %s", s.Launcher.Version, all[0].names(), all[0].value),
		Seen: []string{s.Launcher.Home}, Do: "point SPARK_HOME of this machine at Spark " + all[0].value,
	}}
}

// ofOneRelease are the hosts with the same Spark, those of each release by themselves: what
// differs with the release is no finding of its own.
func ofOneRelease(s *Snapshot) []vote {
	return groups(s.withSpark(), func(h *Host) string { return h.Facts.Spark.Version })
}

func sameScala(s *Snapshot) []Finding {
	var all []Finding
	for _, same := range ofOneRelease(s) {
		all = append(all, odd(same.hosts, func(h *Host) string { return h.Facts.Spark.Scala }, func(h *Host, own string, most vote) Finding {
			return Finding{
				Level: Fail, What: fmt.Sprintf("Spark %s for Scala %s; that of %s is for %s", same.value, own, most.names(), most.value),
				Do: onHost(h, "ls "+word(h.Facts.Home.Path)+"/jars/spark-core_*", false),
			}
		})...)
	}
	return all
}

// sameJars compares names and sizes.
func sameJars(s *Snapshot) []Finding {
	var all []Finding
	for _, same := range groups(s.withSpark(), func(h *Host) string { return h.Facts.Spark.Version + " " + h.Facts.Spark.Scala }) {
		all = append(all, odd(same.hosts, func(h *Host) string { return h.Facts.Spark.Digest() }, func(h *Host, _ string, most vote) Finding {
			f := Finding{Level: Warn, Do: onHost(h, "ls -l "+word(h.Facts.Home.Path+"/jars"), false)}
			differ := jarsThatDiffer(h.Facts.Spark.Jars, most.hosts[0].Facts.Spark.Jars)
			f.What = fmt.Sprintf("%d jars of Spark are not as on %s", len(differ), most.names())
			if len(differ) == 1 {
				f.What = fmt.Sprintf("a jar of Spark is not as on %s", most.names())
			}
			// Without one of Spark's own the daemon itself does not start.
			if slices.ContainsFunc(differ, func(d string) bool { return strings.HasPrefix(d, "spark-") }) {
				f.Level = Fail
			}
			f.Seen = few(differ, 8)
			return f
		})...)
	}
	for _, h := range s.withSpark() {
		if len(h.Facts.Spark.Jars) == 0 {
			all = append(all, Finding{Level: Skipped, Host: h.Host.Name, What: whyNot(h, "jars", "the jars of Spark are not known")})
		}
	}
	return all
}

// jarsThatDiffer says of each jar that only one has, or that has another size, what it is.
func jarsThatDiffer(here, there []facts.Jar) []string {
	sizes := map[string]int64{}
	for _, j := range there {
		sizes[j.Name] = j.Size
	}
	var all []string
	for _, j := range here {
		size, known := sizes[j.Name]
		switch {
		case !known:
			all = append(all, j.Name+": only here")
		case size != j.Size:
			all = append(all, fmt.Sprintf("%s: %d bytes here, %d there", j.Name, j.Size, size))
		}
		delete(sizes, j.Name)
	}
	for _, j := range there {
		if _, left := sizes[j.Name]; left {
			all = append(all, j.Name+": not here")
		}
	}
	slices.Sort(all)
	return all
}

// few are the first of all, and how many more there are.
func few(all []string, most int) []string {
	if len(all) <= most {
		return all
	}
	return append(all[:most:most], fmt.Sprintf("and %d more", len(all)-most))
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

// releaseOf is the version of a Spark as a number: 305 for 3.5.8; 0 if it is not known.
func releaseOf(version string) int {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	if end := strings.IndexFunc(minor, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		minor = minor[:end]
	}
	m, err := strconv.Atoi(major)
	n, err2 := strconv.Atoi(minor)
	if err != nil || err2 != nil {
		return 0
	}
	return m*100 + n
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
