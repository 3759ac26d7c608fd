package inventory

import (
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Options says where the hosts are written.
type Options struct {
	ConfDir string // Spark's conf directory; "" or a missing one holds no file

	// Env looks up a variable of the environment that sparkops was started in, before
	// spark-env.sh; nil is an empty environment.
	Env func(name string) (string, bool)

	SparkEnv map[string]string // what spark-env.sh sets; it beats Env

	// Version is that of the Spark in use, "3.5.1". It decides what Spark calls things:
	// SPARK_MASTER_IP before 2.0, conf/slaves before conf/workers before 3.1. "" is the newest.
	Version string
}

// Load finds and reads the hosts. Everything that is wrong is in the error, joined by
// [errors.Join]: each one is a *shell.Error of class config, most with a hint. An
// empty list is an error; a list that nobody has written is this machine.
func Load(o Options) (*Cluster, error) {
	r := &reading{Options: o}
	c := &Cluster{}
	c.Workers, c.HostsFile = r.workers()
	c.Masters, c.MastersFile = r.masters()
	if len(r.refusals) > 0 {
		return nil, errors.Join(r.refusals...)
	}
	c.Warnings = r.warnings
	return c, nil
}

// reading is one Load, with what it has found odd so far.
type reading struct {
	Options
	warnings []Warning
	refusals []error
}

func (r *reading) warn(at, text string) {
	if w := (Warning{At: at, Text: text}); !slices.Contains(r.warnings, w) {
		r.warnings = append(r.warnings, w)
	}
}

func (r *reading) refuse(err error) { r.refusals = append(r.refusals, err) }

// conf is the path of a file of the conf directory.
func (r *reading) conf(name string) string {
	if r.ConfDir == "" {
		return ""
	}
	return filepath.Join(r.ConfDir, name)
}

// env is a variable before spark-env.sh; Spark does not tell empty from unset.
func (r *reading) env(name string) string {
	if r.Env == nil {
		return ""
	}
	value, _ := r.Env(name)
	return value
}

// variable is a variable after spark-env.sh.
func (r *reading) variable(name string) string {
	if value, ok := r.SparkEnv[name]; ok {
		return value
	}
	return r.env(name)
}

// before reports whether the Spark in use is known to be older than major.minor.
func (r *reading) before(major, minor int) bool {
	first, rest, _ := strings.Cut(r.Version, ".")
	second, _, _ := strings.Cut(rest, ".")
	a, err := strconv.Atoi(first)
	if err != nil {
		return false
	}
	b, _ := strconv.Atoi(second) // "2" is 2.0
	return a < major || a == major && b < minor
}
