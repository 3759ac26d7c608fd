package report

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
)

// Checked is what a finding of doctor has besides.
type Checked struct {
	Check   string `json:"check"`
	Effect  string `json:"effect,omitempty"` // what will happen because of it
	Fixable bool   `json:"fixable"`
	Fixed   *bool  `json:"fixed,omitempty"` // absent where no fix was tried
}

// Check is a check of doctor.
type Check struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Fixable bool   `json:"fixable"`
	Cause   string `json:"cause,omitempty"`
	Effect  string `json:"effect,omitempty"`
	Cure    string `json:"cure,omitempty"`
}

// checks is the document of --list and explain.
type checks struct {
	Schema  int     `json:"schema"`
	Command string  `json:"command"`
	Checks  []Check `json:"checks"`
}

// Checks writes a list of checks, one a line.
func (p *Printer) Checks(command string, all []Check) error {
	if p.Format != Text {
		return encode(p.Out, checks{1, command, all})
	}
	t := newTable()
	for _, c := range all {
		fix := ""
		if c.Fixable {
			fix = "--fix"
		}
		t.AppendRow(table.Row{c.ID, fix, c.Title})
	}
	_, err := fmt.Fprintln(p.Out, t.Render())
	return err
}

// Explain writes cause, effect and cure of each check.
func (p *Printer) Explain(command string, all []Check) error {
	if p.Format != Text {
		return encode(p.Out, checks{1, command, all})
	}
	var b strings.Builder
	for i, c := range all {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s: %s\n", c.ID, c.Title)
		fmt.Fprintf(&b, "  cause   %s\n  effect  %s\n  cure    %s\n", c.Cause, c.Effect, c.Cure)
		if c.Fixable {
			fmt.Fprintf(&b, "  type    sparkops doctor --check %s --fix\n", c.ID)
		} else {
			fmt.Fprintf(&b, "  type    sparkops doctor --check %s\n", c.ID)
		}
	}
	_, err := fmt.Fprint(p.Out, b.String())
	return err
}
