//go:build linux

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var (
	// clusters are brought up when first asked for and shared by the tests of a release.
	clusters = map[string]*Cluster{}
	// program is sparkops, built once for all tests; SPARKOPS_BINARY names another one.
	program = os.Getenv("SPARKOPS_BINARY")
)

func TestMain(m *testing.M) {
	if os.Getenv("SPARKOPS_E2E") == "" {
		os.Exit(m.Run())
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
		for _, c := range clusters {
			c.Close()
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
