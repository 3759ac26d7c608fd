package lint

import (
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// noAssignments finds what is meant to be NAME=value and is a command, or a value that ends at
// a blank. The forms are those that people write; a test holds each against bash.
func noAssignments(t *text) (all []Finding) {
	for _, p := range t.parts {
		syntax.Walk(p.tree, func(n syntax.Node) bool {
			var what, meant string
			switch n := n.(type) {
			case *syntax.CallExpr:
				what, meant = t.command(p, n)
			case *syntax.DeclClause:
				what, meant = t.declaration(p, n)
			}
			if what != "" {
				name, _, _ := strings.Cut(strings.TrimPrefix(meant, "export "), "=")
				all = append(all, Finding{Line: p.line(n), Var: name, Message: what, Hint: Mask(meant)})
			}
			return true
		})
	}
	for _, n := range t.skipped {
		if m := severed().FindStringSubmatch(t.sourceLine(n)); m != nil && setting().MatchString(m[1]) {
			all = append(all, Finding{Line: n, Var: m[1], Message: fmt.Sprintf("the value of %s ends at the blank", m[1]), Hint: Mask("export " + assigned(m[1], m[2]))})
		}
	}
	return all
}

var (
	// severed is an export of options without quotes, which is not even parsed where one of
	// them has a =.
	severed = lazily(`^\s*export\s+([A-Z0-9_]+)=([^\s"']+\s+-[^"'#]*[^"'#\s])\s*$`)

	// setting is a name that a spark-env.sh is there to set.
	setting = lazily(`^(SPARK|HADOOP|YARN|HIVE|JAVA|SCALA|PYSPARK|PYTHON|AWS|LD|MESOS|KRB5)_[A-Z0-9_]*$`)
	// tail is what is the end of a value rather than a command behind NAME=value.
	tail = lazily(`^(-.*|[KkMmGgTt][Bb]?|[0-9]+)$`)
)

// source is the words as they stand in the file.
func (t *text) source(p part, words []*syntax.Word) string {
	if len(words) == 0 {
		return ""
	}
	from, to := words[0].Pos(), words[len(words)-1].End()
	line := t.sourceLine(int(from.Line()) + p.off)
	end := len(line)
	if to.Line() == from.Line() {
		end = min(int(to.Col())-1, end)
	}
	return line[min(int(from.Col())-1, end):end]
}

// assigned is the line as it may be meant; a value with a blank in it gets quotes.
func assigned(name, value string) string {
	if strings.ContainsAny(value, " \t") && !strings.HasPrefix(value, `"`) && !strings.HasPrefix(value, "'") {
		value = `"` + value + `"`
	}
	return name + "=" + value
}

// command says what is wrong with a command that is meant as an assignment, and the line that
// is meant; "" if nothing is.
func (t *text) command(p part, c *syntax.CallExpr) (what, meant string) {
	if len(c.Args) == 0 {
		return "", ""
	}
	first, rest := t.source(p, c.Args[:1]), t.source(p, c.Args[1:])
	if len(c.Assigns) > 0 {
		return t.prefixed(p, c)
	}
	name, isColon := strings.CutSuffix(first, ":")
	switch {
	case setting().MatchString(first) && strings.HasPrefix(rest, "="):
		return "a blank before the = of " + first, assigned(first, strings.TrimLeft(rest[1:], " \t"))
	case isColon && setting().MatchString(name):
		return fmt.Sprintf("a colon instead of = behind %s", name), assigned(name, rest)
	case first == "setenv" && len(c.Args) == 3:
		return "setenv is csh's, and this is bash", assigned(t.source(p, c.Args[1:2]), t.source(p, c.Args[2:]))
	case first == "set" && len(c.Args) > 1:
		name, value, ok := strings.Cut(rest, "=")
		if name = strings.TrimRight(name, " \t"); ok && setting().MatchString(name) {
			return "set assigns nothing in bash", assigned(name, strings.TrimLeft(value, " \t"))
		}
	case strings.HasPrefix(first, "$"):
		name, value, ok := strings.Cut(strings.Trim(first, "${"), "=")
		if name = strings.TrimSuffix(name, "}"); ok && setting().MatchString(name) {
			return fmt.Sprintf("a $ before the name of %s, which is to be set", name), assigned(name, value)
		}
	}
	return "", ""
}

// prefixed judges NAME=value COMMAND: bash sets the variable for that command only.
func (t *text) prefixed(p part, c *syntax.CallExpr) (what, meant string) {
	a := c.Assigns[len(c.Assigns)-1]
	first, rest := t.source(p, c.Args[:1]), t.source(p, c.Args)
	if a.Name == nil || !setting().MatchString(a.Name.Value) || a.Array != nil {
		return "", ""
	}
	name := a.Name.Value
	switch {
	case a.Value == nil && (len(c.Args) == 1 || strings.HasPrefix(first, "-")):
		return "a blank behind the = of " + name, assigned(name, rest)
	case a.Value != nil && tail().MatchString(first):
		return fmt.Sprintf("the value of %s ends at the blank", name), assigned(name, t.source(p, []*syntax.Word{a.Value})+" "+rest)
	}
	return "", ""
}

// declaration judges export NAME=value and its kin, where a blank makes several of one.
func (t *text) declaration(p part, d *syntax.DeclClause) (what, meant string) {
	line := t.sourceLine(p.line(d))
	for i, a := range d.Args[:max(len(d.Args)-1, 0)] {
		next := d.Args[i+1]
		if a.Name == nil || !setting().MatchString(a.Name.Value) || !next.Naked {
			continue
		}
		word := t.naked(p, next)
		name := a.Name.Value
		from := int(next.Pos().Col()) - 1
		rest := strings.TrimSpace(line[min(from, len(line)):])
		switch {
		case a.Naked && strings.HasPrefix(word, "="):
			return "a blank before the = of " + name, "export " + assigned(name, strings.TrimLeft(rest[1:], " \t"))
		case a.Naked:
		case a.Value == nil && word != "":
			return "a blank behind the = of " + name, "export " + assigned(name, rest)
		case a.Value != nil && tail().MatchString(word):
			return fmt.Sprintf("the value of %s ends at the blank", name),
				"export " + assigned(name, t.source(p, []*syntax.Word{a.Value})+" "+rest)
		}
	}
	return "", ""
}

// naked is a word of an export without =, whether a name or not.
func (t *text) naked(p part, a *syntax.Assign) string {
	if a.Name != nil {
		return a.Name.Value
	}
	return t.source(p, []*syntax.Word{a.Value})
}
