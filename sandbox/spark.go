package sandbox

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"

	"sparkops/sandbox/standin"
)

// spark is what the hosts have for a Spark.
type spark interface {
	install(home string) error // into a directory that exists, with conf, logs, work and pids
	env(home string) []string  // what its daemons need besides
}

func newSpark(o Options) (spark, error) {
	if o.SparkHome != "" {
		home, err := filepath.Abs(o.SparkHome)
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(filepath.Join(home, "bin", "spark-class")); err != nil {
			return nil, fmt.Errorf("no Spark in %s: %w", o.SparkHome, err)
		}
		return realSpark(home), nil
	}
	if o.Executable != "" {
		return standInSpark(o.Executable), nil
	}
	program, err := os.Executable()
	return standInSpark(program), err
}

// realSpark is the SPARK_HOME of a real Spark.
type realSpark string

// install links everything but what each host has for itself.
func (s realSpark) install(home string) error {
	if err := linkAll(string(s), home); err != nil {
		return err
	}
	conf := filepath.Join(string(s), "conf")
	if _, err := os.Stat(conf); err != nil {
		return nil // pip's pyspark has none
	}
	return linkAll(conf, filepath.Join(home, "conf"))
}

// linkAll links the entries of one directory into another, but for those that a host has for itself.
func linkAll(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch e.Name() {
		case "conf", "logs", "work", "pids", "tmp", "spark-env.sh", "host-env.sh", "workers", "slaves", "masters":
			continue
		}
		if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// env keeps JVMs from writing to /tmp/hsperfdata_USER.
func (realSpark) env(home string) []string {
	return []string{
		"SPARK_DAEMON_JAVA_OPTS=-XX:-UsePerfData -Djava.io.tmpdir=" + filepath.Join(home, "tmp"),
		"SPARK_LAUNCHER_OPTS=-XX:-UsePerfData",
	}
}

// standInSpark is the program that plays Spark's daemons when its name is java.
type standInSpark string

//go:embed scripts/spark-class.sh
var sparkClass string

//go:embed scripts/load-spark-env.sh
var loadSparkEnv string

func (s standInSpark) install(home string) error {
	for _, dir := range []string{"bin", "jars", "jdk/bin", "jdk/lib"} {
		if err := os.MkdirAll(filepath.Join(home, dir), 0o755); err != nil {
			return err
		}
	}
	release := fmt.Sprintf("Spark %s (stand-in of sparkops sandbox, not a Spark)\n", standin.Version)
	files := []struct {
		name, text string
		mode       os.FileMode
	}{
		{"bin/spark-class", sparkClass, 0o755},
		{"bin/load-spark-env.sh", loadSparkEnv, 0o755},
		{"jars/spark-core_2.13-" + standin.Version + ".jar", "", 0o644},
		{"RELEASE", release, 0o644},
		{"jdk/bin/java", java, 0o755},
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(home, f.name), []byte(f.text), f.mode); err != nil {
			return err
		}
	}
	return os.Symlink(string(s), filepath.Join(home, "jdk", "lib", "java"))
}

// java is the program under the name of java, or its version without it: doctor asks all hosts
// of a sandbox for that at the same moment, on one machine. spark-daemon.sh stops what ps calls
// java only, so the program behind it has that name.
const java = `#!/bin/sh
[ "$*" = -version ] || exec bash -c 'exec -a "$0" "${0%/bin/java}/lib/java" "$@"' "$0" "$@"
printf '%s' ` + "'" + standin.JavaVersion + "'" + ` >&2
`

func (standInSpark) env(home string) []string {
	return []string{"JAVA_HOME=" + filepath.Join(home, "jdk")}
}
