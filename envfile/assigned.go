package envfile

import (
	"bytes"

	"mvdan.cc/sh/v3/syntax"
)

// Assigned is what a file's own commands assign, by their text: nothing is evaluated.
type Assigned struct {
	Order      []string            // names, in the order of their first assignment
	Values     map[string][]string // the texts of the values of each, with their quotes
	Rest       []int               // the lines of all other commands, from 1 on
	Statements []string            // the text of each command
}

// ReadAssigned reads the text of a file; ok is false for one that is no bash.
func ReadAssigned(text []byte) (a Assigned, ok bool) {
	f := &file{text: text}
	f.tree, f.err = syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(bytes.NewReader(text), "")
	if f.err != nil {
		return a, false
	}
	a.Values = map[string][]string{}
	for _, s := range f.tree.Stmts {
		a.Statements = append(a.Statements, f.source(s))
		all := plainAssignments(s)
		if all == nil {
			a.rest(s)
		}
		for _, one := range all {
			name, value := one.Name.Value, ""
			if one.Value != nil {
				value = f.source(one.Value)
			}
			if _, known := a.Values[name]; !known {
				a.Order = append(a.Order, name)
			}
			a.Values[name] = append(a.Values[name], value)
		}
	}
	return a, true
}

// rest notes the lines of a statement, each once.
func (a *Assigned) rest(s *syntax.Stmt) {
	for n := int(s.Pos().Line()); n <= int(s.End().Line()); n++ {
		if len(a.Rest) == 0 || a.Rest[len(a.Rest)-1] < n {
			a.Rest = append(a.Rest, n)
		}
	}
}

// plainAssignments are those that a statement consists of, nil if it is anything else.
func plainAssignments(s *syntax.Stmt) []*syntax.Assign {
	all := assignsOf(s)
	for _, a := range all {
		if a.Name == nil || a.Naked || a.Append || a.Index != nil || a.Array != nil {
			return nil
		}
	}
	return all
}
