package doctor

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"sparkops/spark"
	"sparkops/spark/facts"
)

// directories are the rows of family links about what Spark reads and writes.
func directories() []Check {
	return []Check{{
		ID: "links.writable", Title: "logs, work, local and pid directories can be written to, or made", Fixable: true, run: writable,
		Cause:  "The directory belongs to another user, mostly since Spark was started once as root, or its parent does; or its path is below a file, or a link that leads nowhere.",
		Effect: "the daemon does not start, or every application fails on that worker: Permission denied",
		Cure:   "Give it to the user that starts Spark: sudo chown -R USER DIR; or name another one in spark-env.sh (SPARK_LOG_DIR, SPARK_WORKER_DIR, SPARK_LOCAL_DIRS, SPARK_PID_DIR). --fix makes one that is missing.",
	}, {
		ID: "links.conf", Title: "the conf directory is there and can be read", run: confThere,
		Cause:  "SPARK_CONF_DIR names a directory that is not on that host, or one of another user.",
		Effect: "Spark runs there without spark-env.sh and spark-defaults.conf: with other memory, ports and directories than elsewhere",
		Cure:   "Make the directory and fill it (sparkops push-env), or correct SPARK_CONF_DIR.",
	}, {
		ID: "links.conf-dir", Title: "SPARK_CONF_DIR is the same on every host", run: confSame,
		Cause:  "The login environment of some hosts names another conf directory.",
		Effect: "what is pushed to one directory is not what the daemons of that host read",
		Cure:   "Unset SPARK_CONF_DIR in ~/.bashrc, ~/.ssh/environment or /etc/environment of those hosts, or set it everywhere.",
	}, {
		ID: "links.read-only", Title: "no directory of Spark is on a read-only file system", run: readOnly,
		Cause:  "It was mounted so, or the kernel has made it read-only after an error of the disk.",
		Effect: "nothing can be written: the daemon does not start, or its applications fail",
		Cure:   "Look for the error (dmesg), mend it, and mount it again: sudo mount -o remount,rw MOUNT.",
	}, {
		ID: "links.full", Title: "the file systems of Spark have room", run: full,
		Cause:  "Application directories in work are kept (spark.worker.cleanup.enabled is false before Spark 4.0), and .out files rotate at a start only.",
		Effect: "No space left on device: shuffles fail, logs end in the middle, pid files are empty",
		Cure:   "Remove what old applications have left in work, and set spark.worker.cleanup.enabled in SPARK_WORKER_OPTS.",
	}, {
		ID: "links.world-writable", Title: "nobody else may write into the directories and files of Spark", Fixable: true, run: worldWritable,
		Cause:  "The directory was made with a umask of 0, or by chmod 777.",
		Effect: "any user of the host can replace jars, pid files and spark-env.sh, which then run as the user of Spark",
		Cure:   "chmod o-w DIR, or FILE",
	}, {
		ID: "links.owner", Title: "Spark belongs to the same user on every host", run: owner,
		Cause:  "It was unpacked by different users, or once by root.",
		Effect: "some hosts cannot be upgraded or written to by the user that starts Spark",
		Cure:   "sudo chown -R USER DIR where it differs.",
	}, {
		ID: "links.shared", Title: "pid and log directories are a host's own", run: shared,
		Cause:  "SPARK_PID_DIR or SPARK_LOG_DIR is on a file system that all hosts share, as a home directory on NFS.",
		Effect: "the pid files of all hosts have one name, and each start overwrites that of another host",
		Cure:   "Set SPARK_PID_DIR and SPARK_LOG_DIR in spark-env.sh to local directories.",
	}}
}

// written are the paths that the daemons of a host write to.
func written(h *Host) []facts.Path {
	worker := slices.Contains(h.Roles, spark.Worker)
	var all []facts.Path
	for _, p := range h.Facts.Paths {
		switch p.What {
		case facts.Logs, facts.Pids:
			all = append(all, p)
		case facts.Work, facts.Local:
			if worker {
				all = append(all, p)
			}
		}
	}
	return all
}

// eachWritten judges those paths on every host that has a Spark.
func eachWritten(s *Snapshot, judge func(*Host, facts.Path) *Finding) []Finding {
	var all []Finding
	for _, h := range s.withSpark() {
		for _, p := range written(h) {
			if f := judge(h, p); f != nil {
				f.Host = h.Host.Name
				all = append(all, *f)
			}
		}
	}
	return all
}

func writable(s *Snapshot) []Finding {
	return eachWritten(s, func(h *Host, p facts.Path) *Finding {
		user := h.Facts.Access.User
		switch {
		case p.ReadOnly: // found by links.read-only
		case p.Exists() && p.Type != "directory":
			return &Finding{Level: Fail, What: fmt.Sprintf("%s (%s) is no directory", p.Path, p.What), Do: onHost(h, "ls -ld "+word(p.Path), false)}
		case p.Exists() && !(p.Writable && p.Searchable):
			return &Finding{
				Level: Fail, What: fmt.Sprintf("%s cannot write to %s (%s), which belongs to %s, mode %04o", user, p.Path, p.What, p.Owner, octal(p.Mode)),
				Do: onHost(h, "chown -R "+word(user)+" "+word(p.Path), true),
			}
		case !p.Exists():
			return unmade(h, p, user)
		}
		return nil
	})
}

// unmade is why a daemon cannot make a directory that is not there: mkdir -p makes none below a
// file, nor where a link on the way leads nowhere; nil if it can.
func unmade(h *Host, p facts.Path, user string) *Finding {
	f := &Finding{Level: Fail, What: fmt.Sprintf("%s (%s) cannot be made: ", p.Path, p.What)}
	switch {
	case p.Loop:
		f.What, f.Do = fmt.Sprintf("%s (%s) leads round in a circle", p.Path, p.What), onHost(h, "ls -ld "+word(p.Path), false)
	case p.NearestFile:
		f.What += p.Nearest + " is no directory"
		f.Do = onHost(h, "ls -ld "+word(p.Nearest), false)
	case p.Broken != "":
		f.What += p.Broken + " is a link that leads nowhere: " + p.Missing + " is not there"
		makeDirectory(h, f, p.Real, user, p.NearestWritable)
	case !p.NearestWritable:
		f.What = fmt.Sprintf("%s (%s) is not there, and %s may not make it in %s", p.Path, p.What, user, p.Nearest)
		makeDirectory(h, f, p.Path, user, false)
	default:
		return nil
	}
	return f
}

// makeDirectory mends a finding by a directory of the user's own.
func makeDirectory(h *Host, f *Finding, dir, user string, able bool) {
	command := "mkdir -p " + word(dir)
	if !able {
		command += " && chown " + word(user) + " " + word(dir)
	}
	f.Fix, f.Do = mend(h, command, !able)
}

// octal is a mode as chmod takes it.
func octal(m fs.FileMode) uint32 {
	n := uint32(m.Perm())
	for special, bit := range map[fs.FileMode]uint32{fs.ModeSticky: 0o1000, fs.ModeSetgid: 0o2000, fs.ModeSetuid: 0o4000} {
		if m&special != 0 {
			n |= bit
		}
	}
	return n
}

func confThere(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withSpark() {
		p := h.Facts.Path(facts.Conf)
		f := Finding{Host: h.Host.Name, Level: Fail, Do: onHost(h, "ls -la "+word(p.Path), false)}
		switch {
		case !p.Exists() && p.Path == h.Facts.Home.Path+"/conf":
			continue // a Spark from pip has none, and needs none
		case !p.Exists():
			f.What = fmt.Sprintf("SPARK_CONF_DIR is %s, which is not there", p.Path)
		case p.Type != "directory" || !p.Readable || !p.Searchable:
			f.What = fmt.Sprintf("%s cannot be read by %s", p.Path, h.Facts.Access.User)
		default:
			continue
		}
		all = append(all, f)
	}
	return all
}

func confSame(s *Snapshot) []Finding {
	within := func(h *Host) string {
		// Where they lead, for one may be named by a link that the other does without.
		if rest, ok := strings.CutPrefix(h.Facts.Path(facts.Conf).Real, h.Facts.Path(facts.SparkDir).Real+"/"); ok {
			return "$SPARK_HOME/" + rest
		}
		return h.Facts.Home.Conf
	}
	return odd(s.withSpark(), within, func(_ *Host, own string, most vote) Finding {
		return Finding{Level: Warn, What: fmt.Sprintf("SPARK_CONF_DIR is %s; on %s it is %s", own, most.names(), most.value)}
	})
}

func worldWritable(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withSpark() {
		for _, p := range h.Facts.Paths {
			if !trusted(p) || p.Mode&0o002 == 0 || p.Type == "directory" && p.Mode&fs.ModeSticky != 0 {
				continue
			}
			f := Finding{Host: h.Host.Name, Level: Warn, What: fmt.Sprintf("every user may write into %s (%s), mode %04o", p.Path, p.What, octal(p.Mode))}
			f.Fix, f.Do = mend(h, "chmod o-w "+word(p.Path), p.UID != h.Facts.Access.UID)
			all = append(all, f)
		}
	}
	return all
}

// trusted reports whether what is written there may run as the user of Spark.
func trusted(p facts.Path) bool {
	switch p.What {
	case facts.SparkDir, facts.Conf, facts.Logs, facts.Work, facts.Local, facts.Pids, facts.Bin, facts.Jars:
		return p.Type == "directory"
	case facts.Program:
		return p.Type == "file"
	case facts.ConfFile:
		return p.Type == "file" && (path.Base(p.Path) == "spark-env.sh" || path.Base(p.Path) == "spark-defaults.conf")
	}
	return false
}

func owner(s *Snapshot) []Finding {
	of := func(h *Host) string { return h.Facts.Path(facts.SparkDir).Owner }
	return odd(s.withSpark(), of, func(h *Host, own string, most vote) Finding {
		home := h.Facts.Path(facts.SparkDir).Path
		return Finding{
			Level: Warn, What: fmt.Sprintf("%s belongs to %s; on %s it belongs to %s", home, own, most.names(), most.value),
			Do: onHost(h, "chown -R "+word(most.value)+" "+word(home)+"/", true),
		}
	})
}

func shared(s *Snapshot) []Finding {
	if len(s.Hosts) < 2 {
		return nil
	}
	return eachWritten(s, func(h *Host, p facts.Path) *Finding {
		if !p.Shared() || p.What != facts.Pids && p.What != facts.Logs {
			return nil
		}
		f := &Finding{Level: Fail, What: fmt.Sprintf("%s (%s) is on %s, which is %s: other hosts have it too", p.Path, p.What, p.Mount, p.FSType)}
		if p.What == facts.Logs {
			f.Level, f.Effect = Warn, "hosts of one host name write to one log, and the network stands between a daemon and its log"
		}
		return f
	})
}
