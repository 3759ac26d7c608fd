package commands

import "testing"

// A line to type is about the cluster, and the hosts, that were meant.
func TestHintsRepeatFlags(t *testing.T) {
	t.Parallel()
	a := newApp(World{Args: []string{"sparkops", "-F", "my config", "status", "--conf-dir=/c", "-w", "w1", "-x", "w2", "-w", "w3", "-q"}})
	for _, c := range []struct{ hint, result, mistake string }{
		{"", "", ""},
		{"look at conf/workers", "look at conf/workers", "look at conf/workers"},
		{"sparkops push-env again", "sparkops push-env --conf-dir=/c -F 'my config' -w w1 -w w3 -x w2 again", "sparkops push-env --conf-dir=/c -F 'my config' again"},
		{"sparkops restart-all -w m1", "sparkops restart-all --conf-dir=/c -F 'my config' -w m1", "sparkops restart-all --conf-dir=/c -F 'my config' -w m1"},
		{"mend it, then sparkops start-all (sparkops config)", "mend it, then sparkops start-all --conf-dir=/c -F 'my config' -w w1 -w w3 -x w2 (sparkops config --conf-dir=/c -F 'my config' -w w1 -w w3 -x w2)", "mend it, then sparkops start-all --conf-dir=/c -F 'my config' (sparkops config --conf-dir=/c -F 'my config')"},
		{"sparkops start-master", "sparkops start-master --conf-dir=/c -F 'my config'", "sparkops start-master --conf-dir=/c -F 'my config'"},
		{"sparkops help status", "sparkops help status", "sparkops help status"},
		{"sparkops explain names.ports", "sparkops explain names.ports", "sparkops explain names.ports"},
		{"sparkops has nothing to do there", "sparkops has nothing to do there", "sparkops has nothing to do there"},
		{"sparkops status --config /d -F x", "sparkops status -w w1 -w w3 -x w2 --config /d -F x", "sparkops status --config /d -F x"},
	} {
		if got := a.again(c.hint, true); got != c.result {
			t.Errorf("%q: %q, want %q", c.hint, got, c.result)
		}
		if got := a.again(c.hint, false); got != c.mistake {
			t.Errorf("%q: %q, want %q", c.hint, got, c.mistake)
		}
	}
	masters := newApp(World{Args: []string{"sparkops", "start-master", "-w", "m2"}})
	if got := masters.again("sparkops start-master", true); got != "sparkops start-master -w m2" {
		t.Error(got)
	}
	none := newApp(World{Args: []string{"sparkops", "status", "-q"}})
	if got := none.again("sparkops push-env again", true); got != "sparkops push-env again" {
		t.Error(got)
	}
}
