// Package facts is what one host says of itself, for doctor to judge: the records of
// spark/scripts/facts*.sh as types. It reads answers and reaches nothing; it has no opinion.
//
// What a host could not look at is in [Host].Unseen with the reason: a fact that is neither
// there nor in Unseen is one that the host does not have. A kind of record is added in three
// places: the script of its family, the field of Host, and the reader in the table of the
// family's file here. Begin reading at [Host], then [Read].
package facts

import (
	"fmt"
	"strconv"
	"time"

	"sparkops/shell"
)

// Host is all that is known of one host.
type Host struct {
	Home      Home
	Refusals  []Refusal // what would end other verbs there
	Login     map[string]string
	Env       map[string]string // what Spark's daemons get, as far as it matters; of bash, after spark-env.sh
	Paths     []Path
	Links     []Link
	Installs  []Install // other places with a Spark of the launcher's name
	Spark     Spark
	Java      Java
	Pythons   []Python
	Files     []File
	Syntax    string // what bash -n says of spark-env.sh
	Name      Name
	Resolved  []Resolved
	Dialled   []Dialled
	Memory    Memory
	Limits    Limits
	Cores     int
	HugePages string // "always", "madvise", "never"; "" where the kernel has none
	Settings  []Setting
	Access    Access
	Sudo      Sudo
	Daemons   []Daemon
	Strangers []Stranger
	PidFiles  []PidFile
	Wanted    []Wanted
	Listeners []Listener
	Big       []Big
	Clock     time.Time // at the end of the look
	Unseen    []Unseen
	Whole     bool // the look came to its end
}

// Refusal is what ends start, stop and status on that host.
type Refusal struct {
	Class         shell.Class
	Message, Hint string
}

// Unseen is what could not be looked at, and why.
type Unseen struct{ What, Why string }

// reader puts a record into its place.
type reader func(*Host, shell.Record)

// families are the tables of readers by kind of record.
func families() []map[string]reader {
	return []map[string]reader{general, paths, versions, files, network, resources, access, daemons}
}

var general = map[string]reader{
	"host": func(h *Host, r shell.Record) {
		h.Home = Home{
			Path: r["spark_home"], From: r["spark_home_from"], Set: r["set_home"], Conf: r["conf_dir"],
			EnvRead: r["env_read"] == "yes", EnvCut: r["env_cut"] == "yes", PathLost: r["path_lost"] == "yes", Ident: r["ident"], Pids: r["pid_dir"], Instances: number(r["instances"]),
		}
	},
	"refused": func(h *Host, r shell.Record) {
		h.Refusals = append(h.Refusals, Refusal{shell.Class(r["class"]), r["message"], r["hint"]})
	},
	"unseen":      func(h *Host, r shell.Record) { h.Unseen = append(h.Unseen, Unseen{r["what"], r["why"]}) },
	"login":       func(h *Host, r shell.Record) { h.Login = variables(r) },
	"environment": func(h *Host, r shell.Record) { h.Env = variables(r) },
	"clock": func(h *Host, r shell.Record) {
		// date of busybox knows no thousandths and says something else or nothing there.
		if ms := number64(r["ms"]); ms > 1e12 {
			h.Clock = time.UnixMilli(ms)
		} else if s := number64(r["seconds"]); s > 0 {
			h.Clock = time.Unix(s, 0)
		}
	},
	"end": func(h *Host, _ shell.Record) { h.Whole = true },
}

// Read is the host as its records have it, in whatever order. A record of an unknown kind is
// an error: the scripts and this package are of one build.
func Read(records []shell.Record) (*Host, error) {
	h := &Host{}
	readers := map[string]reader{}
	for _, family := range families() {
		for kind, read := range family {
			readers[kind] = read
		}
	}
	for _, r := range records {
		read, ok := readers[r["kind"]]
		if !ok {
			return nil, fmt.Errorf("the host answers with a record of kind %q, which nobody reads", r["kind"])
		}
		if read != nil {
			read(h, r)
		}
	}
	h.join(records)
	h.texts(records)
	return h, nil
}

// variables are the record of an environment.
func variables(r shell.Record) map[string]string {
	vars := map[string]string{}
	for name, value := range r {
		if name != "kind" {
			vars[name] = value
		}
	}
	return vars
}

func number(s string) int { return int(number64(s)) }

// number64 is 0 for what is no number.
func number64(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
