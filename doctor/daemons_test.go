package doctor

import (
	"errors"
	"strings"
	"testing"

	"sparkops/inventory"
	"sparkops/spark"
	"sparkops/spark/facts"
)

// worker is one that runs as process 7, told of the cluster's master.
func worker() facts.Daemon {
	return facts.Daemon{
		Role: "worker", Running: true, Instance: 1, PID: 7, Named: "7", Address: "10.0.0.3:4000",
		Args: "--webui-port 8081 spark://m1:7077", Log: "/opt/spark/logs/w.out",
	}
}

// listing is what a master that leads says of the worker at that address.
func listing(state string) spark.View {
	return spark.View{Master: "m1", Status: "ALIVE", Workers: []spark.ListedWork{{ID: "worker-1", Host: "10.0.0.3", Port: 4000, State: state}}}
}

// everyWorker has each host run its one.
func everyWorker(s *Snapshot) {
	for _, h := range s.Hosts[1:] {
		h.Facts.Daemons = []facts.Daemon{worker()}
	}
}

// runs has w2 run these daemons, and the master list its worker.
func runs(change func(*facts.Daemon), more ...facts.Daemon) func(*Snapshot, *facts.Host) {
	return func(s *Snapshot, h *facts.Host) {
		d := worker()
		if change != nil {
			change(&d)
		}
		h.Daemons, s.Views = append([]facts.Daemon{d}, more...), []spark.View{listing("ALIVE")}
	}
}

func stranger(h facts.Stranger, then ...func(*Snapshot, *facts.Host)) func(*Snapshot, *facts.Host) {
	return func(s *Snapshot, w2 *facts.Host) {
		w2.Strangers = []facts.Stranger{h}
		for _, f := range then {
			f(s, w2)
		}
	}
}

func TestRunning(t *testing.T) {
	master := facts.Daemon{Role: "master", Running: true, Instance: 1, PID: 9, Named: "9", Address: "10.0.0.3:7077"}
	bobs := facts.Stranger{Role: "worker", PID: 99, Owner: "bob", Home: "/home/bob/spark", Args: "spark://other:7077"}
	ours := bobs
	ours.Args = "spark://m1:7077"
	list := func(views ...spark.View) func(*Snapshot, *facts.Host) {
		return func(s *Snapshot, _ *facts.Host) { s.Views = views }
	}
	onMaster := func(all ...facts.Daemon) func(*Snapshot, *facts.Host) {
		return func(s *Snapshot, _ *facts.Host) {
			everyWorker(s)
			s.Hosts[0].Facts.Daemons = all
		}
	}
	second, slidOff := master, master
	second.Instance, second.PID, second.Named, second.Address = 2, 10, "10", "m1:7077"
	first := second
	first.PID, first.Named = 9, "9"
	slidOff.Address = "m1:7078"
	check(t, []planted{
		{name: "well", fault: runs(nil)},
		{name: "two lead", what: "2 masters lead at once: m1 m2", want: "daemons.masters fail (cluster)", fault: list(listing(""), spark.View{Master: "m2", Status: "ALIVE"})},
		{name: "one leads", fault: list(listing(""), spark.View{Master: "m2", Status: "STANDBY"})},
		{name: "a master too many", what: "this host is none of the masters: 10.0.0.3:7077", want: "daemons.masters fail w2", fault: runs(nil, master)},
		{name: "two on a host", what: "2 masters run on this host", want: "daemons.masters fail m1", fault: onMaster(first, second)},
		{name: "another's worker", what: "a worker of bob runs as 99, from /home/bob/spark, for the master at other:7077", want: "daemons.strangers warn w2", fault: stranger(bobs)},
		{name: "another's worker for us", want: "daemons.strangers fail w2", fault: stranger(ours)},
		{name: "another's with its pid file", want: "daemons.strangers warn w2", fault: stranger(bobs, func(_ *Snapshot, h *facts.Host) {
			h.PidFiles = []facts.PidFile{{Path: "/tmp/spark-bob-x-1.pid", Names: "99", State: "foreign"}}
		})},
		{name: "a neighbour on the same machine", fault: stranger(bobs, func(s *Snapshot, h *facts.Host) {
			h.Name.BootID, s.Hosts[1].Facts.Name.BootID = "b", "b"
			d := worker()
			d.PID, d.Named = 99, "99"
			s.Hosts[1].Facts.Daemons = []facts.Daemon{d}
		})},
		{name: "a practice cluster", fault: stranger(ours, func(_ *Snapshot, h *facts.Host) { h.Env["SPARK_LOCAL_IP"] = "127.0.0.3" })},
		{name: "another cluster's worker", what: "worker 1 was started for the master at old:7077; this cluster's is at m1:7077", want: "daemons.registered fail w2",
			fault: runs(func(d *facts.Daemon) { d.Args, d.Address = "spark://old:7077", "10.0.0.3:5000" })},
		{name: "in the list of a master too many", what: "2 masters lead at once: m1 w3", want: "daemons.masters fail (cluster); daemons.masters fail w3; daemons.registered fail w2", fault: func(s *Snapshot, h *facts.Host) {
			d, w3 := worker(), listing("ALIVE")
			d.Args, w3.Master = "spark://w3:7077", "w3"
			h.Daemons, s.Views = []facts.Daemon{d}, []spark.View{{Master: "m1", Status: "ALIVE"}, w3}
			other := master
			other.Address = "w3:7077"
			s.Hosts[3].Facts.Daemons = []facts.Daemon{other}
		}},
		{name: "by another name of the master", fault: runs(func(d *facts.Daemon) { d.Args = "spark://m1.example:7077" })},
		{name: "not in the list", what: "does not list it as ALIVE", want: "daemons.registered fail w2", fault: runs(func(d *facts.Daemon) { d.Address = "10.0.0.3:5000" })},
		{name: "no list", fault: func(s *Snapshot, h *facts.Host) { runs(nil)(s, h); s.Views = nil }},
		{name: "a master that hangs", what: "the master runs as 9 and does not answer: no answer within 10 s", want: "daemons.masters fail m1", fault: func(s *Snapshot, h *facts.Host) {
			onMaster(first)(s, h)
			s.Views = []spark.View{{Master: "m1", PID: 9, Err: errors.New("no answer within 10 s")}}
		}},
		{name: "one leads and the other hangs", what: "does not answer", want: "daemons.masters fail m1", fault: func(s *Snapshot, h *facts.Host) {
			runs(nil)(s, h)
			s.Views = append(s.Views, spark.View{Master: "m1", PID: 9, Err: errors.New("no answer")})
		}},
		{name: "fewer", what: "1 worker runs, and SPARK_WORKER_INSTANCES wants 2", want: "daemons.instances warn w2", fault: func(s *Snapshot, h *facts.Host) {
			runs(nil)(s, h)
			h.Home.Instances, h.Env["SPARK_WORKER_MEMORY"] = 2, "1g"
		}},
		{name: "none, while the master runs", what: "the master runs and no worker does, and SPARK_WORKER_INSTANCES wants 1", want: "daemons.instances warn w2", fault: func(s *Snapshot, h *facts.Host) {
			everyWorker(s)
			s.Hosts[0].Facts.Daemons, h.Daemons = []facts.Daemon{first}, nil
		}},
		{name: "none on every host, while the master runs", want: "daemons.instances warn w1; daemons.instances warn w2; daemons.instances warn w3", fault: func(s *Snapshot, _ *facts.Host) { s.Hosts[0].Facts.Daemons = []facts.Daemon{first} }},
		{name: "none is wanted", fault: func(s *Snapshot, h *facts.Host) {
			everyWorker(s)
			h.Daemons, h.Home.Instances = nil, 0
		}},
		{name: "all run", fault: func(s *Snapshot, _ *facts.Host) { everyWorker(s) }},
		{name: "more", what: "2 workers run", want: "daemons.instances warn w2", fault: runs(nil, func() facts.Daemon {
			d := worker()
			d.Instance, d.PID, d.Named = 2, 8, "8"
			return d
		}())},
		{name: "dead", what: "the worker at 10.0.0.3:4000 as DEAD", want: "daemons.dead warn m1", fault: list(listing("DEAD"))},
		{name: "dead twice", what: "its list has 2 workers of 10.0.0.3 as DEAD", want: "daemons.dead warn m1", fault: func(s *Snapshot, h *facts.Host) {
			v := listing("DEAD")
			v.Workers = append(v.Workers, v.Workers[0])
			list(v)(s, h)
		}},
		{name: "unknown", want: "daemons.dead warn m1", fault: list(listing("UNKNOWN"))},
		{name: "dead and back", fault: func(s *Snapshot, _ *facts.Host) {
			v := listing("DEAD")
			v.Workers = append(v.Workers, spark.ListedWork{ID: "worker-2", Host: "10.0.0.3", Port: 4001, State: "ALIVE"})
			s.Views = []spark.View{v}
		}},
		{name: "master's port", what: "the master runs at port 7078, and 7077 was asked for", want: "daemons.port fail m1", fault: onMaster(slidOff)},
		{name: "worker's port", what: "the port of worker 1 was taken, and it runs at 4000", want: "daemons.port warn w2", fault: runs(func(d *facts.Daemon) { d.Slid = true })},
		{name: "heap", what: "the daemon ran out of memory", want: "daemons.log warn w2", fault: runs(func(d *facts.Daemon) { d.Tail = "x\njava.lang.OutOfMemoryError: Java heap space\n" })},
		{name: "disk", what: "worker 1 ends with it: the disk is full", want: "daemons.log fail w2", fault: func(_ *Snapshot, h *facts.Host) {
			h.Daemons = []facts.Daemon{{Role: "worker", Instance: 1, Tail: "java.io.IOException: No space left on device\n", Log: "w.out"}}
		}},
		{name: "another complaint", fault: runs(func(d *facts.Daemon) { d.Tail = "java.net.ConnectException: Connection refused\n" })},
		{name: "an empty pid file", what: "holds no number", want: "daemons.stale-pid-file warn w2", fix: `[ "$(cat /run/spark/spark-spark-x-1.pid)" != '' ] || rm /run/spark/spark-spark-x-1.pid`,
			fault: func(_ *Snapshot, h *facts.Host) {
				h.PidFiles = []facts.PidFile{{Path: "/run/spark/spark-spark-x-1.pid", State: "garbage"}}
			}},
	})
}

// A master and a worker of one machine may have two names.
func TestMasterByAnotherName(t *testing.T) {
	s := cluster()
	s.Hosts[2].Facts.Daemons = []facts.Daemon{{Role: "master", Running: true, Instance: 1, PID: 9, Named: "9", Address: "m1:7077"}}
	if got := told(Judge(s, Checks())); got != "" {
		t.Errorf("by its address: %s", got)
	}
	s.Masters = []inventory.Host{{Name: "m1"}}
	s.Hosts[2].Facts.Daemons[0].Address = ""
	s.Hosts[2].Facts.Name.BootID, s.Hosts[0].Facts.Name.BootID = "b", "b"
	if got := told(Judge(s, Checks())); got != "" {
		t.Errorf("by its machine: %s", got)
	}
}

// Where the master is looked at by another name only, its own URL says that it is the cluster's.
func TestListOfAMasterByAnotherName(t *testing.T) {
	s := cluster()
	s.Hosts = s.Hosts[2:3]
	s.Hosts[0].Facts.Daemons = []facts.Daemon{worker(), {Role: "master", Running: true, Instance: 1, PID: 9, Named: "9", Address: "m1:7077"}}
	v := listing("ALIVE")
	v.Master, v.URL = "w2", "spark://m1:7077"
	s.Views = []spark.View{v}
	if got := told(Judge(s, Checks())); strings.Contains(got, "daemons.masters fail") || strings.Contains(got, "daemons.registered fail") {
		t.Errorf("by its URL: %s", got)
	}
	s.Views[0].URL = "spark://old:7077"
	if got := told(Judge(s, Checks())); !strings.Contains(got, "daemons.registered fail w2") {
		t.Errorf("of another cluster: %s", got)
	}
}
