package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Masked stands where the value of a secret would.
const Masked = "(hidden)"

// given is a name and the = (or, in properties, the blank) before its value.
var given = lazily(`([A-Za-z_][A-Za-z0-9_.-]*)(\s*\+?[=:]\s*|[ \t]+)`)

// Mask is text, of a spark-env.sh or a properties file, with the values of secrets hidden: of
// variables, of -Dname=value, and what is a secret by its form. Names and comments stay. It sees
// no more than names and quotes: [MaskFile] is for whole files.
func Mask(text string) string {
	var b strings.Builder
	at := 0
	for _, s := range merged(append(maskSpans(text), formSpans(text)...)) {
		b.WriteString(text[at:s.from] + Masked)
		at = s.to
	}
	return b.String() + text[at:]
}

// behind is the value of an option, of any program, that stands as a word behind it. What is a
// name for the value, as in a comment, is none.
var behind = lazily(`(?:^|[\s"'=])--?[A-Za-z.-]*(?i:pass|passwd|password|passphrase|secret|token|pwd)\\?[ \t]+(?:(?:FILE|PASSWORD|PASS|SECRET|TOKEN|VALUE)\b|(\\?"[^"]*"?|\\?'[^']*'?|[^\s"'<\[$;)-][^\s"';)]*))`)

// maskSpans are the values of secrets in a text, by name or behind an option.
func maskSpans(text string) (spans []span) {
	if !mayName(text) {
		return nil
	}
	if strings.Contains(text, "-") {
		spans = groups(behind(), text)
	}
	for at := 0; ; {
		rest := text[at:]
		m := given().FindStringSubmatchIndex(rest)
		if m == nil {
			return spans
		}
		name, separator := rest[m[2]:m[3]], rest[m[4]:m[5]]
		before := text[:at+m[2]]
		isOption := strings.HasSuffix(before, "-D") || strings.HasPrefix(name, "D") && strings.HasSuffix(before, "-")
		// A blank separates in properties files only, whose names have dots.
		if !Secret(name) || strings.TrimSpace(separator) == "" && !strings.Contains(name, ".") || strings.Contains(separator, "\n") {
			at += m[3]
			continue
		}
		value := rest[m[1]:]
		end := valueEnd(value)
		if isOption && !strings.HasPrefix(value, `"`) && !strings.HasPrefix(value, "'") {
			end = optionEnd(value)
		}
		if end > 0 {
			spans = append(spans, span{at + m[1], at + m[1] + end})
		}
		at += m[1] + end
	}
}

// optionEnd is how far the value of an option goes that may stand inside quotes: to the first
// blank, without the quote before it, which is theirs. A quote in the middle is the value's.
func optionEnd(s string) int {
	end := len(s)
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && s[i+1] != '\n' {
			i++
			continue
		}
		if strings.IndexByte(" \t\r\n", s[i]) >= 0 {
			end = i
			break
		}
	}
	if word := strings.TrimRight(s[:end], ";)"); strings.HasSuffix(word, `"`) || strings.HasSuffix(word, "'") {
		return len(word) - 1
	}
	return end
}

// valueEnd is how far a value goes: over its quotes, to the first blank outside of them; to the
// end of the text where a quote is not closed.
func valueEnd(s string) int {
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quote != '\'':
			i++
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && strings.IndexByte(" \t\r\n;", c) >= 0:
			return i
		}
	}
	return len(s)
}

// secretValues hides the values of all secrets in the file wherever they would show.
func (t *text) secretValues() *strings.Replacer {
	values, secret := map[string]bool{}, SecretsOf(t.Text)
	keep := func(value string) {
		if value = strings.Trim(value, `"'`); len(value) >= 3 {
			values[value] = true
		}
	}
	for _, a := range t.assigns {
		if a.known && secret(a.name) {
			keep(a.value)
		}
	}
	for name, value := range t.Vars {
		if secret(name) {
			keep(value)
		}
	}
	whole := strings.Join(t.lines, "\n")
	for _, m := range property().FindAllStringSubmatch(whole, -1) {
		if Secret(m[1]) {
			keep(m[2])
		}
	}
	for _, m := range formSpans(whole) {
		for line := range strings.Lines(whole[m.from:m.to]) {
			keep(strings.TrimSpace(line))
		}
		keep(whole[m.from:m.to])
	}
	// The longest first, for one may be the beginning of another.
	all := slices.SortedFunc(maps.Keys(values), func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(all))
	for _, value := range all {
		pairs = append(pairs, value, Masked)
	}
	return strings.NewReplacer(pairs...)
}

// harmless are values under the name of a secret that are none.
var harmless = []string{"", "true", "false", "none", "ccache", "keytab", "simple"}

// secrets names each secret that stands in the file itself; one that the file fetches when it
// is read does not.
func secrets(t *text) (all []Finding) {
	say := func(a assign, what string) {
		file, _, _ := t.place(a.line)
		all = append(all, Finding{Line: a.line, Var: a.name, Message: what + " is a secret in the file",
			Hint: fmt.Sprintf("chmod 600 %s   or read it from a file of that mode: %s=$(cat FILE)", file, a.name)})
	}
	secret := SecretsOf(t.Text)
	for _, a := range t.live() {
		line := a.text()
		if secret(a.name) {
			if a.literal && !slices.Contains(harmless, strings.ToLower(a.value)) {
				say(a, a.name)
			}
			continue
		}
		for _, m := range property().FindAllStringSubmatch(line, -1) {
			value := strings.Trim(m[2], `"'`)
			if Secret(m[1]) && !strings.Contains(value, "$") && !slices.Contains(harmless, strings.ToLower(value)) {
				say(a, m[1]+" in "+a.name)
			}
		}
		if slices.ContainsFunc(urlSpans(line), func(s span) bool { return !strings.Contains(line[s.from:s.to], "$") }) {
			say(a, "the password in the URL of "+a.name)
		}
	}
	whole := strings.Join(t.lines, "\n")
	for _, key := range keySpans(whole) {
		line := 1 + strings.Count(whole[:key.from], "\n")
		if !slices.ContainsFunc(all, func(f Finding) bool { return f.Line == line }) {
			all = append(all, Finding{Line: line, Message: "a private key is a secret in the file",
				Hint: fmt.Sprintf("chmod 600 %s   or keep it in a file of its own, of that mode", t.Name)})
		}
	}
	return all
}
