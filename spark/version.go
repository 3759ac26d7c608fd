package spark

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"strings"

	"sparkops/shell"
)

// Version is that of the Spark in a directory of this machine, by its RELEASE file or the
// name of its core jar, as lib.sh finds it on a host; "" if neither tells.
func Version(home string) string {
	if home == "" {
		return ""
	}
	if f, err := os.Open(filepath.Join(home, "RELEASE")); err == nil {
		defer f.Close()
		line, _ := bufio.NewReader(f).ReadString('\n')
		if words := strings.Fields(line); len(words) > 1 {
			return words[1]
		}
	}
	jars, _ := filepath.Glob(filepath.Join(home, "jars", "spark-core_*.jar")) // the pattern is good
	for _, jar := range jars {
		base := strings.TrimSuffix(filepath.Base(jar), ".jar")
		_, version, _ := strings.Cut(strings.TrimPrefix(base, "spark-core_"), "-")
		return version
	}
	return ""
}

// Hostname is the name that sbin/start-master.sh gives a master on that machine.
func Hostname(ctx context.Context, r shell.Runner) (string, error) {
	out, err := r.Run(ctx, shell.Script{Name: "hostname", Body: body("hostname")})
	return strings.TrimSpace(string(out.Stdout)), err
}
