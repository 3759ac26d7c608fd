package report

import (
	"strings"
	"testing"
)

// Hosts that are reached alike are one; with Verbose each stands by itself, under its own name.
func TestConfigurationFolds(t *testing.T) {
	host := func(name string) ConfigHost {
		return ConfigHost{Host: name, Roles: []string{"worker"}, From: "workers:1", SSH: map[string]any{"hostname": name}, Order: []string{"hostname"}}
	}
	c := Configuration{Hosts: []ConfigHost{host("w1"), host("w2")}}
	for verbose, want := range map[bool][]string{false: {"w1+w2  worker  workers:1 and on\n"}, true: {"w1  worker  workers:1\n", "w2  worker  workers:1\n"}} {
		var out strings.Builder
		p := Printer{Out: &out, Format: Text, Verbose: verbose, Fold: func(names []string) string { return strings.Join(names, "+") }}
		if err := p.Configuration(c); err != nil {
			t.Fatal(err)
		}
		for _, title := range want {
			if !strings.Contains(out.String(), "\n"+title) || strings.Count(out.String(), "worker  ") != len(want) {
				t.Errorf("verbose %v: no %q in\n%s", verbose, title, out.String())
			}
		}
	}
}
