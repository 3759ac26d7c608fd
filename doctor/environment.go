package doctor

import (
	"fmt"
	"slices"
	"strings"

	"sparkops/envfile/lint"
)

func environment() []Check {
	return []Check{{
		ID: "environment.syntax", Title: "bash can read spark-env.sh to its end", run: syntax,
		Cause:  "A quote or an if that is not closed, or an exec in the file.",
		Effect: "Spark's own scripts stop there or go on with half of the settings; sparkops starts nothing there",
		Cure:   "bash -n spark-env.sh names the line. Mend the file here and sparkops push-env it.",
	}, {
		ID: "environment.same", Title: "spark-env.sh, spark-defaults.conf and log4j2.properties are the same on every host", run: sameFiles,
		Cause:  "A file was changed on some hosts by hand, or a push left some out.",
		Effect: "daemons of the same cluster run with different memory, ports, directories or secrets",
		Cure:   "Make the file right on this machine and sparkops push-env. What has to differ goes into a file of the host's own that spark-env.sh reads.",
	}, lintCheck}
}

func syntax(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withSpark() {
		file := h.Facts.Home.Conf + "/spark-env.sh"
		f := Finding{Host: h.Host.Name, Level: Fail, Do: onHost(h, "bash -n "+word(file), false)}
		switch {
		case h.Facts.Syntax != "":
			f.What, f.Seen = fmt.Sprintf("bash cannot parse %s", file), firstLines(lint.Mask(h.Facts.Syntax), 3) // bash quotes the line
		case !h.Facts.Home.EnvRead:
			f.What, f.Do = fmt.Sprintf("%s ends the shell that reads it", file), onHost(h, "bash -x "+word(file), false)
		default:
			continue
		}
		all = append(all, f)
	}
	return all
}

// sameFiles compares by content; what differs is told by the names of variables only, for values
// may be secrets.
func sameFiles(s *Snapshot) []Finding {
	var all []Finding
	for _, name := range []string{"spark-env.sh", "spark-defaults.conf", "log4j2.properties"} {
		digest := func(h *Host) string {
			if f, ok := h.Facts.File(name); ok {
				return f.Digest()
			}
			return "none"
		}
		all = append(all, odd(s.withSpark(), digest, func(h *Host, own string, most vote) Finding {
			f := Finding{Level: Warn, What: fmt.Sprintf("%s is not the one that %s has", name, most.names()), Do: "sparkops push-env " + name}
			switch {
			case own == "none":
				f.What = fmt.Sprintf("there is no %s, and %s has one", name, most.names())
			case most.value == "none":
				f.What = fmt.Sprintf("there is a %s, and %s has none", name, most.names())
			default:
				mine, _ := h.Facts.File(name)
				theirs, _ := most.hosts[0].Facts.File(name)
				if differ := settingsThatDiffer(string(mine.Text), string(theirs.Text)); len(differ) > 0 {
					f.Seen = []string{"differs in " + strings.Join(differ, " ")}
				}
			}
			return f
		})...)
	}
	return all
}

// settingsThatDiffer are the names in front of lines that only one of two files has.
func settingsThatDiffer(a, b string) []string {
	var names []string
	lines := func(text string) map[string]bool {
		all := map[string]bool{}
		for line := range strings.Lines(text) {
			all[strings.TrimSpace(line)] = true
		}
		return all
	}
	inA, inB := lines(a), lines(b)
	only := func(one, other map[string]bool) {
		for line := range one {
			name := strings.TrimPrefix(line, "export ")
			end := strings.IndexAny(name, "= \t:")
			if other[line] || strings.HasPrefix(line, "#") || end <= 0 || slices.Contains(names, name[:end]) {
				continue
			}
			if strings.Trim(name[:end], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.") == "" {
				names = append(names, name[:end])
			}
		}
	}
	only(inA, inB)
	only(inB, inA)
	slices.Sort(names)
	return names
}
