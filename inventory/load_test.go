package inventory_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sparkops/inventory"
	"sparkops/shell"
)

// conf writes files into a new conf directory and returns its options.
func conf(t *testing.T, files map[string]string) inventory.Options {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "conf")
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return inventory.Options{ConfDir: dir}
}

func lookup(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { value, ok := vars[name]; return value, ok }
}

// show writes hosts as "name from" with the directory left out.
func show(hosts []inventory.Host, dir string) string {
	var all []string
	for _, h := range hosts {
		all = append(all, strings.TrimSpace(h.Name+" "+h.From+" "+h.SparkHome))
	}
	return strings.ReplaceAll(strings.Join(all, ", "), dir+"/", "")
}

// lines writes errors or warnings one a line, with the directory left out.
func lines[T any](all []T, text func(T) string, dir string) string {
	var b strings.Builder
	for _, one := range all {
		b.WriteString(text(one) + "\n")
	}
	return strings.ReplaceAll(b.String(), dir+"/", "")
}

func errs(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return nil
}

func TestWhereTheWorkersStand(t *testing.T) {
	t.Parallel()
	type vars = map[string]string
	files := func(more ...string) vars {
		all := vars{"env-w": "ew", "env-s": "es", "set-w": "sw", "set-s": "ss"}
		for i := 0; i < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		return all
	}
	both := files("workers", "w1\nw2", "slaves", "s1")
	tests := []struct {
		name          string
		files         vars
		env, sparkEnv vars // a value of %x is file x
		version       string
		want          string
		warn          string // a part of the warnings; "" for none at all
	}{
		{name: "no file", want: "localhost default"},
		{name: "workers", files: files("workers", "w1"), want: "w1 workers:1"},
		{name: "slaves", files: files("slaves", "s1"), want: "s1 slaves:1"},
		{name: "both", files: both, want: "w1 workers:1, w2 workers:2", warn: "slaves: not read, because workers exists; the two differ\n"},
		{name: "both before 3.1", files: both, version: "3.0.3", want: "s1 slaves:1", warn: "workers: not read, because slaves exists; the two differ\n"},
		{name: "both at 3.1", files: both, version: "3.1.1-amzn-0", want: "w1 workers:1, w2 workers:2", warn: "differ"},
		{name: "both the same", files: files("workers", "w1\nw2", "slaves", "w2 # x\nw1\n"), want: "w1 workers:1, w2 workers:2"},
		{name: "workers is a directory", files: files("workers/x", "", "slaves", "s1"), want: "s1 slaves:1",
			warn: "workers: read past, as by Spark's scripts: it is no regular file\n"},
		{name: "SPARK_WORKERS", files: both, env: vars{"SPARK_WORKERS": "%env-w"}, sparkEnv: vars{"SPARK_WORKERS": "%set-w"}, want: "ew env-w:1"},
		{name: "SPARK_SLAVES wins", files: both, env: vars{"SPARK_WORKERS": "%env-w", "SPARK_SLAVES": "%env-s"}, want: "es env-s:1",
			warn: "SPARK_SLAVES: env-s is read, and not env-w of SPARK_WORKERS: as in Spark's scripts, SPARK_SLAVES wins\n"},
		{name: "SPARK_SLAVES", files: both, env: vars{"SPARK_SLAVES": "%env-s"}, want: "es env-s:1", warn: "SPARK_SLAVES: deprecated since Spark 3.1, use SPARK_WORKERS\n"},
		{name: "SPARK_SLAVES before 3.1", files: both, env: vars{"SPARK_SLAVES": "%env-s"}, version: "2.4.8", want: "es env-s:1"},
		{name: "HOSTLIST", files: both, env: vars{"HOSTLIST": "h1 h2\nh3"}, want: "h1 HOSTLIST, h2 HOSTLIST, h3 HOSTLIST", warn: "HOSTLIST: the hosts come from this variable"},
		{name: "HOSTLIST of spark-env", files: both, env: vars{"HOSTLIST": "h1", "SPARK_WORKERS": "%env-w"}, sparkEnv: vars{"HOSTLIST": "h9"}, want: "h9 HOSTLIST", warn: "HOSTLIST"},
		{name: "HOSTLIST before spark-env's file", files: both, env: vars{"HOSTLIST": "h1"}, sparkEnv: vars{"SPARK_WORKERS": "%set-w"}, want: "h1 HOSTLIST", warn: "HOSTLIST"},
		{name: "of spark-env", files: both, sparkEnv: vars{"SPARK_WORKERS": "%set-w"}, want: "sw set-w:1"},
		{name: "SPARK_SLAVES of spark-env", files: both, sparkEnv: vars{"SPARK_WORKERS": "%set-w", "SPARK_SLAVES": "%set-s"}, want: "ss set-s:1", warn: "SPARK_SLAVES"},
		{name: "spark-env beats", files: both, env: vars{"SPARK_WORKERS": "/nowhere"}, sparkEnv: vars{"SPARK_WORKERS": "%set-w"}, want: "sw set-w:1"},
		{name: "empty is unset", files: files("workers", "w1"), env: vars{"SPARK_WORKERS": "", "HOSTLIST": ""}, sparkEnv: vars{"SPARK_SLAVES": ""}, want: "w1 workers:1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := conf(t, tt.files)
			place := func(from vars) vars {
				to := vars{}
				for name, value := range from {
					to[name] = strings.Replace(value, "%", o.ConfDir+"/", 1)
				}
				return to
			}
			o.Env, o.SparkEnv, o.Version = lookup(place(tt.env)), place(tt.sparkEnv), tt.version
			c, err := inventory.Load(o)
			if err != nil {
				t.Fatal(err)
			}
			if got := show(c.Workers, o.ConfDir); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if _, line, found := strings.Cut(tt.want, ":"); found && c.HostsFile != filepath.Join(o.ConfDir, strings.Fields(tt.want)[1][:strings.Index(strings.Fields(tt.want)[1], ":")]) {
				t.Errorf("hosts file %q, line %s", c.HostsFile, line)
			}
			warned := lines(c.Warnings, inventory.Warning.String, o.ConfDir)
			if !strings.Contains(warned, tt.warn) || tt.warn == "" && warned != "" {
				t.Errorf("warnings:\n%swant %s", warned, tt.warn)
			}
		})
	}
}

func TestNoWorkers(t *testing.T) {
	t.Parallel()
	type vars = map[string]string
	tests := []struct {
		name     string
		files    vars
		sparkEnv vars
		want     string
	}{
		{"empty", vars{"workers": ""}, nil, "reading workers: no hosts in it\n"},
		{"comments", vars{"workers": "# w1\n\n"}, nil, "reading workers: no hosts in it\n"},
		{"empty beside full", vars{"workers": "", "slaves": "s1\ns2"}, nil, "reading workers: no hosts in it, and slaves, which has 2 hosts, is not read because of it\n"},
		{"no such file", vars{"workers": "w1"}, vars{"SPARK_WORKERS": "/nowhere/w"}, "reading /nowhere/w: SPARK_WORKERS names it, and there is no such file\n"},
		{"no such old file", vars{"workers": "w1"}, vars{"SPARK_SLAVES": "/nowhere/s"}, "reading /nowhere/s: SPARK_SLAVES names it, and there is no such file\n"},
		{"HOSTLIST", nil, vars{"HOSTLIST": "# x"}, "reading HOSTLIST: no hosts in it\n"},
		{"masters", vars{"workers": "w1", "masters": "\n"}, nil, "reading masters: no hosts in it\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := conf(t, tt.files)
			o.SparkEnv = tt.sparkEnv
			_, err := inventory.Load(o)
			if got := lines(errs(err), error.Error, o.ConfDir); got != tt.want {
				t.Errorf("got %swant %s", got, tt.want)
			}
		})
	}
}

func TestMasters(t *testing.T) {
	t.Parallel()
	type vars = map[string]string
	tests := []struct {
		name, file    string // of conf/masters
		env, sparkEnv vars
		version       string
		want, warn    string // warn or refuse, whole
		refuse, hint  string
	}{
		{name: "nothing", want: "localhost default"},
		{name: "file", file: "m1\nspark@m2 # sparkops: spark_home=/s", want: "m1 masters:1, spark@m2 masters:2 /s"},
		{name: "file and variable", file: "m1", env: vars{"SPARK_MASTER_HOST": "m1"}, want: "m1 masters:1"},
		{name: "file beside variable", file: "m1", env: vars{"SPARK_MASTER_HOST": "m2"}, want: "m1 masters:1"},
		{name: "files against variable", file: "m1 m3", env: vars{"SPARK_MASTER_HOST": "m2"}, want: "m1 masters:1, m3 masters:1", warn: "SPARK_MASTER_HOST: m2 is not used: masters names the masters, and not this one\n"},
		{name: "variable", env: vars{"SPARK_MASTER_HOST": "m1"}, want: "m1 SPARK_MASTER_HOST"},
		{name: "spark-env beats", env: vars{"SPARK_MASTER_HOST": "m1"}, sparkEnv: vars{"SPARK_MASTER_HOST": "m2"}, want: "m2 SPARK_MASTER_HOST"},
		{name: "IPv6", env: vars{"SPARK_MASTER_HOST": "[fd00::1]"}, want: "fd00::1 SPARK_MASTER_HOST"},
		{name: "IP", env: vars{"SPARK_MASTER_IP": "m1"}, want: "localhost default", warn: "SPARK_MASTER_IP: m1 has no effect since Spark 2.0: set SPARK_MASTER_HOST\n"},
		{name: "IP and host", env: vars{"SPARK_MASTER_IP": "m1", "SPARK_MASTER_HOST": "m1"}, want: "m1 SPARK_MASTER_HOST"},
		{name: "IP before 2.0", env: vars{"SPARK_MASTER_IP": "m1"}, version: "1.6.3", want: "m1 SPARK_MASTER_IP"},
		{name: "host before 2.0", env: vars{"SPARK_MASTER_HOST": "m1"}, version: "1.6.3", want: "localhost default", warn: "SPARK_MASTER_HOST: m1 has no effect before Spark 2.0: set SPARK_MASTER_IP\n"},
		{name: "URL", env: vars{"SPARK_MASTER_HOST": "spark://m1:7077"}, refuse: `reading SPARK_MASTER_HOST: "spark://m1:7077" is a URL, not a host name`, hint: "SPARK_MASTER_HOST=m1"},
		{name: "list", env: vars{"SPARK_MASTER_HOST": "m1:7077,m2"}, refuse: `reading SPARK_MASTER_HOST: "m1:7077,m2" names more than one host`, hint: "write the masters into conf/masters, one a line"},
		{name: "port", env: vars{"SPARK_MASTER_HOST": "m1:7077"}, refuse: `reading SPARK_MASTER_HOST: "m1:7077" holds a port`, hint: "SPARK_MASTER_HOST=m1 and SPARK_MASTER_PORT=7077"},
		{name: "bare IPv6", env: vars{"SPARK_MASTER_HOST": "fd00::1"}, refuse: `reading SPARK_MASTER_HOST: "fd00::1" is an IPv6 address without brackets, which Spark refuses`, hint: "SPARK_MASTER_HOST=[fd00::1]"},
		{name: "user", env: vars{"SPARK_MASTER_HOST": "u@m1"}, refuse: `reading SPARK_MASTER_HOST: "u@m1" holds a user name`, hint: "write it into conf/masters"},
		{name: "underscore", env: vars{"SPARK_MASTER_HOST": "m_1"}, refuse: `reading SPARK_MASTER_HOST: "m_1" holds an underscore, and Spark takes spark://m_1:7077 for an invalid master URL`, hint: "give the host a name without _ in DNS or /etc/hosts, or use its address"},
		{name: "underscore in file", file: "m_1", refuse: `reading masters:1: "m_1" holds an underscore, and Spark takes spark://m_1:7077 for an invalid master URL`, hint: "give the host a name without _ in DNS or /etc/hosts, or use its address"},
		{name: "blank", env: vars{"SPARK_MASTER_HOST": "m1 m2"}, refuse: `reading SPARK_MASTER_HOST: "m1 m2" holds a blank`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := vars{"workers": "w1"}
			if tt.file != "" {
				files["masters"] = tt.file
			}
			o := conf(t, files)
			o.Env, o.SparkEnv, o.Version = lookup(tt.env), tt.sparkEnv, tt.version
			c, err := inventory.Load(o)
			if tt.refuse != "" {
				e, ok := errors.AsType[*shell.Error](err)
				if !ok || strings.ReplaceAll(err.Error(), o.ConfDir+"/", "") != tt.refuse || e.Hint != tt.hint || e.Class != shell.ClassConfig {
					t.Errorf("got %v (%+v)", err, e)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := show(c.Masters, o.ConfDir); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if got := lines(c.Warnings, inventory.Warning.String, o.ConfDir); got != tt.warn {
				t.Errorf("warnings:\n%swant %s", got, tt.warn)
			}
		})
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	o := conf(t, map[string]string{"workers": "w1\n"})
	o.Env = lookup(map[string]string{"SPARK_WORKERS": o.ConfDir + "/workers/x"})
	_, err := inventory.Load(o)
	if err == nil || !strings.HasSuffix(err.Error(), "/workers/x: not a directory") {
		t.Errorf("got %v", err)
	}
	if c, err := inventory.Load(inventory.Options{}); err != nil || !slices.Equal(c.Workers, c.Masters) {
		t.Errorf("no conf directory: %v, %v", c, err)
	}
}
