package config

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

const (
	blanks = " \t"   // between words
	white  = " \t\r" // around a keyword
)

// parse reads a line. One that says nothing has no keyword; what ssh refuses in any line is an
// [*Error].
func parse(text, file string, number int) (line, error) {
	keyword, rest := cutKeyword(text)
	if keyword == "" && rest == "" || strings.HasPrefix(keyword, "#") {
		return line{}, nil
	}
	l := line{keyword: strings.ToLower(keyword), rest: rest, file: file, number: number}
	if now, ok := renamed[l.keyword]; ok {
		l.keyword = now
	}
	l.kind = keywords[l.keyword]
	if l.keyword == "setenv" && strings.HasPrefix(rest, "#") {
		return line{}, nil // a comment sets nothing, and ssh takes it for a value
	}
	lenient := slices.Contains([]kind{unknown, ignore, wholeLine}, l.kind)
	var err error
	switch l.args, err = words(rest); {
	case err != nil:
	case keyword == "":
		err = errors.New("a line that begins with =")
	case l.kind == unknown && !looks.MatchString(keyword):
		err = errors.New("no keyword of any ssh looks like this")
	case rest == "" || len(l.args) == 0 && !lenient && l.kind != structure:
		err = errMissing
	case slices.Contains(l.args, "") && !lenient && l.keyword != "match":
		err = errors.New("a value is empty")
	}
	if err != nil {
		return line{}, l.refuse("", "%w", err)
	}
	return l, nil
}

var errMissing = errors.New("a value is missing")

// looks is how keywords and criteria look. ssh allows quotes around them.
var looks = regexp.MustCompile(`^["A-Za-z0-9-]+$`)

// cutKeyword parts a line into keyword and rest, as readconf.c's strdelim does: at blanks,
// with one = among them, or behind a quoted keyword.
func cutKeyword(text string) (keyword, rest string) {
	if text != "" { // a form feed is a blank at the end, but it is no empty line
		text = strings.TrimLeft(text[:1]+strings.TrimRight(text[1:], white+"\f"), white)
	}
	if quoted, ok := strings.CutPrefix(text, `"`); ok {
		if inner, after, closed := strings.Cut(quoted, `"`); closed {
			return inner, strings.TrimLeft(after, white)
		}
	}
	end := strings.IndexAny(text, white+"=")
	if end < 0 {
		return text, ""
	}
	keyword, rest = text[:end], strings.TrimLeft(text[end:], white)
	if after, ok := strings.CutPrefix(rest, "="); ok {
		rest = strings.TrimLeft(after, white)
	}
	return keyword, rest
}

// words parts the rest of a line as misc.c's argv_split does: quotes, backslashes before
// quotes, backslashes and blanks, and a comment at the beginning of a word.
func words(rest string) ([]string, error) {
	var all []string
	for {
		rest = strings.TrimLeft(rest, blanks)
		if rest == "" || rest[0] == '#' {
			return all, nil
		}
		word, after, err := firstWord(rest)
		if err != nil {
			return nil, err
		}
		all, rest = append(all, word), after
	}
}

func firstWord(s string) (word, after string, err error) {
	var b strings.Builder
	var quote byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s) && (strings.IndexByte(`'"\`, s[i+1]) >= 0 || quote == 0 && s[i+1] == ' '):
			i++
			b.WriteByte(s[i])
		case quote == 0 && strings.IndexByte(blanks, c) >= 0:
			return b.String(), s[i:], nil
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote != 0 && c == quote:
			quote = 0
		default:
			b.WriteByte(c)
		}
	}
	if quote != 0 {
		return "", "", errors.New("a quote is not closed")
	}
	return b.String(), "", nil
}

// delimited parts the rest of a Match line as readconf.c's strdelim does: at blanks and =, and
// at the end of a text in double quotes.
type delimited struct {
	rest  string
	ended bool
}

func (d *delimited) next() (word string, ok bool) {
	if d.ended {
		return "", false
	}
	i := strings.IndexAny(d.rest, white+`"=`)
	if i < 0 {
		d.ended = true
		return d.rest, true
	}
	word, after := d.rest[:i], d.rest[i+1:]
	if d.rest[i] == '"' {
		inner, behind, closed := strings.Cut(after, `"`)
		if !closed {
			d.ended = true
			return "", false
		}
		d.rest = strings.TrimLeft(behind, white)
		return word + inner, true
	}
	after = strings.TrimLeft(after, white)
	if d.rest[i] != '=' {
		after = strings.TrimLeft(strings.TrimPrefix(after, "="), white)
	}
	d.rest = after
	return word, true
}

// extra refuses what is left of a line.
func (d *delimited) extra(l line) error {
	if !d.ended && d.rest != "" {
		return l.refuse("", "it goes on where it should end: %q", d.rest)
	}
	return nil
}

// patterns is one Host line.
type patterns []string

// match reports whether a name is meant: by one of the patterns, and by none with a ! in
// front. Names are compared as they are typed, with their case.
func (p patterns) match(name string) bool {
	found := false
	for _, pattern := range p {
		if negated, ok := strings.CutPrefix(pattern, "!"); ok {
			if Glob(negated, name) {
				return false
			}
			continue
		}
		found = found || Glob(pattern, name)
	}
	return found
}

// patternList reports whether a list with commas means a name; lower makes it lower case, as
// the name is.
func patternList(list, name string, lower bool) bool {
	if lower {
		list = strings.ToLower(list)
	}
	return patterns(strings.Split(list, ",")).match(name)
}

// Glob matches a pattern of ssh_config(5) or of a known_hosts file: * is any characters, ? is
// exactly one. No pattern takes longer than the product of both lengths.
func Glob(pattern, name string) bool {
	p, n := 0, 0
	star, from := -1, 0 // the last * and where it stopped: it takes one character more on a miss
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p, n = p+1, n+1
		case star < 0:
			return false
		default:
			from++
			p, n = star+1, from
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
