package doctor

import (
	"fmt"
	"net"
	"strings"

	"sparkops/spark"
	"sparkops/spark/facts"
)

// recoveries are the rows of family ha about what a master keeps its state in, and about who
// knows of the masters.
func recoveries() []Check {
	return []Check{{
		ID: "ha.members", Title: "ZooKeeper has an odd number of members", needs: []spark.Role{spark.Master}, run: evenMembers,
		Cause:  "spark.deploy.zookeeper.url lists an even number of them.",
		Effect: "it bears no more failures than with one member less: half of them is no majority",
		Cure:   "Add a member to ZooKeeper, or take one away, and list them all on every master.",
	}, {
		ID: "ha.zookeeper", Title: "every master reaches the members of ZooKeeper", needs: []spark.Role{spark.Master}, run: zooKeeperReached,
		Cause:  "ZooKeeper is not started there, its port is closed, or spark.deploy.zookeeper.url names the wrong hosts.",
		Effect: "without a majority of the members no master becomes ALIVE, and one that is ends itself",
		Cure:   "Start ZooKeeper and open its client port (2181) for the masters; correct the list in SPARK_DAEMON_JAVA_OPTS.",
	}, {
		ID: "ha.directory", Title: "the recovery directory is there and can be written to", Fixable: true, needs: []spark.Role{spark.Master}, run: recoveryDirectory,
		Cause:  "spark.deploy.recoveryMode is FILESYSTEM, and spark.deploy.recoveryDirectory is not set, not there, or of another user.",
		Effect: "the master ends when it starts or at the first worker: it cannot write down its state",
		Cure:   "Make the directory and give it to the user that starts the master; --fix does it where it is missing.",
	}, {
		ID: "ha.workers", Title: "every worker knows all masters", needs: []spark.Role{spark.Worker}, run: fewerMasters,
		Cause:  "The worker was started before a master was added, or by a start-worker.sh with one URL.",
		Effect: "when the masters that it knows go down, it does not find the one that takes over, and ends",
		Cure:   "sparkops restart-all, or only stop-workers and start-workers: they are told of all masters.",
	}}
}

// zooKeeper is the members that a master is told of, as host:port; nil without ZooKeeper.
func zooKeeper(h *Host) []string {
	if !strings.EqualFold(setting(h.Facts, "spark.deploy.recoveryMode", masterOptions...), "ZOOKEEPER") {
		return nil
	}
	url, _, _ := strings.Cut(setting(h.Facts, "spark.deploy.zookeeper.url", masterOptions...), "/")
	var all []string
	for member := range strings.SplitSeq(url, ",") {
		if member = strings.TrimSpace(member); member == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(member); err != nil {
			member += ":2181"
		}
		all = append(all, member)
	}
	return all
}

func evenMembers(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withRole(spark.Master) {
		if n := len(zooKeeper(h)); n > 0 && n%2 == 0 {
			all = append(all, Finding{Level: Warn, Host: h.Host.Name, What: fmt.Sprintf("spark.deploy.zookeeper.url lists %d members: %s", n, strings.Join(zooKeeper(h), ","))})
		}
	}
	return all
}

func zooKeeperReached(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withRole(spark.Master) {
		members := zooKeeper(h)
		var lost, unasked, seen []string
		for _, m := range members {
			d, tried := h.Facts.Dial(m)
			switch {
			case !tried:
				unasked = append(unasked, m)
			case d.State != "open":
				lost, seen = append(lost, m), append(seen, strings.TrimSpace(m+": "+d.State+" "+d.Said))
			}
		}
		if len(unasked) > 0 {
			all = append(all, Finding{Level: Skipped, Host: h.Host.Name, What: "it did not try to reach " + strings.Join(unasked, " ")})
		}
		if len(lost) == 0 {
			continue
		}
		f := Finding{Level: Fail, Host: h.Host.Name, What: fmt.Sprintf("%d of %d members of ZooKeeper cannot be reached: %s", len(lost), len(members), strings.Join(lost, " ")), Seen: seen}
		if 2*len(lost) < len(members) {
			f.Level, f.Effect = Warn, "the others are a majority, and go on; one failure more may end all masters"
		}
		all = append(all, f)
	}
	return all
}

func recoveryDirectory(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withRole(spark.Master) {
		if !strings.EqualFold(setting(h.Facts, "spark.deploy.recoveryMode", masterOptions...), "FILESYSTEM") {
			continue
		}
		dir := setting(h.Facts, "spark.deploy.recoveryDirectory", masterOptions...)
		p, user := h.Facts.Path(facts.Recovery), h.Facts.Access.User
		f := Finding{Level: Fail, Host: h.Host.Name}
		switch {
		case dir == "" && strings.Contains(h.Facts.Env["SPARK_DAEMON_JAVA_OPTS"]+h.Facts.Env["SPARK_MASTER_OPTS"], "recoveryMode"):
			continue // environment.lint says so
		case dir == "":
			f.What = "spark.deploy.recoveryMode is FILESYSTEM, and spark.deploy.recoveryDirectory is not set"
		case !strings.HasPrefix(dir, "/"):
			f.Level, f.What = Warn, fmt.Sprintf("spark.deploy.recoveryDirectory is %s: relative to where the master is started", dir)
			f.Effect = "a master started from elsewhere finds nothing of the state before"
		case p.Path != dir:
			f.Level, f.What = Skipped, "it did not look at "+dir
		case !p.Exists():
			f.What = fmt.Sprintf("%s, the recovery directory, is not there", dir)
			command := "mkdir -p " + word(dir)
			if !p.NearestWritable {
				command += " && chown " + word(user) + " " + word(dir)
			}
			f.Fix, f.Do = mend(h, command, !p.NearestWritable)
		case p.Type != "directory":
			f.What, f.Do = dir+", the recovery directory, is no directory", onHost(h, "ls -ld "+word(dir), false)
		case !p.Writable || !p.Searchable:
			f.What = fmt.Sprintf("%s cannot write to %s, the recovery directory, which belongs to %s, mode %04o", user, dir, p.Owner, octal(p.Mode))
			f.Do = onHost(h, "chown -R "+word(user)+" "+word(dir), true)
		default:
			continue
		}
		all = append(all, f)
	}
	return all
}

func fewerMasters(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withRole(spark.Worker) {
		for _, d := range h.Facts.Daemons {
			told := toldOf(d.Args)
			if d.Role == string(spark.Worker) && d.Running && len(told) > 0 && len(told) < len(s.Masters) {
				all = append(all, Finding{
					Level: Warn, Host: h.Host.Name, Do: "sparkops restart-all -w " + word(h.Host.Name),
					What: fmt.Sprintf("worker %d was told of %s, and there are %d masters: %s", d.Instance, strings.Join(told, " "), len(s.Masters), strings.Join(s.Addresses, " ")),
				})
			}
		}
	}
	return all
}

// toldOf is the masters on the command line of a worker, as host:port.
func toldOf(args string) []string {
	for word := range strings.FieldsSeq(args) {
		if list, ok := strings.CutPrefix(word, "spark://"); ok {
			return strings.Split(list, ",")
		}
	}
	return nil
}
