package envfile

import (
	"bytes"

	"mvdan.cc/sh/v3/syntax"
)

// file is the text of a spark-env.sh and its syntax tree.
type file struct {
	text []byte
	tree *syntax.File // nil if it is no bash as a whole; bash still runs it up to there
	err  error        // why tree is nil

	assigned map[string]bool // what it assigns by name, anywhere
}

func parse(text []byte) *file {
	f := &file{text: text, assigned: map[string]bool{}}
	f.tree, f.err = syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(bytes.NewReader(text), "")
	if f.err != nil {
		f.tree = nil
		return f
	}
	syntax.Walk(f.tree, func(n syntax.Node) bool {
		if a, ok := n.(*syntax.Assign); ok && a.Name != nil && !a.Naked {
			f.assigned[a.Name.Value] = true
		}
		return true
	})
	return f
}

// source is the text of a node.
func (f *file) source(n syntax.Node) string {
	return string(f.text[n.Pos().Offset():n.End().Offset()])
}
