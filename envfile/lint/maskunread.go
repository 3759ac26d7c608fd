package lint

import (
	"strings"
)

// quoted is how bash begins a line of the file that it shows.
var quoted = lazily(": line \\d+: `")

// MaskSaid is what was written while bash read a file, with the secrets in it hidden. Where bash
// quotes a line, that is one which it could not read: all behind the name of a secret is hidden.
func MaskSaid(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if body := strings.TrimRight(line, "\r\n"); quoted().MatchString(line) {
			line = string(hideLines([]byte(body), append(unreadSpans(body), formSpans(body)...))) + line[len(body):]
		}
		b.WriteString(line)
	}
	return Mask(b.String())
}

// separator is what stands between a name and its value.
var separator = lazily(`^["']?\s*\+?[=:]?`)

// opened is what goes on in the lines below: a here-document, by its end.
var opened = lazily(`<<-?\s*\\?["']?(\w+)`)

// unreadSpans are for a text that is no bash: from the name of a secret on, to the end of the
// line, and of what it seems to open.
func unreadSpans(text string) []span {
	spans, secret := append(maskSpans(text), lineSpans(text)...), SecretsOf([]byte(text))
	for at := 0; at < len(text); {
		end := logicalEnd(text, at)
		line := text[at:end]
		for _, m := range token().FindAllStringIndex(line, -1) {
			name := strings.TrimRight(line[m[0]:m[1]], "\"'+=: \t")
			if !secret(name) && !secret(strings.TrimPrefix(name, "D")) && !keyed().MatchString("-"+name) {
				continue
			}
			if h := opened().FindStringSubmatch(line); h != nil {
				end = through(text, end, "\n"+h[1])
			} else if strings.Contains(line[m[1]:], "(") && !strings.Contains(line[m[1]:], ")") {
				end = through(text, end, ")")
			}
			spans = append(spans, span{at + m[0] + len(name) + len(separator().FindString(line[m[0]+len(name):])), end})
			break
		}
		at = end + 1
	}
	return spans
}

// through is where what ends in mark ends, from at on: the end of the text without it.
func through(text string, at int, mark string) int {
	if n := strings.Index(text[at:], mark); n >= 0 {
		return logicalEnd(text, at+n+len(mark))
	}
	return len(text)
}
