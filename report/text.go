package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Column is one cell of the text, and whether hosts may differ in it and still be folded
// into one row.
type Column struct {
	Cell func(Row) string
	Own  bool // a host's own: folded rows show it only if all agree
}

// line is a row of text: the rows of one or more hosts that are equal.
type line struct {
	rows []Row
}

// text writes the good rows as a table, then those with something to look at, then the
// failures, each with its reason.
func (p *Printer) text(r Report) error {
	lines := p.fold(r.Rows)
	var good, bad []line
	for _, l := range lines {
		switch status := l.rows[0].Status; {
		case status == OK || status == Changed:
			good = append(good, l)
		case !p.Quiet || status != Warn:
			bad = append(bad, l)
		}
	}
	if !p.Quiet {
		p.table(good)
	}
	slices.SortStableFunc(bad, func(a, b line) int {
		return slices.Index(statuses, a.rows[0].Status) - slices.Index(statuses, b.rows[0].Status)
	})
	for _, l := range bad {
		p.table([]line{l})
		p.details(p.Out, l)
	}
	for _, closing := range r.Closing {
		fmt.Fprintln(p.Out, closing)
	}
	return nil
}

// fold puts rows together that are equal but for the host and a host's own cells.
func (p *Printer) fold(rows []Row) []line {
	var lines []line
	at := map[string]int{}
	for i, row := range rows {
		key := fmt.Sprint(i)
		if !p.Verbose && !row.Apart {
			key = p.sameness(row)
		}
		n, ok := at[key]
		if !ok {
			n = len(lines)
			at[key] = n
			lines = append(lines, line{})
		}
		lines[n].rows = append(lines[n].rows, row)
	}
	return lines
}

// sameness is what two rows must share to stand in one line. Evidence may differ: that of
// the first is shown.
func (p *Printer) sameness(row Row) string {
	parts := []string{string(row.Status), row.Class, row.plain(row.Message), row.plain(row.Hint)}
	for _, c := range p.Columns {
		if !c.Own {
			parts = append(parts, c.Cell(row))
		}
	}
	return strings.Join(parts, "\x00")
}

// plain is a text without the host's own name and address in it, so that equal reasons are seen
// as equal.
func (r Row) plain(s string) string {
	if r.Dialled != "" {
		s = strings.ReplaceAll(s, r.Dialled, "\x02")
	}
	if r.Host == "" {
		return s
	}
	return strings.ReplaceAll(s, r.Host, "\x01")
}

func (p *Printer) table(lines []line) {
	if len(lines) == 0 {
		return
	}
	t := newTable()
	for _, l := range lines {
		first := l.rows[0]
		cells := table.Row{p.paint(first.Status, fmt.Sprintf("%-7s", first.Status)), p.names(l.rows)}
		for _, c := range p.Columns {
			cells = append(cells, printable(shared(l.rows, c)))
		}
		t.AppendRow(cells)
	}
	fmt.Fprintln(p.Out, t.Render())
}

// newTable is a table without lines around its cells.
func newTable() table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.Style{Box: table.BoxStyle{PaddingRight: "  "}, Options: table.OptionsNoBordersAndSeparators})
	t.SuppressTrailingSpaces()
	return t
}

// shared is the cell of all rows, or a dash where they differ.
func shared(rows []Row, c Column) string {
	cell := c.Cell(rows[0])
	for _, row := range rows[1:] {
		if c.Cell(row) != cell {
			return "-"
		}
	}
	return cell
}

func (p *Printer) names(rows []Row) string {
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = row.Host
	}
	if p.Fold == nil || p.Verbose {
		return strings.Join(slices.Compact(names), ",")
	}
	return p.Fold(names)
}

// details are the lines below a row: why, the evidence, what to do.
func (p *Printer) details(w io.Writer, l line) {
	first := l.rows[0]
	if first.Message != "" {
		fmt.Fprintf(w, "       why   %s\n", oneLine(first.Message))
	}
	if first.Checked != nil && first.Effect != "" {
		fmt.Fprintf(w, "       then  %s\n", oneLine(first.Effect))
	}
	for i, seen := range first.Seen {
		label := "     "
		if i == 0 {
			label = "seen "
		}
		fmt.Fprintf(w, "       %s %s\n", label, printable(seen))
	}
	if first.Hint != "" {
		fmt.Fprintf(w, "       do    %s\n", oneLine(p.whatToDo(l.rows)))
	}
}

// whatToDo is the hint of rows that stand in one line: one line for all of their hosts where that
// can be, else what is to be typed for the first of them.
func (p *Printer) whatToDo(rows []Row) string {
	hint := rows[0].Hint
	var hosts []string
	for _, r := range rows {
		if !slices.Contains(hosts, r.Host) {
			hosts = append(hosts, r.Host)
		}
	}
	if p.Together != nil && len(hosts) > 1 {
		hint = p.Together(hint, hosts)
	}
	if hint == rows[0].Hint {
		hint = p.forAll(rows)
	}
	return p.hint(hint)
}

// forAll is what to type for all rows, where their lines differ in the host behind -w only; else
// that of the first.
func (p *Printer) forAll(rows []Row) string {
	all := ""
	for i, row := range rows {
		words := strings.Split(row.Hint, " ")
		for n := 1; n < len(words); n++ {
			if words[n] == row.Host && (words[n-1] == "-w" || words[n-1] == "--hosts") {
				words[n] = p.names(rows)
			}
		}
		line := strings.Join(words, " ")
		if i > 0 && line != all {
			return rows[0].Hint
		}
		all = line
	}
	return all
}

func (p *Printer) paint(s Status, word string) string {
	if !p.Color {
		return word
	}
	switch s {
	case Fail, Unreachable:
		return text.FgRed.Sprint(word)
	case Warn, Unknown, Skipped:
		return text.FgYellow.Sprint(word)
	}
	return text.FgGreen.Sprint(word)
}

func oneLine(s string) string { return printable(strings.Join(strings.Fields(s), " ")) }

// printable takes control characters out of what a host has written, so that no log line
// can paint the user's terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return '?'
		}
		return r
	}, s)
}
