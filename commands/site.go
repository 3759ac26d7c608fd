package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sparkops/envfile"
	"sparkops/inventory"
	"sparkops/shell"
	"sparkops/spark"
)

// site is all that sparkops has read about the cluster on this machine, before it touches
// any host.
type site struct {
	confDir   string
	asked     bool   // the conf directory was named by a flag or a variable
	sparkHome string // on this machine, or ""
	env       *envfile.Env
	getenv    func(string) (string, bool)
	all       *inventory.Cluster // every host of the files
	selected  *inventory.Cluster // those of --hosts and --exclude
	warnings  []string
	*obstacles
}

// readSite reads the files of the conf directory. Its errors are mistakes: exit 2.
func (a *app) readSite(ctx context.Context, s settings) (*site, error) {
	t, err := a.readSettings(ctx, s)
	if err != nil {
		return nil, err
	}
	t.all, err = t.loadPast()
	if err != nil {
		return nil, configMistake(err)
	}
	for _, w := range t.all.Warnings {
		t.warnings = append(t.warnings, w.String())
	}
	t.warnings = append(t.warnings, t.envWarnings()...)
	t.selected, err = withNames(t.all, a.beside).Select(s.hosts, s.exclude)
	if err != nil {
		return nil, configMistake(err)
	}
	return t, nil
}

// withNames is a cluster with hosts that its files do not have.
func withNames(c *inventory.Cluster, names []string) *inventory.Cluster {
	more := *c
	for _, name := range names {
		if !slices.Contains(hostNames(c), name) {
			more.Workers = append(slices.Clip(more.Workers), inventory.Host{Name: name, From: "--alias"})
		}
	}
	return &more
}

// load reads the host files.
func (t *site) load() (*inventory.Cluster, error) {
	return inventory.Load(inventory.Options{
		ConfDir: t.confDir, Env: t.getenv, SparkEnv: t.env.Vars, Version: spark.Version(t.sparkHome),
	})
}

// readSettings reads what comes before the hosts: where the conf directory is, and spark-env.sh.
func (a *app) readSettings(ctx context.Context, s settings) (*site, error) {
	t := &site{getenv: a.world.Getenv, warnings: a.strangers(), obstacles: &obstacles{past: s.mending}}
	if err := t.findConf(s); err != nil {
		return nil, err
	}
	var err error
	if t.env, err = t.readEnvPast(ctx, a.world.Env); err != nil {
		return nil, err
	}
	return t, nil
}

// configMistake keeps the hint of an error that has one.
func configMistake(err error) error {
	m := &mistake{err: err}
	if e, ok := errors.AsType[*shell.Error](err); ok {
		m.hint = e.Hint
	}
	return m
}

// findConf finds the conf directory and SPARK_HOME on this machine; either may be missing
// where the launcher is no Spark host, not both.
func (t *site) findConf(s settings) error {
	sparkHome, _ := t.getenv("SPARK_HOME")
	confDir, _ := t.getenv("SPARK_CONF_DIR")
	if s.sparkHome != "" {
		sparkHome = s.sparkHome
	}
	if s.confDir != "" {
		confDir = s.confDir
	}
	t.asked = confDir != ""
	if confDir == "" && sparkHome != "" {
		confDir = filepath.Join(sparkHome, "conf")
	}
	if confDir == "" {
		return mistakef("add --conf-dir DIR, or export SPARK_HOME=DIR", "no conf directory: SPARK_CONF_DIR and SPARK_HOME are not set")
	}
	confDir, err := filepath.Abs(confDir)
	if err != nil {
		return err
	}
	// A Spark from pip has no conf directory; one that was named has to be there.
	if info, err := os.Stat(confDir); err != nil && (t.asked || !isDir(sparkHome)) {
		return mistakef("add --conf-dir DIR", "reading the conf directory: %w", err)
	} else if err == nil && !info.IsDir() {
		return mistakef("add --conf-dir DIR", "%s is not a directory", confDir)
	}
	if parent := filepath.Dir(confDir); sparkHome == "" && isFile(filepath.Join(parent, "bin/spark-class")) {
		sparkHome = parent
	}
	if sparkHome != "" {
		sparkHome, err = filepath.Abs(sparkHome)
	}
	t.confDir, t.sparkHome = confDir, sparkHome
	return err
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// place is where spark-env.sh is read: SPARK_HOME, as by Spark, if it is on this machine.
func (t *site) place() string {
	if isDir(t.sparkHome) {
		return t.sparkHome
	}
	return t.confDir
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// value is a variable as Spark has it: spark-env.sh beats the environment.
func (t *site) value(name string) string {
	if v, ok := t.env.Vars[name]; ok {
		return v
	}
	v, _ := t.getenv(name)
	return v
}

// port is a variable that holds a port.
func (t *site) port(name string, fallback int) (int, error) {
	v := t.value(name)
	if v == "" {
		return fallback, nil
	}
	port, err := strconv.Atoi(v)
	if err != nil || port < 1 || port > 65535 {
		return fallback, t.stop("", mistakef("set "+name+" in "+filepath.Join(t.confDir, "spark-env.sh")+", or unset it where it comes from",
			"%s=%s is not a port number", name, v))
	}
	return port, nil
}

// pace is SPARK_WORKER_SLEEP (SPARK_SLAVE_SLEEP before Spark 3.1), in seconds.
func (t *site) pace() (time.Duration, error) {
	for _, name := range []string{"SPARK_WORKER_SLEEP", "SPARK_SLAVE_SLEEP"} {
		v := t.value(name)
		if v == "" {
			continue
		}
		d, err := time.ParseDuration(strings.TrimSuffix(v, "s") + "s")
		if err != nil || d < 0 {
			return 0, mistakef("unset "+name, "%s=%s is not a number of seconds", name, v)
		}
		return d, nil
	}
	return 0, nil
}

// cluster is the site as the verbs take it.
func (t *site) cluster(ctx context.Context, r *reach) (*spark.Cluster, error) {
	port, err := t.port("SPARK_MASTER_PORT", spark.MasterPort)
	if err != nil {
		return nil, err
	}
	ui, err := t.port("SPARK_MASTER_WEBUI_PORT", spark.MasterUIPort)
	if err != nil {
		return nil, err
	}
	c := &spark.Cluster{Masters: t.all.Masters, Workers: t.selected.Workers, Home: t.sparkHome, UIPort: ui}
	if t.asked {
		c.ConfDir = t.confDir
	}
	for _, m := range c.Masters {
		host, err := t.masterName(ctx, r, m)
		if err != nil {
			return nil, err
		}
		c.Addresses = append(c.Addresses, spark.Address(host, port))
		c.Selected = append(c.Selected, slices.Contains(t.selected.Masters, m))
	}
	return c, nil
}

// masterName is the name under which the workers are to find a master: SPARK_MASTER_HOST
// where there is one master; the name in the list; for this machine without a name, what
// sbin/start-master.sh takes, hostname -f.
func (t *site) masterName(ctx context.Context, r *reach, m inventory.Host) (string, error) {
	if name := t.value("SPARK_MASTER_HOST"); name != "" && len(t.all.Masters) == 1 {
		return name, nil
	}
	_, host := m.Split()
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return host, nil
	}
	name, err := spark.Hostname(ctx, r.here())
	if err != nil {
		return "", fmt.Errorf("asking for this machine's name: %w", err)
	}
	return name, nil
}

func (t *site) warn(w io.Writer) {
	for _, text := range t.warnings {
		fmt.Fprintf(w, "warning: %s\n", text)
	}
}
