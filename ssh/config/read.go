package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	kevinburke "github.com/kevinburke/ssh_config"
)

// maxDepth is how deep Include may nest, as in OpenSSH.
const maxDepth = 16

// source is a file, and whether it is the user's: relative names and ~ in it mean ~/.ssh.
type source struct {
	name  string
	users bool
}

// block is a Host line and the one that it stands under, by an Include: both must match. No
// block at all is every name.
type block struct {
	names  patterns
	within *block
}

func (b *block) match(name string) bool {
	return b == nil || b.names.match(name) && b.within.match(name)
}

// always reports whether every name matches.
func (b *block) always() bool {
	negated := func(s string) bool { return s[0] == '!' }
	return b == nil || slices.Contains(b.names, "*") && !slices.ContainsFunc(b.names, negated) && b.within.always()
}

// line is a setting and the block that it stands in.
type line struct {
	keyword string // lower case, of the present name
	args    []string
	rest    string // as it is written
	file    string
	number  int
	within  *block
}

func (l line) at() string {
	if l.number == 0 {
		return l.file
	}
	return fmt.Sprintf("%s:%d", l.file, l.number)
}

func (l line) refuse(hint, format string, args ...any) *Error {
	return &Error{File: l.file, Line: l.number, Keyword: l.keyword, Hint: hint, Err: fmt.Errorf(format, args...)}
}

// reader collects the lines of all files.
type reader struct {
	options Options
	lines   []line
	ignored patterns // IgnoreUnknown
}

// ours matches the keywords that kevinburke/ssh_config is not to make anything of: it would
// refuse a whole file for a Match, and loses where a block of an included file ends.
var ours = regexp.MustCompile(`(?im)^[ \t\r]*(host|match|include)\b`)

// file reads one file, and what it includes, within a block.
func (r *reader) file(f source, within *block, depth int) error {
	if f.name == "" {
		return nil
	}
	text, err := os.ReadFile(f.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &Error{File: f.name, Err: underlying(err)}
	}
	if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
		return &Error{File: f.name, Line: 1, Err: errors.New("a byte order mark, which ssh refuses"), Hint: "sed -i '1s/^...//' " + f.name}
	}
	parsed, err := kevinburke.DecodeBytes(ours.ReplaceAll(text, []byte("x-$1")))
	if err != nil {
		return &Error{File: f.name, Err: err, Hint: "ssh -G -F " + f.name + " any"}
	}
	settings := map[int]bool{}
	for _, node := range parsed.Hosts[0].Nodes {
		if kv, ok := node.(*kevinburke.KV); ok {
			settings[kv.Pos().Line] = true
		}
	}
	current := within
	for i, raw := range strings.Split(string(text), "\n") {
		l, err := parse(raw, f.name, i+1)
		if err == nil && l.keyword != "" && (!settings[i+1] || strings.Contains(raw, "\x00")) {
			err = l.refuse("", "this line is not understood by this version")
		}
		if err == nil {
			current, err = r.line(l, f, within, current, depth)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// line reads one line of a file; the answer is the block that the next one stands in.
func (r *reader) line(l line, f source, within, current *block, depth int) (*block, error) {
	switch l.keyword {
	case "":
		return current, nil
	case "host":
		return &block{l.args, within}, nil
	case "match":
		return within, l.match()
	case "include":
		return current, r.include(l, f, current, depth)
	}
	l.within = current
	return current, r.take(l)
}

// match knows Match all. Any other criterion may depend on what is not known here, and from
// OpenSSH's rules it could change every host.
func (l line) match() error {
	if len(l.args) == 1 && strings.EqualFold(l.args[0], "all") && !strings.Contains(l.rest, "'") {
		return nil
	}
	return l.refuse("sparkops -F FILE, with a FILE of plain Host blocks", "%q is not understood by this version, so no host of this file can be read surely", "Match "+l.rest)
}

func (r *reader) include(l line, from source, within *block, depth int) error {
	if depth >= maxDepth {
		return l.refuse("", "more than %d levels deep", maxDepth)
	}
	for _, pattern := range l.args {
		path, err := r.includePath(pattern, from)
		if err != nil {
			return l.refuse("", "%w", err)
		}
		found, err := filepath.Glob(path)
		if err != nil {
			return l.refuse("", "%s: %w", pattern, err)
		}
		sort.Strings(found)
		for _, name := range found {
			if hidden(path, name) {
				continue
			}
			file, err := os.Stat(name)
			if err != nil {
				return l.refuse("", "%s: %w", name, underlying(err))
			}
			if file.IsDir() {
				continue // as ssh: empty
			}
			if err := r.file(source{name, from.users}, within, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// hidden reports whether a * or ? stands for the dot of a hidden file, which in glob(3) it
// does not.
func hidden(pattern, name string) bool {
	parts := strings.Split(filepath.Clean(pattern), "/")
	for i, part := range strings.Split(filepath.Clean(name), "/") {
		if i < len(parts) && strings.HasPrefix(part, ".") && !strings.HasPrefix(parts[i], ".") {
			return true
		}
	}
	return false
}

func (r *reader) includePath(pattern string, from source) (string, error) {
	switch {
	case strings.HasPrefix(pattern, "~/") && from.users:
		return filepath.Join(r.options.Home, pattern[2:]), nil
	case strings.HasPrefix(pattern, "~"), strings.Contains(pattern, "${"), strings.Contains(pattern, "[!"), strings.Contains(pattern, "[^"):
		return "", fmt.Errorf("%s is not understood by this version", pattern)
	case filepath.IsAbs(pattern):
		return pattern, nil
	case from.users:
		return filepath.Join(r.options.Home, ".ssh", pattern), nil
	}
	return filepath.Join("/etc/ssh", pattern), nil
}

// take notes one setting, if it is one that ssh would take.
func (r *reader) take(l line) error {
	kind, known := keywords[l.keyword]
	if !known {
		if r.ignored.match(l.keyword) {
			return nil
		}
		return l.refuse("ssh -G any shows what ssh makes of it; IgnoreUnknown "+l.keyword+" in front of it reads past", "ssh does not know this keyword")
	}
	if kind == ignore {
		return nil
	}
	if err := l.check(kind); err != nil {
		return err
	}
	if l.keyword == "ignoreunknown" && r.ignored == nil {
		r.ignored = patterns{} // the first one counts; under a Host it is not sure to be the first
		if l.within.always() {
			r.ignored = strings.Split(strings.ToLower(l.args[0]), ",")
		}
	}
	r.lines = append(r.lines, l)
	return nil
}

// underlying is the reason without the path, which stands in our own text.
func underlying(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}
