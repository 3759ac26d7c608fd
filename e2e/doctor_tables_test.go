//go:build linux

package e2e

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sparkops/doctor"
	"sparkops/shell/shelltest"
)

// unplanted are the checks that no row of the tables leads to, and why.
var unplanted = map[string]string{
	"access.key": "somebody has to type a password: TestDoctorOfAPassword",
}

// allFaults are those of all tables.
func allFaults() []fault {
	return slices.Concat(linkFaults, hostFaults, systemFaults, clusterFaults, slices.Concat(runningFaults...))
}

// Every check has a fault on real hosts, and every row of the tables can be read: by bash, as
// finding, and as regular expression. For this no host is needed.
func TestFaultTables(t *testing.T) {
	shelltest.Unwatched(t) // it reads, and nothing beside
	planted, names := map[string]bool{}, map[string]bool{}
	for _, f := range allFaults() {
		if names[f.name] {
			t.Errorf("two faults are called %s", f.name)
		}
		names[f.name] = true
		for _, script := range []string{f.plant, f.heal} {
			if out, err := exec.Command("bash", "-n", "-c", script).CombinedOutput(); err != nil {
				t.Errorf("%s: %s", f.name, out)
			}
		}
		if _, err := regexp.Compile(f.words); err != nil || f.words == "" {
			t.Errorf("%s: words %q: %v", f.name, f.words, err)
		}
		if f.plant == "" && f.env == "" && f.set == nil {
			t.Errorf("%s: nothing is planted", f.name)
		}
		for _, found := range f.found {
			words := strings.Fields(found)
			planted[words[len(words)-2]] = true
		}
	}
	for _, c := range doctor.Checks() {
		if _, known := unplanted[c.ID]; planted[c.ID] == known {
			t.Errorf("%s: planted %v, left out %v", c.ID, planted[c.ID], known)
		}
	}
	if len(names) < 45 {
		t.Errorf("%d faults", len(names))
	}
	t.Logf("%d faults", len(names))
}
