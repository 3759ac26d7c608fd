package envfile

import (
	"bytes"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// value says what about the value of an assignment is not plain, "" if it is.
func (s *subset) value(a *syntax.Assign) string {
	if a.Value == nil || len(a.Value.Parts) == 0 {
		return ""
	}
	parts := a.Value.Parts
	if len(parts) == 1 {
		switch q := parts[0].(type) {
		case *syntax.SglQuoted:
			if q.Dollar {
				return "a $'...' string"
			}
			return ""
		case *syntax.DblQuoted:
			if q.Dollar {
				return `a $"..." string`
			}
			return s.parts(q.Parts, `$`)
		}
	}
	if strings.HasPrefix(s.source(a.Value), "#") {
		return "a value that begins with #"
	}
	// Only bash knows where ~ and {a,b} expand and where they do not.
	return s.parts(parts, `$~{}'"`)
}

// parts checks text and variables side by side; odd lists the characters that text must
// not hold.
func (s *subset) parts(parts []syntax.WordPart, odd string) string {
	for i, p := range parts {
		switch p := p.(type) {
		case *syntax.Lit:
			text := s.source(p)
			if strings.ContainsAny(text, odd) {
				return "a value with one of " + odd
			}
			if i > 0 && strings.HasPrefix(text, "}") {
				return "a } behind a variable" // godotenv takes it for the end of ${NAME}
			}
		case *syntax.ParamExp:
			if what := s.param(p); what != "" {
				return what
			}
		default:
			return describe(p)
		}
	}
	return ""
}

// param checks a variable and takes note that its value is needed.
func (s *subset) param(p *syntax.ParamExp) string {
	text := s.source(p)
	if !simpleParam.MatchString(text) {
		return text + ", which is more than a variable of upper case"
	}
	name := strings.Trim(text, "${}")
	value, inherited := s.base[name]
	switch {
	case s.set[name]:
	case isSpecial(name), defaulted[name] && !inherited:
		return "$" + name + ", which is bash's own"
	case !inherited:
	case !quotable(value):
		return "$" + name + ", whose value in the environment holds a quote or a backslash"
	default:
		s.front[name] = true
	}
	return ""
}

// behind checks what stands behind an assignment on its line.
func (s *subset) behind(a *syntax.Assign) string {
	rest := s.text[a.End().Offset():]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	rest = bytes.TrimLeft(rest, " \t")
	switch {
	case len(rest) == 0:
		return ""
	case rest[0] != '#':
		return "something behind the value"
	case a.Value == nil || len(a.Value.Parts) == 0:
		return "a comment behind an empty value" // godotenv takes it for the value
	case bytes.Count(rest, []byte{'#'}) > 1:
		return "two # behind the value" // godotenv cuts at the last
	}
	return ""
}

// describe names a piece of shell in a user's words.
func describe(n syntax.Node) string {
	switch n := n.(type) {
	case *syntax.CmdSubst:
		return "a command substitution"
	case *syntax.ArithmExp:
		return "arithmetic"
	case *syntax.SglQuoted, *syntax.DblQuoted:
		return "a value that is quoted in part"
	case *syntax.CallExpr:
		if len(n.Args) == 0 {
			return "several assignments"
		}
		if name := n.Args[0].Lit(); name != "" {
			return "the command " + name
		}
		return "a command"
	case *syntax.DeclClause:
		return n.Variant.Value + " with more than one NAME=value"
	case *syntax.IfClause:
		return "an if"
	case *syntax.BinaryCmd:
		return "&&, || or a pipe"
	case *syntax.TestClause:
		return "a test"
	}
	return "more than assignments"
}
