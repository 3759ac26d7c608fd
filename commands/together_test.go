package commands

import "testing"

// A line for the first of several hosts is one for all of them, or stays as it is.
func TestTogether(t *testing.T) {
	t.Parallel()
	for hint, want := range map[string]string{
		"":                                   "",
		"ssh w1 'chmod o-w /opt/spark/logs'": "sparkops exec --role all -w 'w[1-3]' -- 'chmod o-w /opt/spark/logs'",
		"ssh w1 'hostname -I'":               "sparkops exec --role all -w 'w[1-3]' -- 'hostname -I'",
		"ssh w1 true":                        "ssh w1 true",
		"set JAVA_HOME there: ssh w1 'ls -d /usr/lib/jvm/*'": "set JAVA_HOME there: sparkops exec --role all -w 'w[1-3]' -- 'ls -d /usr/lib/jvm/*'",
		"ssh -t w1 'sudo sh -c '\\''mkdir -p /x'\\'''":       `for host in w1 w2 w3; do ssh -t "$host" 'sudo sh -c '\''mkdir -p /x'\'''; done`,
		"ssh w1 'ls /srv/w1/spark'":                          "ssh w1 'ls /srv/w1/spark'",
		"ssh w10 true":                                       "ssh w10 true",
		"is it up? ssh -v w1 true":                           "is it up? ssh -v w1 true",
		"ssh-copy-id w1":                                     "sparkops push-keys -w 'w[1-3]'",
		"sparkops restart-all -w w1":                         "sparkops restart-all -w 'w[1-3]'",
		"sparkops push-env -w w1 --dry-run":                  "sparkops push-env -w 'w[1-3]' --dry-run",
		"sparkops exec -w w1 -- tail /srv/w1":                "sparkops exec -w w1 -- tail /srv/w1",
		"ssh w1 'cat /a' >/b && sparkops push":               "ssh w1 'cat /a' >/b && sparkops push",
	} {
		if got := together(hint, []string{"w1", "w2", "w3"}); got != want {
			t.Errorf("%q: %q, want %q", hint, got, want)
		}
	}
}
