//go:build linux

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// needs skips a test whose programs or files (by their path) are not on this machine, and says aloud what is
// not tested then; in CI that is a failure. prerequisites.sh installs them where it may.
func (b *bed) needs(what string, names ...string) {
	b.Helper()
	var lacking []string
	for _, name := range names {
		_, err := exec.LookPath(name)
		if filepath.IsAbs(name) {
			_, err = os.Stat(name)
		}
		if err != nil {
			lacking = append(lacking, name)
		}
	}
	switch {
	case lacking == nil:
	case os.Getenv("CI") == "true":
		b.Fatalf("no %s", strings.Join(lacking, ", "))
	default:
		b.Skipf("NOT TESTED: %s: no %s", what, strings.Join(lacking, ", "))
	}
}
