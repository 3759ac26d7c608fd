package envfile

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// told is the line of each variable of env.Vars whose last assignment the text shows beyond
// doubt: a plain one, not inside an if, a loop or a function, and nothing behind it that may
// set the variable too. An exit cannot have come before it: env would say so.
func (f *file) told(env *Env, base environ) map[string]int {
	lines := map[string]int{}
	if f.tree == nil || len(env.Faults) > 0 || env.Stopped != "" {
		return lines
	}
	w := walk{functions: map[string]bool{}}
	for name := range base {
		w.inherited = w.inherited || strings.HasPrefix(name, "BASH_FUNC_")
	}
	syntax.Walk(f.tree, func(n syntax.Node) bool {
		if fn, ok := n.(*syntax.FuncDecl); ok && fn.Name != nil {
			w.functions[fn.Name.Value] = true
		}
		return true
	})
	for _, s := range f.tree.Stmts {
		if w.ends(s) {
			return map[string]int{} // who knows what of the rest was run
		}
		certain := plainly(s)
		w.touched, w.anything = map[string]bool{}, false
		syntax.Walk(s, w.node)
		if w.anything {
			clear(lines)
		}
		for name := range w.touched {
			delete(lines, name)
		}
		for _, a := range certain {
			if !w.anything && !isSpecial(a.Name.Value) {
				lines[a.Name.Value] = int(a.Pos().Line())
			}
		}
	}
	for name := range lines {
		if _, ok := env.Vars[name]; !ok {
			delete(lines, name)
		}
	}
	return lines
}

// assignsOf is the assignments that a statement consists of, in this shell and with no more to it.
func assignsOf(s *syntax.Stmt) []*syntax.Assign {
	if s.Negated || s.Background || s.Coprocess || s.Disown || len(s.Redirs) > 0 {
		return nil
	}
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		if len(c.Args) == 0 {
			return c.Assigns
		}
	case *syntax.DeclClause:
		if c.Variant.Value == "export" {
			return c.Args
		}
	}
	return nil
}

// plainly is the assignments that a statement makes whatever else is the case.
func plainly(s *syntax.Stmt) (all []*syntax.Assign) {
	for _, a := range assignsOf(s) {
		if a.Name == nil {
			return nil // export -n, or a name that is computed
		}
		if !a.Naked && !a.Append && a.Index == nil && a.Array == nil {
			all = append(all, a)
		}
	}
	return all
}

// walk notes what a statement may set.
type walk struct {
	functions map[string]bool
	inherited bool // there are functions in the environment
	touched   map[string]bool
	anything  bool // it may set any variable
}

// setters are the words that set variables which their arguments or other files name.
var setters = map[string]bool{
	".": true, "source": true, "read": true, "mapfile": true, "readarray": true, "getopts": true,
	"printf": true, "unset": true, "let": true, "local": true, "wait": true,
}

// enders are the words behind which nothing is sure: the rest may not be run, or mean
// something else.
var enders = map[string]bool{
	"return": true, "exec": true, "eval": true, "command": true, "builtin": true, "readonly": true,
	"trap": true, "set": true, "shopt": true, "alias": true, "enable": true,
}

func (w *walk) node(n syntax.Node) bool {
	switch n := n.(type) {
	case *syntax.CmdSubst:
		return n.ReplyVar || n.TempFile // a process of its own, but for bash 5.3's ${ ...; }
	case *syntax.Subshell:
		return false
	case *syntax.Assign:
		switch {
		case n.Name == nil:
			w.anything = true
		case !n.Naked:
			w.touched[n.Name.Value] = true
		}
	case *syntax.WordIter:
		w.touched[n.Name.Value] = true
	case *syntax.ParamExp:
		assigns := n.Exp != nil && (n.Exp.Op == syntax.AssignUnset || n.Exp.Op == syntax.AssignUnsetOrNull)
		if assigns && n.Param != nil {
			w.touched[n.Param.Value] = true
		}
		if n.Excl || n.Index != nil || n.Slice != nil {
			w.anything = true // arithmetic may assign, and names what it likes
		}
	case *syntax.ArithmExp, *syntax.ArithmCmd, *syntax.LetClause, *syntax.CStyleLoop, *syntax.CoprocClause, *syntax.Redirect:
		w.anything = w.anything || setsMore(n)
	case *syntax.DeclClause:
		w.anything = w.anything || n.Variant.Value != "export"
	case *syntax.CallExpr:
		if len(n.Args) > 0 {
			name := strings.ReplaceAll(n.Args[0].Lit(), `\`, "")
			w.anything = w.anything || setters[name] || w.functions[name] || w.inherited
		}
	}
	return true
}

// setsMore reports whether n may set variables: a redirection does with {NAME}>FILE only.
func setsMore(n syntax.Node) bool {
	r, ok := n.(*syntax.Redirect)
	return !ok || r.N != nil && strings.HasPrefix(r.N.Value, "{")
}

// ends reports whether a statement may end the reading of the file, or change what the rest
// of it means.
func (w *walk) ends(s *syntax.Stmt) (found bool) {
	special := func(all []*syntax.Assign) {
		for _, a := range all {
			found = found || a.Name != nil && isSpecial(a.Name.Value) // UID=5 fails, IFS=/ changes words
		}
	}
	syntax.Walk(s, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst:
			return n.ReplyVar || n.TempFile
		case *syntax.Subshell:
			return false
		case *syntax.CallExpr:
			special(n.Assigns)
			if len(n.Args) > 0 {
				word := strings.ReplaceAll(n.Args[0].Lit(), `\`, "")
				found = found || enders[word] && !harmlessSet(n.Args) || word == "" && !isPath(n.Args[0])
			}
		case *syntax.DeclClause:
			special(n.Args)
			found = found || n.Variant.Value != "export" // readonly, declare -n
		}
		return true
	})
	return found
}

// harmlessSet reports whether a command is set with options that real files use and that
// change nothing about what is assigned where, as long as the file comes to its end.
func harmlessSet(args []*syntax.Word) bool {
	if args[0].Lit() != "set" || len(args) != 2 {
		return false
	}
	switch args[1].Lit() {
	case "-a", "+a", "-e", "+e", "-u", "+u", "-x", "+x":
		return true
	}
	return false
}

// isPath reports whether a word has a slash that stands in the text: it is no builtin then.
func isPath(w *syntax.Word) (found bool) {
	syntax.Walk(w, func(n syntax.Node) bool {
		lit, ok := n.(*syntax.Lit)
		found = found || ok && strings.Contains(lit.Value, "/")
		switch n.(type) {
		case *syntax.ParamExp, *syntax.CmdSubst: // ${x%/*} proves nothing
			return false
		}
		return true
	})
	return found
}
