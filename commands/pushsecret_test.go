package commands

import (
	"testing"

	"sparkops/report"
	"sparkops/spark"
)

// Who may read a secret is judged by mode and owner, and what is to be typed is one line for
// hosts that have the file in the same place.
func TestBaredSecrets(t *testing.T) {
	t.Parallel()
	p := &pushing{Push: &spark.Push{Files: []spark.PushFile{{Name: "spark-env.sh", Mode: map[string]string{"w1": secretMode, "w2": secretMode, "w3": secretMode, "plain": "0644"}}}}}
	for _, c := range []struct {
		host, mode, owner string
		want              bool
	}{
		{"w1", "0644", "spark:spark", true},
		{"w1", "0604", "spark:spark", true},
		{"w1", "0640", "spark:hadoop", true},
		{"w1", "0640", "spark:spark", false},
		{"w1", "0600", "spark:hadoop", false},
		{"w1", "0622", "spark:hadoop", false},
		{"w1", "", "", false},
		{"plain", "0644", "spark:hadoop", false},
	} {
		if got := p.bared(spark.Pushed{Host: c.host, Mode: c.mode, Owner: c.owner}); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	p.done = map[string][]spark.Pushed{}
	rows := []report.Row{}
	for host, path := range map[string]string{"w1": "/opt/a b", "w2": "/opt/a b", "w3": "/srv/c"} {
		p.done[host] = []spark.Pushed{{Host: host, File: "spark-env.sh", Path: path}}
	}
	for _, host := range []string{"w1", "w2", "w3"} {
		rows = append(rows, report.Row{Host: host, Hint: p.chmodHint(p.done[host][0]), Placed: &report.Placed{File: "spark-env.sh"}})
	}
	p.chmodHints(rows)
	for i, want := range []string{
		"sparkops exec --role all -w w[1-2] -- chmod 600 '/opt/a b'", "sparkops exec --role all -w w[1-2] -- chmod 600 '/opt/a b'", "ssh w3 'chmod 600 /srv/c'",
	} {
		if rows[i].Hint != want {
			t.Errorf("%s, want %s", rows[i].Hint, want)
		}
	}
}
