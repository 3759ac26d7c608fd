package doctor

import (
	"io/fs"
	"strings"
	"testing"

	"sparkops/shell"
	"sparkops/spark/facts"
)

// gone takes SPARK_HOME of the launcher's path away from a host.
func gone(h *facts.Host, installs ...facts.Install) {
	h.Refusals = []facts.Refusal{{Class: shell.ClassSparkHome, Message: "no bin/spark-class in /opt/spark"}}
	*pathOf(h, facts.Launcher) = facts.Path{What: facts.Launcher, Path: "/opt/spark", Type: "missing", Missing: "/opt/spark", Nearest: "/opt", NearestWritable: true}
	h.Installs = installs
}

// noSpark is what is skipped where there is none.
const noSpark = "; versions.spark skipped w2"

func TestLinksHome(t *testing.T) {
	bob := facts.Install{Path: "/home/bob/spark", Real: "/home/bob/spark-3.5.8", Version: "3.5.8"}
	check(t, []planted{
		{name: "no Spark at all", what: "no bin/spark-class", want: "links.home fail w2" + noSpark,
			fault: func(_ *Snapshot, h *facts.Host) { gone(h) }},
		{name: "elsewhere", what: "one of that name is in /home/bob/spark", want: "links.home fail w2" + noSpark,
			fault: func(_ *Snapshot, h *facts.Host) { gone(h, bob) }, fix: "ln -s /home/bob/spark /opt/spark"},
		{name: "and the parent is missing", want: "links.home fail w2" + noSpark, fault: func(_ *Snapshot, h *facts.Host) {
			gone(h, bob)
			*pathOf(h, facts.Launcher) = facts.Path{What: facts.Launcher, Path: "/home/al ice/spark", Type: "missing", Missing: "/home/al ice", Nearest: "/home"}
		}, fix: `sudo -n sh -c 'mkdir -p '\''/home/al ice'\'' && ln -s /home/bob/spark '\''/home/al ice/spark'\'''`},
		{name: "as root there is no need for sudo", want: "links.home fail w2" + noSpark, fault: func(_ *Snapshot, h *facts.Host) {
			gone(h, bob)
			h.Sudo.Root = true
			pathOf(h, facts.Launcher).NearestWritable = false
		}, fix: "ln -s /home/bob/spark /opt/spark"},
		{name: "another release is no cure", want: "links.home fail w2" + noSpark,
			fault: func(_ *Snapshot, h *facts.Host) {
				gone(h, facts.Install{Path: "/opt/x/spark", Real: "/opt/x/spark", Version: "2.4.8"})
			}},
		{name: "two to choose from", want: "links.home fail w2" + noSpark, fault: func(_ *Snapshot, h *facts.Host) {
			gone(h, bob, facts.Install{Path: "/srv/spark", Real: "/srv/spark", Version: "3.5.8"})
		}},
		{name: "two names of one", want: "links.home fail w2" + noSpark, fault: func(_ *Snapshot, h *facts.Host) {
			gone(h, bob, facts.Install{Path: "/srv/spark", Real: bob.Real, Version: "3.5.8"})
		}, fix: "ln -s /home/bob/spark /opt/spark"},
		{name: "the list names a wrong one", want: "links.home fail w2" + noSpark, fault: func(s *Snapshot, h *facts.Host) {
			gone(h, bob)
			s.Hosts[2].Host.SparkHome = "/wrong"
		}},
		{name: "found in the home directory", what: "Spark is in /home/spark/spark", want: "links.home warn w2", fault: func(_ *Snapshot, h *facts.Host) {
			gone(h, facts.Install{Path: "/home/spark/spark", Real: "/home/spark/spark", Version: "3.5.8"})
			h.Refusals = nil
			h.Home.Path, h.Home.From, h.Home.Conf = "/home/spark/spark", "the home directory", "/home/spark/spark/conf"
		}, fix: "ln -s /home/spark/spark /opt/spark"},
	})
}

// What sudo cannot do without a password stays with a line to type.
func TestNotAble(t *testing.T) {
	s := cluster()
	h := s.Hosts[2].Facts
	gone(h, facts.Install{Path: "/home/bob/spark", Real: "/home/bob/spark"})
	pathOf(h, facts.Launcher).NearestWritable = false
	h.Sudo.Works = false
	f := Judge(s, Checks())[0]
	if f.Fix == nil || f.Fix.Able || f.Do != `ssh -t w2 'sudo sh -c '\''ln -s /home/bob/spark /opt/spark'\'''` {
		t.Errorf("fix %+v, do %s", f.Fix, f.Do)
	}
}

// On the launcher itself nobody types ssh.
func TestHere(t *testing.T) {
	h := well("localhost")
	h.Local = true
	for sudo, want := range map[bool]string{false: "chmod o-w '/a b'", true: `sudo sh -c 'chmod o-w '\''/a b'\'''`} {
		if got := onHost(&h, "chmod o-w '/a b'", sudo); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestLinks(t *testing.T) {
	link := func(h *facts.Host, l facts.Link) {
		l.Of = facts.Launcher
		h.Links = append(h.Links, l)
	}
	check(t, []planted{
		{name: "dangling", what: "/opt/spark leads to /opt/spark-3.4", want: "links.dangling fail w2" + noSpark, fault: func(_ *Snapshot, h *facts.Host) {
			gone(h)
			link(h, facts.Link{Path: "/opt/spark", Target: "/opt/spark-3.4", Dangling: true})
		}},
		{name: "dangling, and found", want: "links.dangling fail w2" + noSpark, fault: func(_ *Snapshot, h *facts.Host) {
			gone(h, facts.Install{Path: "/srv/spark", Real: "/srv/spark", Version: "3.5.8"})
			link(h, facts.Link{Path: "/opt/spark", Target: "/opt/spark-3.4", Dangling: true})
		}, fix: `sudo -n sh -c 'ln -sfn /srv/spark /opt/spark'`},
		{name: "circle", what: "/opt/spark leads round", want: "links.loop fail w2" + noSpark, fault: func(_ *Snapshot, h *facts.Host) {
			gone(h)
			pathOf(h, facts.Launcher).Loop = true
			link(h, facts.Link{Path: "/opt/spark", Target: "/opt/b", Dangling: true})
		}},
		{name: "relative", what: "/opt/spark leads to ../srv/spark", want: "links.relative warn w2", fault: func(_ *Snapshot, h *facts.Host) {
			link(h, facts.Link{Path: "/opt/spark", Target: "../srv/spark"})
		}},
		{name: "beside it is no trouble", fault: func(_ *Snapshot, h *facts.Host) { link(h, facts.Link{Path: "/opt/spark", Target: "spark-3.5.8"}) }},
		{name: "another release", what: "/opt/spark leads to spark-3.4.1, which is Spark 3.4.1; m1,w[1,3] has 3.5.8", want: "links.release fail w2; versions.spark fail w2",
			fault: func(_ *Snapshot, h *facts.Host) {
				h.Spark.Version = "3.4.1"
				link(h, facts.Link{Path: "/opt/spark", Target: "spark-3.4.1"})
			}},
		{name: "another release without a link", want: "versions.spark fail w2", fault: func(_ *Snapshot, h *facts.Host) { h.Spark.Version = "3.4.1" }},
	})
}

func TestDirectories(t *testing.T) {
	on := func(what string, do func(p *facts.Path)) func(*Snapshot, *facts.Host) {
		return func(_ *Snapshot, h *facts.Host) { do(pathOf(h, what)) }
	}
	check(t, []planted{
		{name: "not writable", what: "spark cannot write to /opt/spark/logs (logs), which belongs to root, mode 0755", want: "links.writable fail w2",
			fault: on(facts.Logs, func(p *facts.Path) { p.Writable, p.Owner = false, "root" })},
		{name: "a file", what: "is no directory", want: "links.writable fail w2", fault: on(facts.Work, func(p *facts.Path) { p.Type = "file" })},
		{name: "cannot be made", what: "may not make it in /data", want: "links.writable fail w2",
			fault: on(facts.Local, func(p *facts.Path) {
				*p = facts.Path{What: p.What, Path: "/data/tmp", Type: "missing", Nearest: "/data"}
			}),
			fix: "sudo -n sh -c 'mkdir -p /data/tmp && chown spark /data/tmp'"},
		{name: "below a file", what: "/opt/spark/RELEASE/logs (logs) cannot be made: /opt/spark/RELEASE is no directory", want: "links.writable fail w2",
			fault: on(facts.Logs, func(p *facts.Path) {
				*p = facts.Path{What: p.What, Path: "/opt/spark/RELEASE/logs", Type: "missing", Nearest: "/opt/spark/RELEASE", NearestWritable: true, NearestFile: true}
			})},
		{name: "a link that leads nowhere", what: "/opt/spark/logs (logs) cannot be made: /opt/spark/logs is a link that leads nowhere: /data is not there", want: "links.writable fail w2",
			fault: on(facts.Logs, func(p *facts.Path) {
				*p = facts.Path{What: p.What, Path: p.Path, Type: "missing", Real: "/data/logs", Missing: "/data", Nearest: "/", Broken: "/opt/spark/logs"}
			}),
			fix: "sudo -n sh -c 'mkdir -p /data/logs && chown spark /data/logs'"},
		{name: "a link that leads nowhere yet", want: "links.writable fail w2",
			fault: on(facts.Work, func(p *facts.Path) {
				*p = facts.Path{What: p.What, Path: p.Path, Type: "missing", Real: "/data/work", Missing: "/data/work", Nearest: "/data", NearestWritable: true, Broken: "/opt/spark/work"}
			}),
			fix: "mkdir -p /data/work"},
		{name: "round in a circle", what: "/opt/spark/logs (logs) leads round in a circle", want: "links.writable fail w2",
			fault: on(facts.Logs, func(p *facts.Path) { p.Type, p.Loop = "missing", true })},
		{name: "will be made", fault: on(facts.Logs, func(p *facts.Path) { p.Type, p.NearestWritable = "missing", true })},
		{name: "work of a master", fault: func(s *Snapshot, _ *facts.Host) { pathOf(s.Hosts[0].Facts, facts.Work).Writable = false }},
		{name: "read-only", what: "is on /data, which is mounted read-only", want: "links.read-only fail w2",
			fault: on(facts.Work, func(p *facts.Path) { p.ReadOnly, p.Writable, p.Mount = true, false, "/data" })},
		{name: "full, with what fills it", what: "(work) is full", want: "links.full fail w2", fault: func(_ *Snapshot, h *facts.Host) {
			p := pathOf(h, facts.Work)
			p.Available, p.Mount = 3, "/data"
			h.Big = []facts.Big{{Of: p.Path, Sizes: []string{"2048\t/opt/spark/work/app-1"}}}
		}},
		{name: "nearly full, of two directories", want: "links.full warn w2", fault: func(_ *Snapshot, h *facts.Host) {
			for _, what := range []string{facts.Work, facts.Logs} {
				pathOf(h, what).Available = 1 << 17
			}
		}},
		{name: "no inodes", what: "(inodes)", want: "links.full fail w2", fault: on(facts.Pids, func(p *facts.Path) { p.InodesFree = 0 })},
		{name: "world-writable", want: "links.world-writable warn w2", fault: on(facts.Conf, func(p *facts.Path) { p.Mode = 0o777 }), fix: "chmod o-w /opt/spark/conf"},
		{name: "world-writable, of root", want: "links.world-writable warn w2",
			fault: on(facts.Pids, func(p *facts.Path) { p.Mode, p.UID = 0o777, 0 }), fix: "sudo -n sh -c 'chmod o-w /run/spark'"},
		{name: "jars that everybody writes to", what: "every user may write into /opt/spark/jars (jars), mode 0777", want: "links.world-writable warn w2", fix: "chmod o-w /opt/spark/jars",
			fault: func(_ *Snapshot, h *facts.Host) {
				h.Paths = append(h.Paths, facts.Path{What: facts.Jars, Path: "/opt/spark/jars", Type: "directory", Mode: 0o777, UID: 1000})
			}},
		{name: "a spark-env.sh that everybody writes to", what: "every user may write into /opt/spark/conf/spark-env.sh (file), mode 0666", want: "links.world-writable warn w2",
			fix: "chmod o-w /opt/spark/conf/spark-env.sh", fault: func(_ *Snapshot, h *facts.Host) {
				h.Paths = append(h.Paths, facts.Path{What: facts.ConfFile, Path: "/opt/spark/conf/spark-env.sh", Type: "file", Mode: 0o666, UID: 1000},
					facts.Path{What: facts.ConfFile, Path: "/opt/spark/conf/workers", Type: "file", Mode: 0o666, UID: 1000})
			}},
		{name: "a program that nobody runs", what: "/opt/spark/bin/spark-class may not be run by spark, mode 0644", want: "links.home fail w2", fix: "chmod a+x /opt/spark/bin/spark-class",
			fault: func(_ *Snapshot, h *facts.Host) {
				h.Paths = append(h.Paths, facts.Path{What: facts.Program, Path: "/opt/spark/bin/spark-class", Type: "file", Mode: 0o644, UID: 1000})
			}},
		{name: "a program", fault: func(_ *Snapshot, h *facts.Host) {
			h.Paths = append(h.Paths, facts.Path{What: facts.Program, Path: "/opt/spark/bin/spark-class", Type: "file", Mode: 0o755, Searchable: true})
		}},
		{name: "sticky", fault: on(facts.Pids, func(p *facts.Path) { p.Mode = 0o777 | fs.ModeSticky })},
		{name: "another owner", what: "belongs to root; on m1,w[1,3] it belongs to spark", want: "links.owner warn w2", fault: on(facts.SparkDir, func(p *facts.Path) { p.Owner = "root" })},
		{name: "NFS", what: "(pids) is on /, which is nfs4", want: "links.shared fail w2", fault: on(facts.Pids, func(p *facts.Path) { p.FSType = "nfs4" })},
		{name: "logs on NFS", want: "links.shared warn w2", fault: on(facts.Logs, func(p *facts.Path) { p.FSType = "nfs" })},
		{name: "conf elsewhere", what: "SPARK_CONF_DIR is /etc/spark; on m1,w[1,3] it is $SPARK_HOME/conf", want: "links.conf-dir warn w2",
			fault: func(_ *Snapshot, h *facts.Host) {
				h.Home.Conf = "/etc/spark"
				pathOf(h, facts.Conf).Path, pathOf(h, facts.Conf).Real = "/etc/spark", "/etc/spark"
			}},
		{name: "conf gone", what: "SPARK_CONF_DIR is /etc/spark, which is not there", want: "links.conf fail w2; links.conf-dir warn w2",
			fault: func(_ *Snapshot, h *facts.Host) {
				h.Home.Conf = "/etc/spark"
				*pathOf(h, facts.Conf) = facts.Path{What: facts.Conf, Path: "/etc/spark", Real: "/etc/spark", Type: "missing"}
			}},
		{name: "conf unreadable", what: "cannot be read by spark", want: "links.conf fail w2", fault: on(facts.Conf, func(p *facts.Path) { p.Readable = false })},
	})
}

func TestBigIsSeen(t *testing.T) {
	s := cluster()
	h := s.Hosts[2].Facts
	p := pathOf(h, facts.Work)
	p.Available, p.Mount = 3, "/data"
	h.Big = []facts.Big{{Of: p.Path, Sizes: []string{"2048\t/opt/spark/work/app-1"}}}
	if got := strings.Join(Judge(s, Checks())[0].Seen, "; "); got != "0 MiB of 16384 MiB left in /data; 2 MiB /opt/spark/work/app-1" {
		t.Errorf("seen: %s", got)
	}
	// Whichever directory of the file system is found first, and none of another one.
	for _, what := range []string{facts.Logs, facts.Local} {
		pathOf(h, what).Available, pathOf(h, what).Mount = 3, "/data"
	}
	pathOf(h, facts.Local).Path = "/data/tmp"
	h.Big = append(h.Big, facts.Big{Of: "/data/tmp", Sizes: []string{"3072\t/data/tmp/spark-1"}}, facts.Big{Of: "/run/spark", Sizes: []string{"9999\t/run/spark/x"}})
	found := Judge(s, Checks())
	if got := strings.Join(found[0].Seen, "; "); len(found) != 1 || got != "0 MiB of 16384 MiB left in /data; 2 MiB /opt/spark/work/app-1; 3 MiB /data/tmp/spark-1" {
		t.Errorf("%s seen: %s", told(found), got)
	}
}
