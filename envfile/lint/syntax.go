package lint

import (
	"bytes"
	"fmt"
	"strings"
)

func syntaxErrors(t *text) (all []Finding) {
	for _, f := range t.Faults {
		file, _, _ := t.place(f.Line)
		all = append(all, Finding{Line: f.Line, Message: "bash cannot parse it: " + Mask(f.Text), Hint: "bash -n " + file})
	}
	return all
}

func windowsLines(t *text) (all []Finding) {
	texts := []string{string(t.Text)}
	if t.Own.From > 0 {
		lines := strings.SplitAfter(texts[0], "\n")
		texts = []string{strings.Join(lines[:t.Own.From-1], ""), strings.Join(lines[t.Own.From-1:], "")}
	}
	off := 0
	for _, one := range texts {
		line, more := carriageReturns([]byte(one), func(line []byte) bool {
			return !bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte{'#'})
		})
		if line > 0 {
			file, _, _ := t.place(line + off)
			all = append(all, Finding{Line: line + off, Message: "a carriage return (CR) at the end of the line" + more, Hint: `sed -i 's/\r$//' ` + file})
		}
		off = t.Own.From - 1
	}
	return all
}

// byteOrderMark is what some editors of Windows put before all text.
const byteOrderMark = "\ufeff"

func byteOrderMarks(t *text) []Finding {
	text, found := bytes.CutPrefix(t.Text, []byte(byteOrderMark))
	if !found {
		return nil
	}
	f := Finding{Line: 1, Message: "a byte order mark (BOM) before the first word", Hint: `sed -i '1s/^\xef\xbb\xbf//' ` + t.Name}
	first, _, _ := bytes.Cut(text, []byte{'\n'})
	if first = bytes.TrimSpace(first); len(first) == 0 || first[0] == '#' {
		f.Level, f.Effect = Warning, "bash takes it for a command, and says of it at each start: command not found"
	}
	return []Finding{f}
}

// carriageReturns is the first line with a CR among those that count, 0 if there is none, and
// how many more there are, in words.
func carriageReturns(text []byte, counts func(line []byte) bool) (first int, more string) {
	n := 0
	for i, line := range bytes.Split(text, []byte{'\n'}) {
		if bytes.IndexByte(line, '\r') < 0 || !counts(line) {
			continue
		}
		if n++; n == 1 {
			first = i + 1
		}
	}
	switch {
	case n == 2:
		more = ", and on 1 more line"
	case n > 2:
		more = fmt.Sprintf(", and on %d more lines", n-1)
	}
	return first, more
}
