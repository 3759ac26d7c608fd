package lint

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// span is a piece of a text that is not to be shown.
type span struct{ from, to int }

// MaskFile is a file of the conf directory with its secrets hidden. The number of its lines
// stays, so that a line of the one can be shown for a line of the other. It reads the text as
// what the file is by its name: a .sh by its syntax, an .xml by its elements, all else as
// properties. Where the end of a secret is not sure, all that follows in the line, or in all
// lines of what it stands in, is hidden: rather too much than a part of a password.
func MaskFile(name string, text []byte) []byte {
	var spans []span
	switch {
	case strings.HasSuffix(name, ".sh"):
		spans = shellSpans(string(text))
	case strings.HasSuffix(name, ".xml"):
		spans = markupSpans(string(text))
	default:
		spans = propertySpans(string(text))
	}
	spans = append(spans, netrcSpans(name, string(text))...)
	return hideLines(text, append(spans, formSpans(string(text))...))
}

// merged are the spans in their order, with those that touch as one.
func merged(spans []span) (all []span) {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for _, s := range spans {
		if last := len(all) - 1; last >= 0 && s.from <= all[last].to {
			all[last].to = max(all[last].to, s.to)
			continue
		}
		all = append(all, s)
	}
	return all
}

// hideLines hides the spans, in each line that they touch.
func hideLines(text []byte, spans []span) []byte {
	var b bytes.Buffer
	at := 0
	for _, s := range merged(spans) {
		b.Write(text[at:s.from])
		for n, line := range bytes.Split(text[s.from:s.to], []byte{'\n'}) {
			if n > 0 {
				b.WriteByte('\n')
			}
			if len(bytes.TrimSpace(line)) > 0 {
				b.WriteString(Masked)
			}
		}
		at = s.to
	}
	b.Write(text[at:])
	return b.Bytes()
}

// lineSpans are the secrets of single lines as [Mask] sees them.
func lineSpans(text string) (spans []span) {
	at := 0
	for line := range strings.Lines(text) {
		for _, s := range maskSpans(strings.TrimRight(line, "\r\n")) {
			spans = append(spans, span{at + s.from, at + s.to})
		}
		at += len(line)
	}
	return spans
}
