package doctor

import (
	"fmt"
	"slices"
	"strings"

	"sparkops/envfile/lint"
	"sparkops/spark/facts"
)

func daemons() []Check {
	return append([]Check{{
		ID: "daemons.stale-pid-file", Title: "every pid file names a daemon that runs", Fixable: true, run: stalePidFile,
		Cause:  "The daemon was killed or the host went down, and nobody took its pid file away.",
		Effect: "Spark's own scripts say that it runs once another process has that number, and stop-all may end that process",
		Cure:   "Remove the file. sparkops start replaces it by itself.",
	}, {
		ID: "daemons.no-pid-file", Title: "every daemon that runs has its pid file", run: noPidFile,
		Cause:  "The file was swept from /tmp, or SPARK_PID_DIR or SPARK_IDENT_STRING has changed since the start.",
		Effect: "Spark's own stop-all.sh does not find the daemon (no ... to stop), and its start-all.sh starts a second one",
		Cure:   "sparkops start-all writes it again for a daemon that runs. Set SPARK_PID_DIR to a directory that nobody sweeps.",
	}}, running()...)
}

func stalePidFile(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.reached() {
		for _, p := range h.Facts.PidFiles {
			if p.State == "foreign" && slices.ContainsFunc(h.Facts.Strangers, func(d facts.Stranger) bool { return fmt.Sprint(d.PID) == p.Names }) {
				continue // it is right: of a daemon of another user
			}
			f := Finding{Host: h.Host.Name, Level: Warn, What: fmt.Sprintf("%s names %s, which is gone", p.Path, p.Names)}
			switch p.State {
			case "garbage":
				f.What = fmt.Sprintf("%s holds no number: it is empty or broken", p.Path)
				f.Effect = "Spark's own scripts do not find the daemon, and start a second one"
			case "foreign":
				f.What, f.Seen = fmt.Sprintf("%s names %s, which is no daemon of Spark", p.Path, p.Names), []string{p.Names + ": " + lint.Mask(p.Command)}
			}
			f.Do = onHost(h, "rm "+word(p.Path), false)
			if strings.HasPrefix(p.Path, h.Facts.Home.Pids+"/spark-"+h.Facts.Home.Ident+"-") {
				// Only while it still says so: a start may have come between.
				f.Fix, f.Do = mend(h, fmt.Sprintf(`[ "$(cat %s)" != %s ] || rm %s`, word(p.Path), word(p.Names), word(p.Path)), false)
			}
			all = append(all, f)
		}
	}
	return all
}

func noPidFile(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.reached() {
		for _, d := range h.Facts.Daemons {
			if d.Running && d.Named != fmt.Sprint(d.PID) {
				all = append(all, Finding{
					Host: h.Host.Name, Level: Warn, Do: "sparkops start-" + verb(d),
					What: fmt.Sprintf("%s %d runs as %d, and %s does not say so", d.Role, d.Instance, d.PID, d.PidFile),
				})
			}
		}
	}
	return all
}

// verb is the rest of start- for the role of a daemon.
func verb(d facts.Daemon) string {
	if d.Role == "worker" {
		return "workers"
	}
	return d.Role
}
