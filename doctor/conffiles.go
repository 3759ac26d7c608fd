package doctor

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"sparkops/envfile"
	"sparkops/spark/facts"
)

// confChecks are about the files of the conf directory: whether they can be read, and who has
// another one.
func confChecks() []Check {
	return []Check{{
		ID: "environment.readable", Title: "the files of the conf directory can be read by the login user", run: readableFiles,
		Cause:  "root has written them, a push made them private to another user, or a symbolic link leads nowhere.",
		Effect: "Spark goes on without them: memory, ports, directories and secrets are the defaults there",
		Cure:   "Give them to the user that Spark runs as: chown USER FILE, chmod 600 FILE; or point the link at a file.",
	}, {
		ID: "environment.same", Title: "spark-env.sh, spark-defaults.conf and the log4j file are the same on every host", run: sameFiles,
		Cause:  "A file was changed on some hosts by hand, or a push left some out.",
		Effect: "daemons of the same cluster run with different memory, ports, directories or secrets",
		Cure:   "Make the file right on this machine and sparkops push-env. What has to differ goes into conf/spark-env.HOST.sh of this machine, which push-env puts behind it there.",
	}, {
		ID: "environment.launcher", Title: "the hosts have the files of this machine", run: launchersFiles,
		Cause:  "A file was changed here and not pushed: Spark copies none of them, nor does start-all.",
		Effect: "what is set here is not in force on the hosts",
		Cure:   "sparkops push-env, which shows the difference first; then sparkops restart-all.",
	}}
}

// compared are the files that are to be the same on all hosts, of the log4j the one that
// the release reads.
func compared(version string) []string {
	if n := releaseOf(version); n > 0 && n < log4j2Since {
		return []string{"spark-env.sh", "spark-defaults.conf", "log4j.properties"}
	}
	return []string{"spark-env.sh", "spark-defaults.conf", "log4j2.properties"}
}

// none stands for a file that is not there.
const none = "none"

// digestOf is equal for hosts with the same file, none where there is none, "" where it could
// not be read. A host's own part of it is its own affair.
func digestOf(name string) func(*Host) string {
	return func(h *Host) string {
		for _, f := range h.Facts.Files {
			if f.Name == name && f.State == "read" {
				return common(f).Digest()
			} else if f.Name == name {
				return ""
			}
		}
		if filesUnseen(h) != "" {
			return ""
		}
		return none
	}
}

// common is a file without the part that push-env puts behind it for one host.
func common(f facts.File) facts.File {
	if f.Name == "spark-env.sh" {
		f.Text, _, _ = envfile.Split(f.Text)
	}
	return f
}

// filesUnseen is why no file at all could be brought, or "".
func filesUnseen(h *Host) string { return whyNot(h, h.Facts.Home.Conf, "") }

func readableFiles(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withSpark() {
		if why := filesUnseen(h); why != "" {
			all = append(all, Finding{Level: Skipped, Host: h.Host.Name, What: why})
		}
		for _, f := range h.Facts.Files {
			level := Warn
			if f.Name == "spark-env.sh" || f.Name == "spark-defaults.conf" {
				level = Fail
			}
			what := map[string]string{"unreadable": "cannot be read by " + h.Facts.Access.User, "dangling": "is a link that leads nowhere", "no file": "is no file"}[f.State]
			if what != "" {
				all = append(all, Finding{Level: level, Host: h.Host.Name, What: f.Path + " " + what, Do: onHost(h, "ls -lL "+word(f.Path)+"; ls -l "+word(f.Path), false)})
			}
		}
	}
	return all
}

// sameFiles compares by content; what differs is told by the names of variables only, for values
// may be secrets.
func sameFiles(s *Snapshot) []Finding {
	var all []Finding
	for _, same := range ofOneRelease(s) {
		for _, name := range compared(same.value) {
			contents := groups(same.hosts, digestOf(name))
			all = append(all, odd(same.hosts, digestOf(name), func(h *Host, own string, most vote) Finding {
				f := Finding{Level: Warn, What: fmt.Sprintf("%s is not the one that %s has", name, most.names()), Do: s.pushed(h, name)}
				switch {
				case own == none:
					f.What = fmt.Sprintf("there is no %s, and %s has one", name, most.names())
					f.Do = s.pushed(most.hosts[0], name)
				case most.value == none:
					f.What = fmt.Sprintf("there is a %s, and %s has none", name, most.names())
				default:
					mine, _ := h.Facts.File(name)
					theirs, _ := most.hosts[0].Facts.File(name)
					f.Seen = inWords(settingsThatDiffer(string(common(mine).Text), string(common(theirs).Text)))
					f.Do = s.pushed(most.hosts[0], name)
				}
				if own != none && len(contents) > 2 { // hosts with different ones are not to be told as one
					f.Seen = append(f.Seen, "SHA-256 "+own[:12])
				}
				return f
			})...)
		}
	}
	return all
}

// pushed is what to type for every host to have a file: that of this machine, or where it has
// none, that of a host.
func (s *Snapshot) pushed(from *Host, name string) string {
	push := "sparkops push-env " + name
	if _, here := s.Launcher.Files[name]; here || s.Launcher.Conf == "" {
		return push
	}
	return onHost(from, "cat "+word(from.Facts.Home.Conf+"/"+name), false) + " >" + word(s.Launcher.Conf+"/"+name) + " && " + push
}

func inWords(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	return []string{"differs in " + strings.Join(names, " ")}
}

// launchersFiles goes by what most hosts have: the others are found by sameFiles.
func launchersFiles(s *Snapshot) []Finding {
	var all []Finding
	for _, same := range ofOneRelease(s) {
		for _, name := range compared(same.value) {
			text, here := s.Launcher.Files[name]
			most := groups(same.hosts, digestOf(name))
			if !here || len(most) == 0 {
				continue
			}
			ours := common(facts.File{Name: name, Text: text[:min(len(text), facts.MaxFile)]}).Digest()
			// As many hosts may have ours as the other: then it is those that are odd.
			if slices.ContainsFunc(most, func(v vote) bool { return v.value == ours }) {
				continue
			}
			for _, h := range most[0].hosts {
				f := Finding{Host: h.Host.Name, Level: Warn, What: fmt.Sprintf("%s is not the one of this machine", name), Do: "sparkops push-env " + name + " --dry-run"}
				if theirs, ok := h.Facts.File(name); ok {
					f.Seen = inWords(settingsThatDiffer(string(common(theirs).Text), string(text)))
				} else {
					f.What = fmt.Sprintf("there is no %s, and this machine has one", name)
				}
				all = append(all, f)
			}
		}
	}
	return append(all, ownParts(s)...)
}

// ownParts are the hosts whose own part of spark-env.sh is not the one that stands here.
func ownParts(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withSpark() {
		want, here := s.Launcher.Parts[h.Host.Name]
		file, read := h.Facts.File("spark-env.sh")
		_, own, from := envfile.Split(file.Text)
		if !here || !read || from > 0 && bytes.Equal(own.Text, want.Text) {
			continue
		}
		f := Finding{Host: h.Host.Name, Level: Warn, What: "its own part of spark-env.sh is not the one of this machine", Do: "sparkops push-env -w " + h.Host.Name + " --dry-run"}
		if from == 0 {
			f.What = "its spark-env.sh is without the part that this machine has for it"
		}
		f.Seen = inWords(settingsThatDiffer(string(own.Text), string(want.Text)))
		all = append(all, f)
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
