package lint

import (
	"strings"
)

// taken is a value that is another variable's, or a part of it, and nothing else.
var taken = lazily(`([A-Za-z_][A-Za-z0-9_.-]*)(?:["']?\+?[=:]|[ \t]+)["']?\$\{?([A-Za-z_][A-Za-z0-9_]*)(?:[^A-Za-z0-9_}"'\s][^}"]*\}|\})?["']?(?:[\s;)"']|$)`)

// SecretsOf reports of which names the variables of a file hold a secret: of those that [Secret]
// knows, and of those whose value such a one takes: P, in DB_PASSWORD=$P.
func SecretsOf(text []byte) func(name string) bool {
	carried := map[string]bool{}
	is := func(name string) bool { return carried[name] || Secret(name) }
	if !mayName(string(text)) || !strings.Contains(string(text), "$") {
		return is
	}
	pairs := taken().FindAllStringSubmatch(string(text), -1)
	for range pairs { // each round finds one more at least
		before := len(carried)
		for _, pair := range pairs {
			if is(pair[1]) || Secret(strings.TrimPrefix(pair[1], "D")) {
				carried[pair[2]] = true
			}
		}
		if len(carried) == before {
			break
		}
	}
	return is
}

// MaskValue is the value of a variable as [MaskFile] would show it in its file.
func MaskValue(secret func(string) bool, name, value string) string {
	if value == "" {
		return ""
	}
	if secret(name) {
		return Masked
	}
	spans := append(lineSpans(value), formSpans(value)...)
	switch {
	case strings.Contains(value, "\n"):
		spans = append(spans, propertySpans(value)...)
	case namedIn(value, secret) >= 0:
		spans = append(spans, span{namedIn(value, secret), len(value)})
	case bearer().MatchString(value):
		spans = append(spans, span{0, len(value)})
	}
	return string(hideLines([]byte(value), spans))
}
