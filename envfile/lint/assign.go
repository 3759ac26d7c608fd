package lint

import (
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// assign is one NAME=value.
type assign struct {
	name    string
	line    int
	value   string // what it comes to, if known
	known   bool
	literal bool // there is no expansion in it
	always  bool // it does not stand inside an if, a loop or a function
	tilde   bool // it begins with an unquoted ~
	source  string
}

// text is the value, or what stands in the file for it.
func (a assign) text() string {
	if a.known {
		return a.value
	}
	return a.source
}

func newAssign(p part, n *syntax.Assign, always bool) assign {
	a := assign{name: n.Name.Value, line: p.line(n), always: always}
	if n.Array != nil || n.Index != nil {
		return a
	}
	a.literal, a.known = !n.Append, !n.Append
	if n.Value == nil {
		return a
	}
	a.source = p.text[n.Value.Pos().Offset():n.Value.End().Offset()]
	for i, piece := range n.Value.Parts {
		if lit, ok := piece.(*syntax.Lit); ok && i == 0 && strings.HasPrefix(lit.Value, "~") {
			a.tilde = true
		}
		s, ok := literal(piece)
		a.value += s
		a.literal = a.literal && ok
	}
	if a.known = a.literal; !a.known {
		a.value = ""
	}
	return a
}

var (
	backslash       = lazily(`\\(\n|.)`)
	quotedBackslash = lazily("\\\\([$`\"\\\\\n])")
)

// unescaped is what stands behind a backslash; nothing for a line end.
func unescaped(s string, escape *regexp.Regexp) string {
	return escape.ReplaceAllStringFunc(s, func(m string) string { return strings.Trim(m[1:], "\n") })
}

// literal is the value of a piece of a word that bash expands nothing in.
func literal(p syntax.WordPart) (string, bool) {
	switch p := p.(type) {
	case *syntax.Lit:
		return unescaped(p.Value, backslash()), true
	case *syntax.SglQuoted:
		return p.Value, !p.Dollar
	case *syntax.DblQuoted:
		var all string
		for _, inner := range p.Parts {
			lit, ok := inner.(*syntax.Lit)
			if !ok || p.Dollar {
				return "", false
			}
			all += unescaped(lit.Value, quotedBackslash())
		}
		return all, true
	}
	return "", false
}
