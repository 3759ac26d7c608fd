package doctor

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"sparkops/shell"
	"sparkops/spark/facts"
)

// links is where SPARK_HOME leads; the directories of Spark are in directories.go.
func links() []Check {
	return append([]Check{{
		ID: "links.home", Title: "SPARK_HOME of this machine is a Spark on every host", Fixable: true, run: home,
		Cause:  "Spark is installed under another path there: another user's home, a different release directory, or not at all.",
		Effect: "Spark's own start-all.sh fails there (no such file or directory), and sparkops can start nothing where it finds no other Spark",
		Cure:   "Give the host the same path with a symbolic link, which --fix makes where a Spark of the same name is found elsewhere; or name its own behind the host in conf/workers: # sparkops: spark_home=DIR",
	}, {
		ID: "links.dangling", Title: "no link on the way to SPARK_HOME leads nowhere", Fixable: true, run: dangling,
		Cause:  "The directory that a symbolic link leads to was removed or renamed, as an upgrade does, or never was on that host.",
		Effect: "nothing of Spark can be found by that path",
		Cure:   "Point the link at a Spark that is there: ln -sfn DIR LINK. --fix does so where one of the same name is found.",
	}, {
		ID: "links.loop", Title: "no link on the way to SPARK_HOME leads round in a circle", run: loop,
		Cause:  "Symbolic links lead to each other, mostly after an ln -s with its two names the wrong way round.",
		Effect: "every look at the path ends with: too many levels of symbolic links",
		Cure:   "Make one of the links again: ln -sfn DIR LINK.",
	}, {
		ID: "links.relative", Title: "no link on the way to SPARK_HOME climbs by ..", run: relative,
		Cause:  "The target of a symbolic link begins with .., and so depends on where the link lies.",
		Effect: "it leads elsewhere as soon as the link is moved, or copied to a host with other directories",
		Cure:   "Make it with an absolute target: ln -sfn /DIR LINK.",
	}, {
		ID: "links.release", Title: "the link to Spark leads to the same release on every host", run: release,
		Cause:  "An upgrade moved the link on some hosts only.",
		Effect: "workers and masters of different releases do not understand each other: InvalidClassException, or workers that never register",
		Cure:   "Point the link at the same release everywhere: sparkops exec -- ln -sfn DIR LINK, then sparkops restart-all.",
	}}, directories()...)
}

// home judges the path that SPARK_HOME has on the launcher.
func home(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.reached() {
		if f := homeOf(s, h); f != nil {
			f.Host = h.Host.Name
			all = append(all, *f)
		}
	}
	return all
}

func homeOf(s *Snapshot, h *Host) *Finding {
	at := h.Facts.Path(facts.Launcher)
	i := slices.IndexFunc(h.Facts.Refusals, func(r facts.Refusal) bool { return r.Class == shell.ClassSparkHome })
	if at.Loop || danglingLink(h.Facts, facts.Launcher) != nil {
		return nil // found by links.loop and links.dangling
	}
	f := &Finding{Level: Fail}
	if program := h.Facts.Path(facts.Program); program.Type == "file" && !program.Searchable {
		f.What, f.Effect = fmt.Sprintf("%s may not be run by %s, mode %04o", program.Path, h.Facts.Access.User, octal(program.Mode)), "no daemon starts there: Permission denied"
		f.Fix, f.Do = mend(h, "chmod a+x "+word(program.Path), program.UID != h.Facts.Access.UID)
		return f
	}
	switch {
	case i >= 0:
		f.What, f.Do = h.Facts.Refusals[i].Message, h.Facts.Refusals[i].Hint
	case h.Facts.Home.From == "the home directory" && !at.Exists():
		f.Level = Warn
		f.What = fmt.Sprintf("%s, the SPARK_HOME of this machine, is not there; Spark is in %s", at.Path, h.Facts.Home.Path)
		f.Effect = "sparkops finds it; Spark's own scripts, and what else has the path in it, do not"
	default:
		return nil
	}
	if h.Host.SparkHome != "" || at.Path == "" || at.Exists() {
		return f // the path is the host's own: it is the list that is wrong, or the install
	}
	install, ok := oneInstall(s, h.Facts)
	if !ok {
		for _, i := range h.Facts.Installs {
			f.Seen = append(f.Seen, strings.TrimSpace(i.Path+" "+i.Version))
		}
		return f
	}
	if i >= 0 {
		f.What += "; one of that name is in " + install
	}
	command := "ln -s " + word(install) + " " + word(at.Path)
	if parent := path.Dir(at.Path); at.Missing != at.Path {
		command = "mkdir -p " + word(parent) + " && " + command
	}
	f.Fix, f.Do = mend(h, command, !at.NearestWritable)
	return f
}

// oneInstall is the Spark of the launcher's name that was found elsewhere, if it is one: one
// release, and that of the launcher as far as that is known.
func oneInstall(s *Snapshot, h *facts.Host) (string, bool) {
	var all []facts.Install
	for _, i := range h.Installs {
		if s.Launcher.Version == "" || i.Version == "" || i.Version == s.Launcher.Version {
			all = append(all, i)
		}
	}
	if len(all) == 0 || slices.ContainsFunc(all, func(i facts.Install) bool { return i.Real != all[0].Real }) {
		return "", false
	}
	return all[0].Path, true
}

// danglingLink is the last link of a path that leads nowhere, nil if none does: the links
// before it are none of the trouble.
func danglingLink(h *facts.Host, of string) *facts.Link {
	var last *facts.Link
	for i, l := range h.Links {
		if l.Of == of && l.Dangling && !h.Path(of).Loop {
			last = &h.Links[i]
		}
	}
	return last
}

func dangling(s *Snapshot) []Finding {
	return eachPath(s, func(h *Host, of facts.Path) *Finding {
		l := danglingLink(h.Facts, of.What)
		if l == nil {
			return nil
		}
		f := &Finding{Level: Fail, What: fmt.Sprintf("%s leads to %s, which is not there", l.Path, l.Target), Do: onHost(h, "ln -sfn DIR "+word(l.Path), false)}
		// Only a link that is all of the rest of the path can be pointed at another Spark.
		if install, ok := oneInstall(s, h.Facts); ok && l.Path == of.Path && install != l.Path {
			f.What += "; a Spark of that name is in " + install
			f.Fix, f.Do = mend(h, "ln -sfn "+word(install)+" "+word(l.Path), h.Facts.Access.UID != 0 && !ownsParent(h, l.Path))
		}
		return f
	})
}

// ownsParent reports whether the user may replace the link: it lies in its home directory.
func ownsParent(h *Host, link string) bool {
	return strings.HasPrefix(link, strings.TrimSuffix(h.Facts.Access.Home, "/")+"/")
}

func loop(s *Snapshot) []Finding {
	return eachPath(s, func(h *Host, of facts.Path) *Finding {
		if !of.Loop {
			return nil
		}
		f := &Finding{Level: Fail, What: of.Path + " leads round in a circle", Do: onHost(h, "ln -sfn DIR "+word(of.Path), false)}
		for _, l := range h.Facts.Links {
			if l.Of == of.What && len(f.Seen) < 4 {
				f.Seen = append(f.Seen, l.Path+" -> "+l.Target)
			}
		}
		return f
	})
}

func relative(s *Snapshot) []Finding {
	return eachPath(s, func(h *Host, of facts.Path) *Finding {
		for _, l := range h.Facts.Links {
			if l.Of == of.What && !of.Loop && (l.Target == ".." || strings.HasPrefix(l.Target, "../")) {
				return &Finding{
					Level: Warn, What: fmt.Sprintf("%s leads to %s, from where it lies", l.Path, l.Target),
					Do: onHost(h, "ln -sfn "+word(path.Join(path.Dir(l.Path), l.Target))+" "+word(l.Path), false),
				}
			}
		}
		return nil
	})
}

// eachPath judges the two paths of SPARK_HOME on every host, the second only where it is another.
func eachPath(s *Snapshot, judge func(*Host, facts.Path) *Finding) []Finding {
	var all []Finding
	for _, h := range s.reached() {
		launcher := h.Facts.Path(facts.Launcher)
		for _, p := range []facts.Path{launcher, h.Facts.Path(facts.SparkDir)} {
			if p.Path == "" || p.What == facts.SparkDir && p.Path == launcher.Path {
				continue
			}
			if p.What == facts.Launcher && h.Host.SparkHome != "" {
				continue // the host has a path of its own, and the launcher's is nothing to it
			}
			if f := judge(h, p); f != nil {
				f.Host = h.Host.Name
				all = append(all, *f)
			}
		}
	}
	return all
}

// release tells of links to another release than that of most hosts; installs without a link are
// for versions.spark.
func release(s *Snapshot) []Finding {
	found := odd(s.withSpark(), func(h *Host) string { return h.Facts.Spark.Version }, func(h *Host, own string, most vote) Finding {
		home := h.Facts.Path(facts.SparkDir)
		i := slices.IndexFunc(h.Facts.Links, func(l facts.Link) bool {
			return l.Of == facts.SparkDir || l.Of == facts.Launcher && l.Path == home.Path
		})
		if i < 0 {
			return Finding{}
		}
		l := h.Facts.Links[i]
		return Finding{
			Level: Fail, What: fmt.Sprintf("%s leads to %s, which is Spark %s; %s has %s", l.Path, l.Target, own, most.names(), most.value),
			Do: onHost(h, "ln -sfn DIR "+word(l.Path), false),
		}
	})
	return slices.DeleteFunc(found, func(f Finding) bool { return f.Level == "" })
}
