//go:build linux

package e2e

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed spark-versions.txt
var versions string

// Versions are the releases of Spark that the tests run on, the full round of them
// on the first. prerequisites.sh unpacks the same.
var Versions = strings.Fields(versions)

// SparkDir is where prerequisites.sh has unpacked that release of Spark.
func SparkDir(version string) (string, error) {
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		cache = filepath.Join(os.Getenv("HOME"), ".cache")
	}
	dir := filepath.Join(cache, "sparkops", "spark-"+version, "pyspark")
	if _, err := os.Stat(filepath.Join(dir, "bin", "spark-class")); err != nil {
		return "", fmt.Errorf("spark %s is not unpacked: %w", version, err)
	}
	return dir, nil
}

// javaHome is the directory of the machine's Java.
func javaHome() (string, error) {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		return home, nil
	}
	java, err := exec.LookPath("java")
	if err != nil {
		return "", err
	}
	if java, err = filepath.EvalSymlinks(java); err != nil {
		return "", err
	}
	return filepath.Dir(filepath.Dir(java)), nil
}

// dirPrefix is how the directories that this package makes begin; the pid of the process
// that made them follows.
const dirPrefix = "sparkops-e2e-"

// TempDir makes a directory for hosts, or for what is built for them, and clears those
// away that a killed run has left: of a host nothing else can be left.
func TempDir() (string, error) {
	left, err := filepath.Glob(filepath.Join(os.TempDir(), dirPrefix+"*"))
	if err != nil {
		return "", err
	}
	for _, dir := range left {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), dirPrefix), "-")
		if _, err := os.Stat(filepath.Join("/proc", pid)); err != nil {
			os.RemoveAll(dir)
		}
	}
	return os.MkdirTemp("", fmt.Sprintf("%s%d-", dirPrefix, os.Getpid()))
}
