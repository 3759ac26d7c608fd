package report

import (
	"encoding/json"
	"strings"
	"testing"
)

func fold(names []string) string { return strings.Join(names, "+") }

func columns() []Column {
	return []Column{
		{Cell: func(r Row) string { return r.State }},
		{Cell: func(r Row) string { return r.WebUI }, Own: true},
	}
}

func printed(p *Printer, r Report) (out, err string) {
	var o, e strings.Builder
	p.Out, p.Err, p.Fold = &o, &e, fold
	if p.Columns == nil {
		p.Columns = columns()
	}
	if err := p.Report(r); err != nil {
		return "", err.Error()
	}
	return o.String(), e.String()
}

func TestTextFoldsEqualHostsAndTellsFailuresLast(t *testing.T) {
	rows := []Row{
		{Host: "w1", Status: Fail, State: "died", Message: "no java on w1", Hint: "set JAVA_HOME", Seen: []string{"a", "b\x1b[31m"}},
		{Host: "w2", Status: OK, State: "registered", WebUI: "http://w2"},
		{Host: "w3", Status: OK, State: "registered", WebUI: "http://w3"},
		{Host: "w4", Status: Unreachable, Message: "no answer"},
		{Host: "w5", Status: Fail, State: "died", Message: "no java on w5", Hint: "set JAVA_HOME"},
		{Host: "w6", Status: Warn, State: "registered", WebUI: "http://w6", Message: "odd"},
	}
	got, _ := printed(&Printer{}, Report{Rows: rows, Closing: []string{"2 of 5"}})
	want := `ok       w2+w3  registered  -
warn     w6  registered  http://w6
       why   odd
unreachable  w4
       why   no answer
fail     w1+w5  died
       why   no java on w1
       seen  a
             b?[31m
       do    set JAVA_HOME
2 of 5
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	quiet, _ := printed(&Printer{Quiet: true}, Report{Rows: rows, Closing: []string{"2 of 5"}})
	if strings.Contains(quiet, "registered") || !strings.Contains(quiet, "fail") {
		t.Errorf("quiet: %s", quiet)
	}
	verbose, _ := printed(&Printer{Verbose: true}, Report{Rows: rows})
	if strings.Contains(verbose, "+") || !strings.Contains(verbose, "http://w2") {
		t.Errorf("verbose: %s", verbose)
	}
}

// Hosts that are reached at addresses of their own are folded by what is wrong with them.
func TestTextFoldsOwnAddresses(t *testing.T) {
	row := func(host, address string) Row {
		return Row{Host: host, Status: Unreachable, Dialled: address, Message: address + " refused the login of spark"}
	}
	got, _ := printed(&Printer{}, Report{Rows: []Row{row("w1", "10.0.0.1:22"), row("w2", "10.0.0.2:22"), {Host: "w3", Status: Unreachable, Message: "10.0.0.2:22 refused the login of spark"}}})
	want := "unreachable  w1+w2\n       why   10.0.0.1:22 refused the login of spark\nunreachable  w3\n       why   10.0.0.2:22 refused the login of spark\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestColorPaintsTheStatusWordOnly(t *testing.T) {
	rows := []Row{{Host: "w1", Status: OK, State: "registered"}}
	plain, _ := printed(&Printer{}, Report{Rows: rows})
	colored, _ := printed(&Printer{Color: true}, Report{Rows: rows})
	if strings.Contains(plain, "\x1b") || !strings.Contains(colored, "\x1b") {
		t.Errorf("plain %q, colored %q", plain, colored)
	}
}

func TestJSONIsOneDocument(t *testing.T) {
	code, text := 0, "x"
	rows := []Row{
		{Host: "w1", Role: "worker", Instance: 1, Status: Changed, State: "registered", PID: 4711, TookMS: 12},
		{Host: "w1", Status: Fail, Class: "exit", Command: &Command{ExitCode: &code, Stdout: &text}},
	}
	got, said := printed(&Printer{Format: JSON}, Report{Command: "start-all", Exit: 5, TookMS: 9, Rows: rows, Closing: []string{"not here"}})
	want := `{"schema":1,"command":"start-all","exit":5,"took_ms":9,` +
		`"summary":{"hosts":1,"ok":0,"changed":1,"warn":0,"skipped":0,"unknown":0,"unreachable":0,"fail":1},` +
		`"results":[{"host":"w1","role":"worker","instance":1,"status":"changed","state":"registered","pid":4711,"took_ms":12},` +
		`{"host":"w1","status":"fail","class":"exit","exit_code":0,"stdout":"x","took_ms":0}]}` + "\n"
	if got != want || said != "" {
		t.Errorf("got %s%s\nwant %s", got, said, want)
	}
	failed, said := printed(&Printer{Format: JSON}, Report{Command: "status", Exit: 2, Error: "what", Hint: "type"})
	var d map[string]any
	if err := json.Unmarshal([]byte(failed), &d); err != nil || d["error"] != "what" || d["hint"] != "type" || said != "" {
		t.Errorf("%v: %s %s", err, failed, said)
	}
}

func TestJSONLWritesEachRowOnce(t *testing.T) {
	var b strings.Builder
	p := Printer{Out: &b, Format: JSONL}
	row := Row{Host: "w1", Status: OK}
	p.Row(row)
	p.Row(row)
	if err := p.Report(Report{Command: "exec", Rows: []Row{row, {Host: "w2", Status: OK}}}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 3 || !strings.Contains(lines[0], `{"type":"result","host":"w1"`) || !strings.Contains(lines[2], `{"type":"end","schema":1,"command":"exec"`) || strings.Contains(lines[2], "results") {
		t.Errorf("got %q", lines)
	}
}

func TestProgressPlain(t *testing.T) {
	var b strings.Builder
	p := NewProgress(&b, "plain", "start-all", 2)
	p.Done("w1", true)
	p.Done("w2", false)
	p.Stop()
	if want := "start-all: 1 of 2: w1 done\nstart-all: 2 of 2: w2 failed\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	for range 5 { // also at once
		live := NewProgress(&b, "live", "start-all", 1)
		live.Done("w1", true)
		live.Stop()
	}
}

// One line to type for all hosts of a row, where that is one line; else the first host's own.
func TestTextHintsForAllOfARow(t *testing.T) {
	t.Parallel()
	for hint, want := range map[string]string{
		"sparkops push-keys --force --key k2 -w HOST":   "sparkops push-keys --force --key k2 -w w1+w2",
		"sparkops doctor --hosts HOST --check x":        "sparkops doctor --hosts w1+w2 --check x",
		"sparkops exec -w HOST -- tail /log/x-HOST.out": "sparkops exec -w w1 -- tail /log/x-w1.out",
		"sparkops doctor -w HOST,HOST.example.org":      "sparkops doctor -w w1,w1.example.org",
		"ssh HOST true":           "ssh w1 true",
		"sparkops push-env again": "sparkops push-env again",
	} {
		rows := []Row{}
		for _, host := range []string{"w1", "w2"} {
			rows = append(rows, Row{Host: host, Status: Fail, Hint: strings.ReplaceAll(hint, "HOST", host)})
		}
		if got, _ := printed(&Printer{}, Report{Rows: rows}); got != "fail     w1+w2\n       do    "+want+"\n" && got != "fail     w1+w2  \n       do    "+want+"\n" {
			t.Errorf("%s: %q", hint, got)
		}
		rows[0].Apart, rows[1].Apart = true, true
		if got, _ := printed(&Printer{}, Report{Rows: rows}); strings.Contains(got, "+") {
			t.Errorf("%s: %q", hint, got)
		}
	}
}
