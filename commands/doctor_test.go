package commands

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"sparkops/doctor"
	"sparkops/report"
	"sparkops/shell"
)

// typed runs a command line that needs no cluster.
func typed(t *testing.T, words ...string) string {
	t.Helper()
	var out, err bytes.Buffer
	code := Run(t.Context(), World{Args: append([]string{"sparkops"}, words...), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &err})
	if code != exitOK {
		t.Fatalf("%v: exit %d: %s", words, code, err.String())
	}
	return out.String()
}

// What --list names, explain explains, and the other way round.
func TestExplainIsComplete(t *testing.T) {
	var listed, explained struct{ Checks []report.Check }
	for words, to := range map[string]any{"doctor --list": &listed, "explain": &explained} {
		if err := json.Unmarshal([]byte(typed(t, append(strings.Fields(words), "-o", "json")...)), to); err != nil {
			t.Fatal(err)
		}
	}
	if len(listed.Checks) != len(doctor.Checks()) || !slices.Equal(listed.Checks, explained.Checks) {
		t.Errorf("listed %d, explained %d, there are %d", len(listed.Checks), len(explained.Checks), len(doctor.Checks()))
	}
	text, list := typed(t, "explain"), typed(t, "doctor", "--list")
	for _, c := range doctor.Checks() {
		if !strings.Contains(list, c.ID+" ") || !strings.Contains(text, c.ID+": "+c.Title+"\n") {
			t.Errorf("%s is not listed or not explained", c.ID)
		}
		one := typed(t, "explain", c.ID)
		for _, part := range []string{"\n  cause   " + c.Cause, "\n  effect  " + c.Effect, "\n  cure    " + c.Cure} {
			if !strings.Contains(one, part) {
				t.Errorf("explain %s says nothing of %q", c.ID, part)
			}
		}
	}
}

// A fix that did not hold is a failure, whatever the finding was before; one whose host is
// gone afterwards is not said to have held.
func TestAfterAFix(t *testing.T) {
	fix := func(host, what string) tried {
		return tried{Finding: doctor.Finding{Check: "links.home", Level: doctor.Warn, Host: host, What: what, Fix: &doctor.Fix{Command: "x"}}}
	}
	failed := fix("w2", "b")
	failed.trouble = "exit status 1: no"
	again := fix("w2", "b").Finding
	rows := (&examination{}).after([]tried{fix("w1", "a"), failed, fix("w3", "c")}, []doctor.Finding{
		again,
		{Check: "links.*", Level: doctor.Skipped, Host: "w3", Class: shell.ClassTimeout, What: "not reached"},
		{Check: "links.home", Level: doctor.Warn, Host: "w4", What: "new"},
	})
	var got []string
	for _, r := range rows {
		fixed := "-"
		if r.Fixed != nil {
			fixed = map[bool]string{true: "fixed", false: "not fixed"}[*r.Fixed]
		}
		got = append(got, r.Host+" "+string(r.Status)+" "+fixed+" "+r.Message)
	}
	want := []string{"w2 fail not fixed b: the fix did not hold: exit status 1: no", "w3 skipped - not reached", "w4 warn - new", "w1 changed fixed a"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if code := (&examination{}).code(rows); code != exitNotWell {
		t.Errorf("exit %d", code)
	}
}
