package envfile

import (
	"bytes"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Assigned is what a file's own commands assign, by their text: nothing is evaluated.
type Assigned struct {
	Order  []string          // names, in the order of their first assignment
	Values map[string]string // the text of the last value of each, with its quotes
	Rest   []string          // lines of all other commands
}

// ReadAssigned reads the text of a file; ok is false for one that is no bash.
func ReadAssigned(text []byte) (a Assigned, ok bool) {
	f := &file{text: text}
	f.tree, f.err = syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(bytes.NewReader(text), "")
	if f.err != nil {
		return a, false
	}
	a.Values = map[string]string{}
	for _, s := range f.tree.Stmts {
		all := plainAssignments(s)
		if all == nil {
			a.Rest = append(a.Rest, strings.Split(f.source(s), "\n")...)
		}
		for _, one := range all {
			if _, known := a.Values[one.Name.Value]; !known {
				a.Order = append(a.Order, one.Name.Value)
			}
			a.Values[one.Name.Value] = ""
			if one.Value != nil {
				a.Values[one.Name.Value] = f.source(one.Value)
			}
		}
	}
	return a, true
}

// plainAssignments are those that a statement consists of, nil if it is anything else.
func plainAssignments(s *syntax.Stmt) []*syntax.Assign {
	var all []*syntax.Assign
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		if len(c.Args) == 0 {
			all = c.Assigns
		}
	case *syntax.DeclClause:
		if c.Variant.Value == "export" {
			all = c.Args
		}
	}
	for _, a := range all {
		if a.Name == nil || a.Naked || a.Append || a.Index != nil || a.Array != nil {
			return nil
		}
	}
	if s.Negated || s.Background || s.Coprocess || len(s.Redirs) > 0 {
		return nil
	}
	return all
}
