//go:build linux

package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"sparkops/shell/shelltest"
)

var (
	// clusters are those of each release.
	clusters = map[string]*turns{}
	// program is sparkops, built once for all tests; SPARKOPS_BINARY names another one.
	program = os.Getenv("SPARKOPS_BINARY")
)

// turns is what the tests of a release share: a cluster, brought up by the first of them.
type turns struct {
	sync.Mutex
	cluster *Cluster
}

func TestMain(m *testing.M) {
	flag.Parse()
	flag.Set("test.parallel", "1000") // all but one on each cluster wait for their turn
	for _, version := range Versions {
		clusters[version] = &turns{}
	}
	if os.Getenv("SPARKOPS_E2E") == "" {
		shelltest.Main(m)
	}
	os.Exit(withHosts(m))
}

func withHosts(m *testing.M) int {
	dir, err := TempDir()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if program == "" {
		program = filepath.Join(dir, "sparkops")
		if out, err := exec.Command("go", "build", "-o", program, "sparkops").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building sparkops: %v: %s", err, out)
			return 1
		}
	}
	defer func() {
		for _, t := range clusters {
			if t.cluster != nil {
				t.cluster.Close()
			}
		}
	}()
	code := m.Run()
	if name := os.Getenv("SPARKOPS_FAULTS"); name != "" && len(ledger.faults) > 0 {
		if err := ledger.write(name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}
