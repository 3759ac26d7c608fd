package report

import (
	"cmp"
	"encoding/json"
	"io"
)

// document is the one of -o json; end, with the type set, is the last line of -o jsonl.
type document struct {
	Type    string   `json:"type,omitempty"`
	Schema  int      `json:"schema"`
	Command string   `json:"command"`
	Exit    int      `json:"exit"`
	TookMS  int64    `json:"took_ms"`
	Error   string   `json:"error,omitempty"`
	Hint    string   `json:"hint,omitempty"`
	Summary summary  `json:"summary"`
	Masters []Master `json:"masters,omitempty"`
	Results *[]Row   `json:"results,omitempty"`
}

type summary struct {
	Hosts       int `json:"hosts"`
	OK          int `json:"ok"`
	Changed     int `json:"changed"`
	Warn        int `json:"warn"`
	Skipped     int `json:"skipped"`
	Unknown     int `json:"unknown"`
	Unreachable int `json:"unreachable"`
	Fail        int `json:"fail"`
}

func (r Report) document() document {
	return document{
		Schema: 1, Command: r.Command, Exit: r.Exit, TookMS: r.TookMS, Error: r.Error, Hint: r.Hint,
		Summary: r.summarize(), Masters: r.Masters,
	}
}

func (r Report) summarize() summary {
	var s summary
	count := map[Status]*int{
		OK: &s.OK, Changed: &s.Changed, Warn: &s.Warn, Skipped: &s.Skipped,
		Unknown: &s.Unknown, Unreachable: &s.Unreachable, Fail: &s.Fail,
	}
	hosts := map[string]bool{}
	for _, row := range r.Rows {
		hosts[row.Host] = true
		*count[row.Status]++
	}
	s.Hosts = cmp.Or(r.Hosts, len(hosts))
	return s
}

func (r Report) writeJSON(w io.Writer) error {
	d := r.document()
	rows := r.Rows
	if rows == nil {
		rows = []Row{}
	}
	d.Results = &rows
	return encode(w, d)
}

func (r Report) writeEnd(w io.Writer) error {
	d := r.document()
	d.Type = "end"
	return encode(w, d)
}

// writeLine writes one result of -o jsonl.
func writeLine(w io.Writer, row Row) error {
	return encode(w, struct {
		Type string `json:"type"`
		Row
	}{"result", row})
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
