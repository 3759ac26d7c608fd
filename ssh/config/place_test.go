package config

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// place is a machine: what the placeholders of a recording are on it.
type place struct {
	Options
	dir string
}

// fill puts the machine's values into a recording. HASH is the %C of the answer itself.
func (p place) fill(text string) string {
	short, _, _ := strings.Cut(p.LocalHost, ".")
	s := sheet{}
	text = strings.NewReplacer("$HOME", p.Home, "$DIR", p.dir, "$USER", p.User, "uid-$UID", "uid-"+strconv.Itoa(p.UID), "$LOCAL", p.LocalHost, "$SHORT", short).Replace(text)
	for l := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(l), "=")
		s[key] = value
	}
	return strings.ReplaceAll(text, "$HASH", questioned{options: p.Options}.tokens(s)['C'])
}

// blank does the opposite, for a recording that is to be true of any machine: what is of
// this machine stands behind a word that says so.
func (p place) blank(text string) string {
	text = strings.NewReplacer(p.dir, "$DIR", p.Home+"/", "$HOME/", "user-"+p.User, "user-$USER", "uid-"+strconv.Itoa(p.UID), "uid-$UID",
		"\nuser="+p.User+"\n", "\nuser=$USER\n", "local-"+p.LocalHost, "local-$LOCAL").Replace(text)
	short, _, _ := strings.Cut(p.LocalHost, ".")
	text = strings.ReplaceAll(text, "short-"+short, "short-$SHORT")
	return regexp.MustCompile(`hash-[0-9a-f]{40}`).ReplaceAllString(text, "hash-$$HASH")
}

// ours is the resolver's answer to the words behind ssh, in the form of a recording.
func (p place) ours(args string, defaults map[string]string) string {
	o, name := p.typed(args)
	s, err := sheetFor(o, name, defaults)
	if err == nil {
		return s.brief(p.Home)
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Line > 0 {
		return fmt.Sprintf("refused %s:%d: %v\n", p.named(e.File), e.Line, err)
	}
	return fmt.Sprintf("refused: %v\n", err)
}

// typed is what the words behind ssh mean.
func (p place) typed(args string) (o Options, name string) {
	o = p.Options
	words := strings.Fields(strings.ReplaceAll(args, "$DIR", p.dir))
	for len(words) > 1 {
		option, value := words[0], words[0][2:]
		if words = words[1:]; value == "" {
			value, words = words[0], words[1:]
		}
		keyword := map[byte]string{'p': "Port", 'l': "User", 'i': "IdentityFile", 'J': "ProxyJump"}[option[1]]
		switch option[1] {
		case 'F':
			o.File = value
			continue
		case 'o':
			keyword, value, _ = strings.Cut(value, "=")
		}
		o.Extra = append(o.Extra, Setting{keyword, value})
	}
	return o, words[0]
}

// named is the section that a file was written from.
func (p place) named(file string) string {
	for _, known := range []string{"config", "system"} {
		if file == sectionPath(p.dir, known) || file == map[string]string{"config": p.Home + "/.ssh/config", "system": "/etc/ssh/ssh_config"}[known] {
			return known
		}
	}
	if rest, ok := strings.CutPrefix(file, p.Home+"/"); ok {
		return "~/" + rest
	}
	if rest, ok := strings.CutPrefix(file, filepath.Join(p.dir, "etc")+"/"); ok {
		return "/etc/ssh/" + rest
	}
	return strings.TrimPrefix(file, p.dir+"/")
}

var lineOfSSH = regexp.MustCompile(`(?m)^(\S.*?):? line (\d+):`)

// theirs is what a session answers to the same words.
func (p place) theirs(s *session, args string, defaults map[string]string) (string, error) {
	words := strings.Fields(strings.ReplaceAll(args, "$DIR", p.dir))
	for i, w := range words {
		words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	if !s.placed && !slices.Contains(words, "'-F'") {
		words = append([]string{"-F", cmp.Or(p.UserFile, "none")}, words...)
	}
	out, err := s.run(strings.Join(words, " "))
	if err == nil {
		_, name := cutUser(words[len(words)-1])
		a := questioned{options: p.Options, name: strings.Trim(name, "'"), defaults: defaults}
		var got sheet
		if got, err = a.theirs(out); err == nil {
			return got.brief(p.Home), nil
		}
	}
	if at := lineOfSSH.FindStringSubmatch(err.Error()); at != nil && at[2] != "0" {
		return fmt.Sprintf("refused %s:%s\n", p.named(at[1]), at[2]), err
	}
	return "refused\n", err
}

// replace puts in tokens and, unless env is nil, variables.
func replace(text string, tokens map[byte]string, known string, env func(string) (string, bool), before error) (string, error) {
	var b strings.Builder
	for rest := text; rest != ""; {
		i := strings.IndexAny(rest, "%$")
		if i < 0 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:i])
		rest = rest[i:]
		name, after, closed := strings.Cut(strings.TrimPrefix(rest, "${"), "}")
		switch {
		case env != nil && strings.HasPrefix(rest, "${"):
			value, ok := env(name)
			if !closed || !ok {
				return "", fmt.Errorf("%s: no variable %s", text, name)
			}
			b.WriteString(value)
			rest = after
		case rest[0] == '$':
			b.WriteByte('$')
			rest = rest[1:]
		case len(rest) < 2 || strings.IndexByte(known, rest[1]) < 0:
			return "", fmt.Errorf("%s: unknown token", text)
		default:
			b.WriteString(tokens[rest[1]])
			rest = rest[2:]
		}
	}
	return b.String(), before
}
