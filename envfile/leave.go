package envfile

import (
	"bytes"

	"mvdan.cc/sh/v3/syntax"
)

// Leave is a command by which a file that bash sources ends before its last line.
type Leave struct {
	Line   int
	Word   string // return, exit or exec
	Always bool   // under no condition that the text shows
}

// Leaves are those up to the first that always does, by the text alone: nothing is evaluated. Of
// what runs in a process or a function of its own nothing is known. None of what is no bash.
func Leaves(text []byte) (all []Leave) {
	tree, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(bytes.NewReader(text), "")
	if err != nil {
		return nil
	}
	for _, s := range tree.Stmts {
		syntax.Walk(s, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.FuncDecl, *syntax.Subshell, *syntax.CmdSubst, *syntax.ProcSubst:
				return false
			case *syntax.BinaryCmd:
				return n.Op != syntax.Pipe && n.Op != syntax.PipeAll
			case *syntax.Stmt:
				return !n.Background && !n.Coprocess
			case *syntax.CallExpr:
				if word := leaving(n); word != "" {
					all = append(all, Leave{int(n.Pos().Line()), word, syntax.Command(n) == s.Cmd})
				}
			}
			return true
		})
		if len(all) > 0 && all[len(all)-1].Always {
			break
		}
	}
	return all
}

// leaving is the word of a command that ends the file, "" for any other.
func leaving(c *syntax.CallExpr) string {
	if len(c.Args) == 0 {
		return ""
	}
	switch word := c.Args[0].Lit(); {
	case word == "return", word == "exit", word == "exec" && len(c.Args) > 1: // exec alone only redirects
		return word
	}
	return ""
}
