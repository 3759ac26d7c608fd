package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sparkops/envfile"
	"sparkops/spark"
	"sparkops/spark/facts"
)

// settingChecks are about what the files of the conf directory hold: whether it is in force,
// read at all, and by its name of today.
func settingChecks() []Check {
	return []Check{{
		ID: "environment.in-force", Title: "no daemon is older than the files it has read", run: inForce,
		Cause:  "A file was changed or pushed after the daemon was started: daemons read it once.",
		Effect: "the daemon runs with what stood there before; the change comes with a restart that nobody expects it from",
		Cure:   "sparkops restart-all, when it suits the jobs that run.",
	}, {
		ID: "environment.two-lists", Title: "conf/workers and conf/slaves do not contradict each other", run: twoLists,
		Cause:  "conf/slaves is left from before Spark 3.1, and only one of them was kept up.",
		Effect: "Spark 3.1 and later start the hosts of one file, older ones those of the other",
		Cure:   "Keep conf/workers and remove conf/slaves, or make it a link to it for older releases.",
	}, {
		ID: "environment.deprecated", Title: "settings go by the names that this release has for them", run: deprecated,
		Cause:  "The file comes from an older Spark.",
		Effect: "each start warns of it, or the line is read past without a word; a later release drops the name",
		Cure:   "Rename it in the file on this machine, and sparkops push-env.",
	}, {
		ID: "environment.logging", Title: "the log4j file is one that this release reads", run: log4j,
		Cause:  "Spark 3.3 went from log4j 1 with log4j.properties to log4j 2 with log4j2.properties.",
		Effect: "the file is read past without a word: levels, files and rotation are Spark's defaults",
		Cure:   "Write it anew as conf/log4j2.properties, from conf/log4j2.properties.template.",
	}}
}

// inForce takes a file for newer from two seconds on: start times are not known better.
func inForce(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withSpark() {
		for _, name := range compared(h.Facts.Spark.Version)[:2] {
			file := pathNamed(h, h.Facts.Home.Conf+"/"+name)
			var older []string
			since := time.Time{}
			for _, d := range h.Facts.Daemons {
				if d.Running && !d.Since.IsZero() && file.Exists() && file.Changed.Sub(d.Since) >= 2*time.Second {
					older, since = append(older, fmt.Sprintf("%s %d", d.Role, d.Instance)), d.Since
				}
			}
			if len(older) > 0 {
				do := "sparkops restart-all"
				if !slices.Contains(h.Roles, spark.Master) {
					do += " -w " + h.Host.Name
				}
				all = append(all, Finding{
					Host: h.Host.Name, Level: Warn, What: fmt.Sprintf("%s was changed after %s was started", name, strings.Join(older, ", ")), Do: do,
					Seen: []string{fmt.Sprintf("started %s, changed %s", since.UTC().Format(time.DateTime), file.Changed.UTC().Format(time.DateTime))},
				})
			}
		}
	}
	return all
}

// pathNamed is a file of the conf directory.
func pathNamed(h *Host, name string) facts.Path {
	for _, p := range h.Facts.Paths {
		if p.What == facts.ConfFile && p.Path == name {
			return p
		}
	}
	return facts.Path{}
}

func twoLists(s *Snapshot) []Finding {
	differ := func(workers, slaves []byte) []string {
		a, b := listed(workers), listed(slaves)
		if slices.Equal(a, b) {
			return nil
		}
		return []string{"workers: " + strings.Join(few(a, 8), " "), "slaves: " + strings.Join(few(b, 8), " ")}
	}
	var all []Finding
	workers, one := s.Launcher.Files["workers"]
	slaves, other := s.Launcher.Files["slaves"]
	if seen := differ(workers, slaves); one && other && seen != nil {
		all = append(all, Finding{Level: Warn, What: "conf/workers and conf/slaves of this machine name different hosts", Seen: seen, Do: "diff " + word(s.Launcher.Conf+"/workers") + " " + word(s.Launcher.Conf+"/slaves")})
	}
	for _, h := range s.withSpark() {
		w, one := h.Facts.File("workers")
		l, other := h.Facts.File("slaves")
		if seen := differ(w.Text, l.Text); one && other && seen != nil {
			all = append(all, Finding{Host: h.Host.Name, Level: Warn, What: "conf/workers and conf/slaves name different hosts", Seen: seen, Do: onHost(h, "rm "+word(h.Facts.Home.Conf+"/slaves"), false)})
		}
	}
	return all
}

// listed are the hosts of a list, sorted, as Spark's scripts read it: each line without its
// comment.
func listed(text []byte) []string {
	var all []string
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func deprecated(s *Snapshot) []Finding {
	var all []Finding
	if _, old := s.Launcher.Files["slaves"]; old && s.Launcher.Files["workers"] == nil && releaseOf(s.Launcher.Version) >= 301 {
		all = append(all, Finding{Level: Warn, What: "conf/slaves is the list of workers; Spark 3.1 and later call it conf/workers", Do: "mv " + word(s.Launcher.Conf+"/slaves") + " " + word(s.Launcher.Conf+"/workers")})
	}
	for _, h := range s.withSpark() {
		names := map[string]string{} // and where they stand
		if f, ok := h.Facts.File("spark-env.sh"); ok {
			assigned, _ := envfile.ReadAssigned(f.Text)
			for _, name := range assigned.Order {
				names[name] = f.Name
			}
		}
		if f, ok := h.Facts.File("spark-defaults.conf"); ok {
			for line := range strings.Lines(string(f.Text)) {
				line = strings.TrimSpace(line)
				if end := strings.IndexAny(line, " \t=:"); end > 0 {
					names[line[:end]] = f.Name
				}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			now, since := today(name)
			if now == "" || releaseOf(h.Facts.Spark.Version) < since {
				continue
			}
			all = append(all, Finding{
				Host: h.Host.Name, Level: Warn, What: fmt.Sprintf("%s in %s: from Spark %d.%d on it is %s", name, names[name], since/100, since%100, now),
				Do: "rename it in " + names[name] + " and sparkops push-env",
			})
		}
	}
	return all
}

// log4j2Since is the first release that reads log4j2.properties, and no longer log4j.properties.
const log4j2Since = 303

func log4j(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withSpark() {
		read, ignored := "log4j2.properties", "log4j.properties"
		switch n := releaseOf(h.Facts.Spark.Version); {
		case n == 0:
			continue
		case n < log4j2Since:
			read, ignored = ignored, read
		}
		_, there := h.Facts.File(read)
		if _, old := h.Facts.File(ignored); old && !there {
			all = append(all, Finding{
				Host: h.Host.Name, Level: Warn, What: fmt.Sprintf("there is a %s, and Spark %s reads %s only", ignored, h.Facts.Spark.Version, read),
				Do: onHost(h, "ls "+word(h.Facts.Home.Conf)+"/log4j*", false),
			})
		}
	}
	return all
}
