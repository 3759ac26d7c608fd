package lint

import (
	"strings"
)

// token is a name with what may stand between it and its value: a quote, as in JSON, too. A name
// may have escapes in it.
var token = lazily(`([A-Za-z_](?:[A-Za-z0-9_.-]|\\[.:=#!_-])*)(["']?\s*\+?[=:]\s*|[ \t]+|)`)

// propertySpans are the secrets of a properties file: each to the end of its logical line, for
// a value may have blanks in it.
func propertySpans(text string) (spans []span) {
	at := 0
	for at < len(text) {
		end := logicalEnd(text, at)
		logical := text[at:end]
		if from := valueOf(logical); from >= 0 {
			end = below(text, at, at+from, end)
			spans = append(spans, span{at + from, end})
		}
		at = end + 1
	}
	return append(spans, lineSpans(text)...)
}

// folded is the head of a value of YAML that stands in the lines below.
var folded = lazily(`^\s*[|>][0-9+-]*\s*(#.*)?$`)

// yamlKey is all of a line before such a value.
var yamlKey = lazily(`^[\s-]*["']?[A-Za-z_][\w.-]*["']?\s*:$`)

// below is where a value ends that begins at from, in a line from at to end: in the lines below,
// where JSON or YAML has it there.
func below(text string, at, from, end int) int {
	value := strings.TrimSpace(text[from:end])
	head := strings.TrimRight(text[at:from], " \t\r\n")
	switch {
	case !strings.HasSuffix(head, ":") || end >= len(text):
		return end
	case value == "" && strings.HasSuffix(strings.TrimRight(head, ": \t"), `"`): // JSON: up to the next line that has something
		next := end + 1 + len(text[end+1:]) - len(strings.TrimLeft(text[end+1:], " \t\r\n"))
		return logicalEnd(text, min(next, len(text)))
	case !yamlKey().MatchString(head), value != "" && !folded().MatchString(value):
		return end
	}
	indent := func(line string) int { return len(line) - len(strings.TrimLeft(line, " \t-")) }
	first := indent(text[at:end])
	for end < len(text) {
		next := logicalEnd(text, end+1)
		if line := text[end+1 : next]; strings.TrimSpace(line) != "" && indent(line) <= first {
			break
		}
		end = next
	}
	return end
}

// logicalEnd is where the line ends that begins at: at the first newline that no backslash
// takes away.
func logicalEnd(text string, at int) int {
	for {
		n := strings.IndexByte(text[at:], '\n')
		if n < 0 {
			return len(text)
		}
		line := strings.TrimSuffix(text[at:at+n], "\r")
		if (len(line)-len(strings.TrimRight(line, `\`)))%2 == 0 {
			return at + n
		}
		at += n + 1
	}
}

// valueOf is where the value of the first secret of a line begins, -1 if there is none. In a
// line that goes on, the name is enough.
func valueOf(line string) int {
	if !mayName(line) {
		return -1
	}
	first := len(line) - len(strings.TrimLeft(line, " \t\r\n"))
	for _, m := range token().FindAllStringSubmatchIndex(line, -1) {
		name, separator := line[m[2]:m[3]], line[m[4]:m[5]]
		blank := strings.TrimSpace(separator) == ""
		switch {
		case !Secret(name) && !Secret(strings.TrimPrefix(name, "D")): // of -Dname
		case strings.Contains(line, "\n"):
			return m[3]
		case separator == "", blank && !strings.Contains(name, ".") && m[2] != first:
		default:
			return m[5]
		}
	}
	return -1
}

var (
	block     = lazily(`(?is)<property\b[^>]*>.*?(</property\s*>|$)`)
	nameOf    = lazily(`(?is)<name\b[^>]*>(.*?)(</name\s*>|$)`)
	valueAt   = lazily(`(?is)<value\b[^>]*>(.*?)(</value\s*>|$)`)
	tag       = lazily(`(?s)<([A-Za-z][\w.:-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>`)
	attribute = lazily(`(?s)([A-Za-z_][\w.:-]*)\s*=\s*("[^"]*"|'[^']*')`)
)

// blockSpans are the secrets of Hadoop's name and value, in whatever file they stand.
func blockSpans(text string) (spans []span) {
	if !strings.Contains(text, "<value") {
		return nil
	}
	for _, b := range block().FindAllStringIndex(text, -1) {
		whole := text[b[0]:b[1]]
		for _, n := range nameOf().FindAllStringSubmatch(whole, -1) {
			if !Secret(strings.TrimSpace(n[1])) {
				continue
			}
			for _, v := range valueAt().FindAllStringSubmatchIndex(whole, -1) {
				spans = append(spans, span{b[0] + v[2], b[0] + v[3]})
			}
		}
	}
	return spans
}

// markupSpans are the secrets of XML beside those of [blockSpans]: of attributes, of elements
// that are named or called so; in comments too.
func markupSpans(text string) (spans []span) {
	for _, m := range tag().FindAllStringSubmatchIndex(text, -1) {
		secret := Secret(text[m[2]:m[3]])
		attributes := attribute().FindAllStringSubmatchIndex(text[m[4]:m[5]], -1)
		for _, a := range attributes {
			key, value := text[m[4]+a[2]:m[4]+a[3]], text[m[4]+a[4]+1:m[4]+a[5]-1]
			if isName := strings.EqualFold(key, "name") || strings.EqualFold(key, "key"); isName && Secret(value) {
				secret = true
			}
		}
		for _, a := range attributes {
			key := text[m[4]+a[2] : m[4]+a[3]]
			if Secret(key) || secret && strings.EqualFold(key, "value") {
				spans = append(spans, span{m[4] + a[4] + 1, m[4] + a[5] - 1})
			}
		}
		if secret && !strings.HasSuffix(text[m[4]:m[5]], "/") {
			spans = append(spans, span{m[1], closing(text, m[1], text[m[2]:m[3]])})
		}
	}
	return append(spans, lineSpans(text)...)
}

// closing is where the element that begins at ends; without an end tag it is all the rest.
func closing(text string, at int, name string) int {
	if n := strings.Index(text[at:], "</"+name); n >= 0 {
		return at + n
	}
	return len(text)
}
