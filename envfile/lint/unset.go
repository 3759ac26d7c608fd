package lint

import (
	"fmt"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"sparkops/envfile"
)

// surroundings are what a file finds on a host that it is read on over ssh, and where Spark's
// own scripts source it (spark-config.sh, load-spark-env.sh).
var surroundings = []string{
	"HOME", "USER", "LOGNAME", "PATH", "SHELL", "PWD", "LANG", "LANGUAGE", "TZ", "TERM", "MAIL", "DISPLAY",
	"SPARK_HOME", "SPARK_CONF_DIR", "SPARK_ENV_LOADED", "SPARK_ENV_SH", "PYTHONPATH", "PYSPARK_PYTHONPATH_SET",
}

// unsetVariables finds variables that are used before anything sets them. A file that asks
// whether a variable is set knows what it does; so does X=$X:more, and
// one path made of others. Behind a file that is read,
// and inside functions, nothing is said.
func unsetVariables(t *text) (all []Finding) {
	u := unset{text: t, asked: map[string]bool{}, told: map[string]bool{}}
	for _, p := range t.parts {
		syntax.Walk(p.tree, u.questions)
	}
	for _, p := range t.parts {
		syntax.Walk(p.tree, func(n syntax.Node) bool { return u.node(p, n) })
	}
	return u.found
}

type unset struct {
	*text
	asked map[string]bool // names that the file asks about
	told  map[string]bool
	over  bool   // another file was read: who knows what it sets
	own   string // the variable that is being set
	found []Finding
}

// questions takes note of the variables that the file asks about.
func (u *unset) questions(n syntax.Node) bool {
	ask := func(n syntax.Node) {
		syntax.Walk(n, func(n syntax.Node) bool {
			if p, ok := n.(*syntax.ParamExp); ok && p.Param != nil {
				u.asked[p.Param.Value] = true
			}
			return true
		})
	}
	switch n := n.(type) {
	case *syntax.TestClause:
		ask(n)
	case *syntax.CallExpr:
		if len(n.Args) > 0 && slices.Contains([]string{"[", "test"}, n.Args[0].Lit()) {
			ask(n)
		}
	case *syntax.CaseClause:
		ask(n.Word)
	case *syntax.ParamExp: // ${X:-2} and its kin
		if n.Param != nil && n.Exp != nil && n.Exp.Op <= syntax.AssignUnsetOrNull {
			u.asked[n.Param.Value] = true
		}
	}
	return true
}

func (u *unset) node(p part, n syntax.Node) bool {
	switch n := n.(type) {
	case *syntax.FuncDecl:
		return false
	case *syntax.Assign:
		u.own = ""
		if n.Name != nil {
			u.own = n.Name.Value
		}
	case *syntax.CallExpr:
		if len(n.Args) > 0 {
			u.over = u.over || slices.Contains([]string{".", "source", "eval", "read", "module"}, n.Args[0].Lit())
		}
	case *syntax.ParamExp:
		if n.Param != nil && !n.Excl {
			u.use(n.Param.Value, p.line(n))
		}
	}
	return true
}

func (u *unset) use(name string, line int) {
	first, set := u.sets[name]
	switch {
	case u.over, u.told[name], u.asked[name], u.Env[name], name == u.own, set && first <= line:
	case strings.HasSuffix(name, "PATH") && strings.HasSuffix(u.own, "PATH"): // an empty part of a list of lists
	case !strings.ContainsAny(name[:1], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"): // $1, $?
	case slices.Contains(surroundings, name), strings.HasPrefix(name, "SSH_"), strings.HasPrefix(name, "LC_"), envfile.Special(name):
	default:
		u.told[name] = true
		f := Finding{Line: line, Var: name, Message: fmt.Sprintf("$%s is used, and nothing sets it", name), Hint: fmt.Sprintf("export %s=VALUE   above %s, or ${%s:-VALUE} there", name, u.at(line, line), name)}
		if set {
			f.Message = fmt.Sprintf("$%s is used above %s, where it is set", name, u.at(first, line))
			f.Hint = fmt.Sprintf("move %s above %s", u.at(first, line), u.at(line, line))
		}
		u.found = append(u.found, f)
	}
}
