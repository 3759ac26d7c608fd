package envfile

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/joho/godotenv"
	"mvdan.cc/sh/v3/syntax"
)

// plain reads the file with godotenv if it is in the strict subset in which godotenv is
// bash: one assignment a line, of a value wholly single-quoted, wholly double-quoted or
// without quotes, with variables of upper case only. Otherwise why says what is not plain.
// The rules are those of reference/config-files.md section 4; the tests hold them against bash.
func (f *file) plain(base environ) (vars map[string]string, why string) {
	if f.tree == nil {
		return nil, f.err.Error()
	}
	if line, what := f.oddByte(); what != "" {
		return nil, fmt.Sprintf("line %d: %s", line, what)
	}
	sub := subset{file: f, base: base, set: map[string]bool{}, front: map[string]bool{}}
	for i, s := range f.tree.Stmts {
		line := s.Pos().Line()
		if what := sub.statement(s); what != "" {
			return nil, fmt.Sprintf("line %d: %s", line, what)
		}
		if i > 0 && f.tree.Stmts[i-1].Pos().Line() == line {
			return nil, fmt.Sprintf("line %d: two commands on a line", line)
		}
	}
	if len(f.tree.Stmts) != f.codeLines() {
		return nil, "a line that the syntax tree does not show"
	}
	all, err := godotenv.UnmarshalBytes(append(sub.environment(), f.text...))
	if err != nil {
		return nil, "godotenv: " + err.Error()
	}
	vars = map[string]string{}
	for name := range sub.set {
		vars[name] = all[name]
	}
	return vars, ""
}

// oddByte finds what godotenv and bash, or the syntax tree and bash, take differently
// wherever it stands: blanks of Unicode, control characters, backslashes.
func (f *file) oddByte() (line int, what string) {
	for n, text := range bytes.Split(f.text, []byte{'\n'}) {
		comment := isComment(text)
		for _, c := range text {
			switch {
			case c == 0:
				return n + 1, "a NUL byte"
			case comment:
			case c == '\\':
				return n + 1, "a backslash"
			case c < ' ' && c != '\t' || c >= 0x7f:
				return n + 1, "a character that is not printable ASCII"
			}
		}
		if bytes.HasSuffix(text, []byte{'\\'}) {
			return n + 1, "a comment that ends in a backslash" // mvdan/sh 3.14 may glue the next line on
		}
	}
	return 0, ""
}

func (f *file) codeLines() (n int) {
	for line := range bytes.SplitSeq(f.text, []byte{'\n'}) {
		if len(bytes.Trim(line, " \t")) > 0 && !isComment(line) {
			n++
		}
	}
	return n
}

// environment is what godotenv must know of the environment, as text to stand in front of
// the file: it has no other way in. Only the variables that the file reads are in it.
func (s *subset) environment() []byte {
	var b bytes.Buffer
	for name := range s.front {
		fmt.Fprintf(&b, "%s='%s'\n", name, s.base[name])
	}
	return b.Bytes()
}

// quotable reports whether godotenv reads 'value' as value.
func quotable(value string) bool {
	return !strings.ContainsAny(value, "'\r") && !strings.HasSuffix(value, `\`)
}

// simpleParam is the one form of a variable that godotenv expands as bash does.
var simpleParam = regexp.MustCompile(`^\$([A-Z_][A-Z0-9_]*|\{[A-Z_][A-Z0-9_]*\})$`)

// subset checks one file, statement by statement.
type subset struct {
	*file
	base  environ
	set   map[string]bool // assigned by a statement so far
	front map[string]bool // read before it was assigned, and in base
}

// statement says what about s is not plain, "" if it is.
func (s *subset) statement(st *syntax.Stmt) string {
	a := assignment(st.Cmd)
	switch {
	case a == nil:
		return describe(st.Cmd)
	case st.Negated, st.Background, st.Coprocess, len(st.Redirs) > 0, st.Semicolon.IsValid():
		return "more than an assignment"
	case st.Pos().Line() != st.End().Line():
		return "a value over several lines"
	case a.Name == nil || a.Naked || a.Append || a.Index != nil || a.Array != nil:
		return "more than NAME=value"
	case isSpecial(a.Name.Value):
		return "an assignment to " + a.Name.Value + ", which means something to bash"
	}
	if what := s.value(a); what != "" {
		return what
	}
	if what := s.behind(a); what != "" {
		return what
	}
	s.set[a.Name.Value] = true
	return ""
}

// assignment is the only thing that a plain command does, nil if it does more.
func assignment(c syntax.Command) *syntax.Assign {
	switch c := c.(type) {
	case *syntax.CallExpr:
		if len(c.Args) == 0 && len(c.Assigns) == 1 {
			return c.Assigns[0]
		}
	case *syntax.DeclClause:
		if c.Variant.Value == "export" && len(c.Args) == 1 {
			return c.Args[0]
		}
	}
	return nil
}
