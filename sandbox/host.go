package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sparkops/shell"
)

// clusterEnv is spark-env.sh: the same on the launcher and on every host, so that it may be
// pushed from one to the others.
func clusterEnv(master Host) string {
	return fmt.Sprintf(`# The same file on every machine of the sandbox, as Spark's documentation asks for.
SPARK_MASTER_HOST=%s
SPARK_MASTER_PORT=%d
SPARK_MASTER_WEBUI_PORT=%d
SPARK_WORKER_CORES=2
SPARK_WORKER_MEMORY=1g

# What differs from host to host stands beside it.
if [ -f "${SPARK_HOME-}/conf/host-env.sh" ]; then
  . "$SPARK_HOME/conf/host-env.sh"
fi
`, master.Address, master.RPCPort, master.WebUIPort)
}

// build makes the home directory of the host and the Spark in it.
func (h *host) build(spark spark, env string, more []string) error {
	for _, dir := range []string{h.Logs, h.Pids, filepath.Join(h.SparkHome, "work"), filepath.Join(h.SparkHome, "tmp"), filepath.Dir(h.EnvFile)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := spark.install(h.SparkHome); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(h.SparkHome, "conf", "spark-env.sh"), []byte(env), 0o644); err != nil {
		return err
	}
	return os.WriteFile(h.EnvFile, []byte(h.env(spark, more)), 0o644)
}

// env is host-env.sh: assignments, which the readers of spark-env.sh export.
func (h *host) env(spark spark, more []string) string {
	lines := []string{
		"SPARK_LOCAL_IP=" + h.Address,
		"SPARK_PUBLIC_DNS=" + h.Address,
		"SPARK_PID_DIR=" + h.Pids,
		"SPARK_LOG_DIR=" + h.Logs,
		"SPARK_WORKER_DIR=" + filepath.Join(h.SparkHome, "work"),
		"SPARK_LOCAL_DIRS=" + filepath.Join(h.SparkHome, "tmp"),
	}
	if h.RPCPort == 0 {
		lines = append(lines, fmt.Sprintf("SPARK_WORKER_WEBUI_PORT=%d", h.WebUIPort))
	}
	lines = append(append(lines, spark.env(h.SparkHome)...), more...)
	var b strings.Builder
	fmt.Fprintf(&b, "# %s of the sandbox: what differs from the other hosts.\n", h.Name)
	for _, line := range lines {
		name, value, _ := strings.Cut(line, "=")
		b.WriteString(name + "=" + shell.Quote(value) + "\n")
	}
	return b.String()
}
