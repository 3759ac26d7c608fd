package facts

import (
	"strings"
	"time"

	"sparkops/shell"
)

// Daemon is one of this user and SPARK_HOME that runs, or is to.
type Daemon struct {
	Role     string // "master" or "worker"
	Running  bool
	Instance int
	PID      int
	Since    time.Time
	Args     string // its command line from behind the class
	Log      string
	Tail     string // the end of its log

	Address    string // host:port of its RPC, by its log
	WebUI      string
	Bound      string // the address that the web UI is bound to
	Registered string // the master URL that it has registered with, by its log
	Slid       bool   // its RPC port was taken, and it took another
	Listen     []int  // ports

	PidFile string // that it has, or is to have
	Named   string // what stands in it, "" if it is not there
}

// Stranger is a daemon of another user or SPARK_HOME.
type Stranger struct {
	Role  string
	PID   int
	Owner string
	Home  string // by its environment, else by its class path; "" if neither tells
	Args  string // its command line from behind the class
}

// PidFile is one that names no daemon of this host's.
type PidFile struct {
	Path, Names string
	State       string // "gone": no such process; "foreign": it is none of Spark's; "garbage": no number
	Command     string // of the foreign process
}

var daemons = map[string]reader{
	"daemon": func(h *Host, r shell.Record) {
		d := Daemon{
			Role: r["role"], Running: r["state"] == "running", Instance: number(r["instance"]), PID: number(r["pid"]),
			Args: strings.TrimSpace(r["arguments"]), Log: r["log"], Tail: r["tail"], Address: r["address"], WebUI: r["webui"], Bound: r["bound"],
			Registered: r["registered"], Slid: r["slid"] == "yes", PidFile: r["pid_file"], Named: r["pid_file_names"],
		}
		if s := number64(r["since"]); s > 0 {
			d.Since = time.Unix(s, 0)
		}
		for port := range strings.SplitSeq(r["listen"], ",") {
			if n := number(port); n > 0 {
				d.Listen = append(d.Listen, n)
			}
		}
		h.Daemons = append(h.Daemons, d)
	},
	"stranger": func(h *Host, r shell.Record) {
		home := r["home"]
		if home == "" {
			home = r["jars"]
		}
		h.Strangers = append(h.Strangers, Stranger{r["role"], number(r["pid"]), r["owner"], home, strings.TrimSpace(r["arguments"])})
	},
	"pidfile": func(h *Host, r shell.Record) {
		h.PidFiles = append(h.PidFiles, PidFile{r["path"], r["names"], r["state"], r["command"]})
	},
}
