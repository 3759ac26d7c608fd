package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// Format is how answers are written.
type Format string

// The formats of -o.
const (
	Text  Format = "text"
	JSON  Format = "json"
	JSONL Format = "jsonl"
)

// Printer writes answers to Out and, for text, what is said beside them to Err.
type Printer struct {
	Out, Err io.Writer
	Format   Format
	Color    bool
	Verbose  bool                        // no folding, more columns
	Quiet    bool                        // failures and the closing line only
	Columns  []Column                    // of the table, for this verb
	Fold     func(names []string) string // many host names as one: w[1-3]

	// Mask is a variable's value as it may be shown; as it is if nil.
	Mask func(name, value string) string

	// Again is a hint with what else has to be typed; as it is if nil.
	Again func(hint string) string

	// Together is a hint for the first of several hosts as one for all of them; as it is if nil.
	Together func(hint string, hosts []string) string

	mu   sync.Mutex
	done map[string]bool // jsonl: rows written already, by key
}

// Row writes a result as it comes, where the format has a use for it. A row that is
// written here is not written again by Report.
func (p *Printer) Row(row Row) {
	if p.Format != JSONL {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done == nil {
		p.done = map[string]bool{}
	}
	if key := row.key(); !p.done[key] {
		p.done[key] = true
		row.Hint = p.hint(row.Hint)
		writeLine(p.Out, row)
	}
}

func (p *Printer) hint(hint string) string {
	if p.Again == nil {
		return hint
	}
	return p.Again(hint)
}

func (r Row) key() string {
	key := fmt.Sprintf("%s %s %d %d", r.Host, r.Role, r.Instance, r.PID)
	if r.Placed != nil {
		key += " " + r.Placed.File
	}
	if r.Checked != nil { // a host may have several findings, of one check too
		key += " " + r.Check + " " + r.Message
	}
	return key
}

// Report writes the whole answer.
func (p *Printer) Report(r Report) error {
	r.Hint = p.hint(r.Hint)
	if p.Format == JSONL {
		for _, row := range r.Rows {
			p.Row(row)
		}
		return r.writeEnd(p.Out)
	}
	if p.Format == JSON {
		r.Rows = slices.Clone(r.Rows)
		for i := range r.Rows {
			r.Rows[i].Hint = p.hint(r.Rows[i].Hint)
		}
		return r.writeJSON(p.Out)
	}
	if r.Error != "" {
		return p.problem(r)
	}
	return p.text(r)
}

// problem says why nothing was tried: what is wrong, and what to do, on two lines.
func (p *Printer) problem(r Report) error {
	fmt.Fprintf(p.Err, "%s: %s\n", strings.TrimSpace("sparkops "+r.Command), r.Error)
	if r.Hint != "" {
		fmt.Fprintf(p.Err, "  do  %s\n", r.Hint)
	}
	return nil
}
