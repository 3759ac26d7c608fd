package ssh

import (
	"strings"
	"testing"
)

// Whatever stands in known_hosts, reading it is no more than skipping a line; a name that
// is hashed or stands there plainly is found, and no other one.
func FuzzKnownHosts(f *testing.F) {
	const key = " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3/K2xEgVwyIhQpMgvVdrXXYFXmvDzfkGSGmcRIUcdw"
	f.Add("@revoked [w1]:22,*.example"+key+" comment", "w1")
	f.Add("|1|c2FsdA==|c3Vt"+key, "w1.example")
	f.Add("!w1,w?"+key, "w2")
	f.Fuzz(func(t *testing.T, line, name string) {
		if strings.Count(line, "*") > 4 {
			t.Skip("stars cost time")
		}
		if k, ok := parseKnown(line); ok {
			k.matches(strings.ToLower(name))
		}
		if name == "" || strings.ContainsAny(name, " \t\n\v\f\r\u0085\u00a0,*?!#@|") || strings.ToLower(name) != name || len(strings.Fields(name)) != 1 {
			return
		}
		k, ok := parseKnown("a,b," + name + key)
		if !ok || !k.matches(name) || k.matches(name+"x") {
			t.Errorf("%q is not found in %q", name, k.names)
		}
	})
}
