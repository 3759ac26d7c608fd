package lint

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// shellMask finds the secrets of a shell file by its syntax tree.
type shellMask struct {
	text   string
	secret func(name string) bool
	spans  []span
}

// shellSpans are the secrets of a shell file.
func shellSpans(text string) []span {
	tree, err := syntax.NewParser(syntax.Variant(syntax.LangBash), syntax.KeepComments(true)).Parse(strings.NewReader(text), "")
	if err != nil {
		return unreadSpans(text)
	}
	m := &shellMask{text: text, secret: SecretsOf([]byte(text)), spans: lineSpans(text)}
	syntax.Walk(tree, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Assign:
			m.assign(n)
		case *syntax.ParamExp:
			if n.Param != nil && n.Exp != nil && n.Exp.Word != nil && m.secret(n.Param.Value) {
				m.hide(n.Exp.Word)
			}
		case *syntax.BinaryTest:
			if about := secretName().FindAllString(m.source(n.X), -1); slices.ContainsFunc(about, m.secret) {
				m.hide(n.Y)
			}
		case *syntax.CaseClause:
			if about := secretName().FindAllString(m.source(n.Word), -1); slices.ContainsFunc(about, m.secret) {
				m.patterns(n.Items)
			}
		case *syntax.BinaryCmd:
			if m.fills(n.Y) { // echo x | read -r PASSWORD
				m.hide(n.X)
			}
		case *syntax.Stmt:
			m.redirected(n)
		case *syntax.CallExpr:
			m.call(n.Args)
		case *syntax.Word:
			m.word(n)
		case *syntax.Comment:
			m.logical(n)
		}
		return true
	})
	return m.spans
}

func (m *shellMask) source(n syntax.Node) string {
	return m.text[n.Pos().Offset():n.End().Offset()]
}

func (m *shellMask) hide(n syntax.Node) {
	m.spans = append(m.spans, span{int(n.Pos().Offset()), int(n.End().Offset())})
}

// assign hides the whole value of a secret, a list too, and of a list the values by secret names.
func (m *shellMask) assign(a *syntax.Assign) {
	secret := a.Name != nil && m.secret(a.Name.Value) || a.Index != nil && m.secret(m.source(a.Index))
	if secret && a.Value != nil {
		m.hide(a.Value)
	}
	if a.Array == nil {
		return
	}
	for _, e := range a.Array.Elems {
		if e.Value != nil && (secret || e.Index != nil && m.secret(m.source(e.Index))) {
			m.hide(e.Value)
		}
	}
	if secret {
		m.hide(a.Array)
	}
}

// plainOption is an option whose value surely ends where it seems to.
var plainOption = lazily(`^[^\s"'\\$` + "`" + `]*["']?([\s;)]|$)`)

// word hides what a word has behind the name of a secret: to its end, unless it is an option
// of java that has a plain end.
func (m *shellMask) word(w *syntax.Word) {
	text, from := m.source(w), int(w.Pos().Offset())
	if strings.Contains(text, "\n") && !strings.ContainsAny(text[:1], `"'$`) { // a here-document, most often
		m.logical(w)
		return
	}
	if at := namedIn(text, m.secret); at >= 0 {
		m.spans = append(m.spans, span{from + at, from + len(text)})
		return
	}
	if bearer().MatchString(text) {
		m.hide(w)
	}
}

// namedIn is where the value begins that a word has behind the name of a secret, -1 if it has none.
func namedIn(text string, secret func(string) bool) int {
	for _, at := range given().FindAllStringSubmatchIndex(text, -1) {
		name, separator := text[at[2]:at[3]], strings.TrimSpace(text[at[4]:at[5]])
		option := strings.HasPrefix(name, "D") && strings.HasSuffix(text[:at[2]], "-")
		if !secret(name) || separator == "" && !strings.Contains(name, ".") {
			continue
		}
		if end := plainOption().FindString(text[at[1]:]); end == "" || !option { // else Mask has hidden it
			return at[1]
		}
	}
	return -1
}

// patterns hides what a secret is compared with; what is a wildcard, or nothing, stays.
func (m *shellMask) patterns(items []*syntax.CaseItem) {
	for _, item := range items {
		for _, p := range item.Patterns {
			if strings.Trim(m.source(p), `*?"'`) != "" {
				m.hide(p)
			}
		}
	}
}

// logical hides as in properties: what is text for another program, and comments.
func (m *shellMask) logical(n syntax.Node) {
	for _, s := range propertySpans(m.source(n)) {
		from := int(n.Pos().Offset())
		m.spans = append(m.spans, span{from + s.from, from + s.to})
	}
}

// redirected hides what is read into a secret: here-documents, here-strings, other commands.
func (m *shellMask) redirected(s *syntax.Stmt) {
	if len(s.Redirs) == 0 || s.Cmd == nil || !m.fills(s.Cmd) {
		return
	}
	for _, r := range s.Redirs {
		if r.Hdoc != nil {
			m.hide(r.Hdoc)
		}
		if r.Op == syntax.WordHdoc || strings.Contains(m.source(r.Word), "(") {
			m.hide(r.Word)
		}
	}
}

// fills reports whether some read or mapfile in it is for a secret.
func (m *shellMask) fills(n syntax.Node) (found bool) {
	syntax.Walk(n, func(n syntax.Node) bool {
		if c, ok := n.(*syntax.CallExpr); ok && len(c.Args) > 0 && slices.Contains([]string{"read", "mapfile", "readarray"}, m.source(c.Args[0])) {
			for _, a := range c.Args[1:] {
				found = found || m.secret(m.source(a))
			}
		}
		return !found
	})
	return found
}

var (
	secretName = lazily(`[A-Za-z_][A-Za-z0-9_]*`)
	capitals   = lazily(`^[A-Z_][A-Z0-9_]*[:=]?$`)
	bearer     = lazily(`(?i)authorization:|\bbearer\s`)
	// keyed is an option behind which a secret stands.
	keyed = lazily(`(?i)^--?[a-z.-]*(pass|passwd|password|passphrase|secret|token|pwd)$`)
)

// logins are options of programs that take a login, or a password, behind them or in them.
var logins = map[string][]string{
	"curl": {"-u", "--user", "-U", "--proxy-user"}, "sshpass": {"-p"}, "mysql": {"-p"}, "mysqladmin": {"-p"}, "mysqldump": {"-p"},
	"openssl": {"-pass", "-passin", "-passout", "-k", "-K"}, "ldapsearch": {"-w"}, "redis-cli": {"-a"}, "wget": {"--user"},
}

// call hides the words of a command that stand behind the name of a secret or such an option.
func (m *shellMask) call(args []*syntax.Word) {
	if len(args) == 0 {
		return
	}
	command := path.Base(m.source(args[0]))
	if slices.Contains([]string{"unset", "read", "mapfile", "readarray", "export"}, command) {
		return
	}
	for i, a := range args {
		text := strings.Trim(m.source(a), `"'`)
		switch {
		case i > 0 && (command == "[" || command == "test") && slices.ContainsFunc(secretName().FindAllString(text, -1), m.secret):
			m.hideAll(slices.DeleteFunc(slices.Clone(args[1:]), func(w *syntax.Word) bool { return w == a || len(m.source(w)) < 3 }))
		case (capitals().MatchString(text) || i > 0 && m.source(args[i-1]) == "-v") && m.secret(text) && i+1 < len(args):
			m.hideAll(args[i+1:])
			return
		case i > 0 && keyed().MatchString(text) && i+1 < len(args):
			m.hide(args[i+1])
		case i > 0:
			for _, option := range logins[command] {
				if text == option && i+1 < len(args) {
					m.hide(args[i+1])
				} else if len(option) == 2 && strings.HasPrefix(text, option) && len(text) > 2 || strings.HasPrefix(text, option+"=") {
					m.hide(a)
				}
			}
		}
	}
}

func (m *shellMask) hideAll(words []*syntax.Word) {
	for _, w := range words {
		m.hide(w)
	}
}
