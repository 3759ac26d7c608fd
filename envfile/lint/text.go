package lint

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// text is a file, read for the checks.
type text struct {
	Input
	lines   []string       // of the file, without CR
	parts   []part         // the syntax trees: one, or one a line where the whole has none
	skipped []int          // the lines that no tree shows
	assigns []assign       // in the order of the text
	sets    map[string]int // the first line that sets a variable, by whatever means
	used    map[string]bool
	aliases map[string]bool
	hidden  *strings.Replacer // of the values of secrets
}

// part is a piece of the file that can be parsed, and how many lines stand before it.
type part struct {
	tree *syntax.File
	text string
	off  int
}

func read(in Input) *text {
	in.Name = cmp.Or(in.Name, "spark-env.sh")
	t := &text{Input: in, sets: map[string]int{}, used: map[string]bool{}, aliases: map[string]bool{}}
	plain := bytes.ReplaceAll(in.Text, []byte("\r\n"), []byte("\n"))
	t.lines = strings.Split(string(bytes.ReplaceAll(plain, []byte("\r"), nil)), "\n")
	t.parse()
	for _, p := range t.parts {
		for _, s := range p.tree.Stmts {
			t.statement(p, s)
		}
	}
	t.values()
	t.hidden = t.secretValues()
	return t
}

// parse reads the file as a whole; of lines that are in the way it makes empty ones, and
// where that does not help it reads each line by itself.
func (t *text) parse() {
	parser := syntax.NewParser(syntax.Variant(syntax.LangBash))
	lines := slices.Clone(t.lines)
	for range 20 {
		whole := strings.Join(lines, "\n")
		tree, err := parser.Parse(strings.NewReader(whole), "")
		if err == nil {
			t.parts = []part{{tree, whole, 0}}
			return
		}
		at, ok := errors.AsType[syntax.ParseError](err)
		n := int(at.Pos.Line()) - 1
		if !ok || n < 0 || n >= len(lines) || lines[n] == "" {
			break
		}
		t.skipped, lines[n] = append(t.skipped, n+1), ""
	}
	t.skipped = nil
	for i, line := range t.lines {
		if tree, err := parser.Parse(strings.NewReader(line), ""); err == nil {
			t.parts = append(t.parts, part{tree, line, i})
		} else {
			t.skipped = append(t.skipped, i+1)
		}
	}
}

// place is where a line of the text stands: the file, its line there, and whether it is Own.
func (t *text) place(line int) (file string, at int, own bool) {
	if t.Own.From > 0 && line >= t.Own.From {
		return t.Own.Name, line - t.Own.From + 1, true
	}
	return t.Name, line, false
}

// at is a line in words, as seen from another: which file it is of, where that is not the same.
func (t *text) at(line, from int) string {
	file, n, own := t.place(line)
	if _, _, same := t.place(from); same == own {
		return fmt.Sprint("line ", n)
	}
	return fmt.Sprintf("line %d of %s", n, file)
}

// line is where a node stands in the file.
func (p part) line(n syntax.Node) int { return int(n.Pos().Line()) + p.off }

// statement takes note of what a statement sets and uses.
func (t *text) statement(p part, s *syntax.Stmt) {
	direct, brief := map[*syntax.Assign]bool{}, map[*syntax.Assign]bool{}
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		if len(c.Args) == 0 {
			for _, a := range c.Assigns {
				direct[a] = true
			}
		}
	case *syntax.DeclClause:
		for _, a := range c.Args {
			direct[a] = true
		}
	}
	syntax.Walk(s, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CallExpr:
			for _, a := range n.Assigns {
				brief[a] = len(n.Args) > 0 // for that command only
			}
			t.aliased(n.Args)
		case *syntax.Assign:
			if n.Name != nil && (!n.Naked || direct[n]) { // export NAME: it is expected from outside
				t.setAt(n.Name.Value, p.line(n))
			}
			if n.Name != nil && !n.Naked && !brief[n] {
				t.assigns = append(t.assigns, newAssign(p, n, direct[n]))
			}
		case *syntax.WordIter:
			t.setAt(n.Name.Value, p.line(n))
		case *syntax.ParamExp:
			if n.Param != nil {
				t.used[n.Param.Value] = true
			}
		}
		return true
	})
}

// aliased takes note of what a command defines if it is alias.
func (t *text) aliased(args []*syntax.Word) {
	if len(args) == 0 || args[0].Lit() != "alias" {
		return
	}
	for _, a := range args[1:] {
		if first, ok := a.Parts[0].(*syntax.Lit); ok {
			if name, _, defines := strings.Cut(first.Value, "="); defines {
				t.aliases[name] = true
			}
		}
	}
}

func (t *text) setAt(name string, line int) {
	if _, ok := t.sets[name]; !ok {
		t.sets[name] = line
	}
}

// values fills in what bash made of assignments that are no literals, and of variables that
// no assignment in the text sets; those are of line 0.
func (t *text) values() {
	last := map[string]int{}
	for i, a := range t.assigns {
		last[a.name] = i
	}
	for _, name := range slices.Sorted(maps.Keys(t.Vars)) {
		value := strings.TrimRight(t.Vars[name], "\r") // of which env.crlf tells
		i, ok := last[name]
		switch {
		case !ok:
			t.assigns = append(t.assigns, assign{name: name, value: value, known: true, always: true})
		case t.assigns[i].always || !t.assigns[i].known:
			t.assigns[i].value, t.assigns[i].known = value, true
		}
	}
}

// live is the assignments that may decide what a variable is in the end: no other overwrites
// them whatever is the case. Of all variables if no name is given.
func (t *text) live(names ...string) []assign {
	var all []assign
	over := map[string]bool{}
	for _, a := range slices.Backward(t.assigns) {
		if over[a.name] || len(names) > 0 && !slices.Contains(names, a.name) {
			continue
		}
		over[a.name] = a.always
		all = append(all, a)
	}
	slices.Reverse(all)
	return all
}

// of is the live assignments of a kind whose values are known.
func (t *text) of(kinds ...kind) []assign {
	return slices.DeleteFunc(t.live(), func(a assign) bool { return !a.known || !slices.Contains(kinds, kindOf(a.name)) })
}

// final is what a variable is in the end, if that is known: "" and true if nothing sets it.
func (t *text) final(name string) (value string, known bool) {
	if value, ok := t.Vars[name]; ok {
		return value, true
	}
	all := t.live(name)
	switch {
	case len(all) == 0:
		return "", t.Vars != nil || !t.Env[name]
	case len(all) == 1 && all[0].always:
		return all[0].value, all[0].known
	}
	return "", false
}

// sourceLine is a line of the file, "" if there is none of the number.
func (t *text) sourceLine(n int) string {
	if n < 1 || n > len(t.lines) {
		return ""
	}
	return t.lines[n-1]
}
