package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"syscall"

	kevinburke "github.com/kevinburke/ssh_config"
)

// maxDepth is how deep Include may nest, as in OpenSSH.
const maxDepth = 16

// source is a file, and whether it is the user's: relative names and ~ in it mean ~/.ssh.
type source struct {
	name  string
	users bool
}

// reader collects the lines of all files.
type reader struct{ *Files }

// ours matches the keywords that kevinburke/ssh_config is not to make anything of: it would
// refuse a whole file for a Match, and loses where a block of an included file ends.
var ours = regexp.MustCompile(`(?im)^[ \t\r]*(host|match|include)\b`)

// file reads one file, and what it includes, within a block.
func (r *reader) file(f source, within *block, depth int) error {
	if f.name == "" {
		return nil
	}
	text, err := readFile(f.name, cmp.Or(r.FileBound, processBound))
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.name != r.File:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return &Error{File: f.name, Err: underlying(err), Hint: "sparkops -F FILE"}
	case errors.Is(err, errDirectory) && f.name != r.File:
		r.Warnings = append(r.Warnings, f.name+" is a directory, and is passed over as by ssh")
		return nil
	case errors.Is(err, fs.ErrPermission) && depth == 0 && f.name != r.File:
		r.Warnings = append(r.Warnings, f.name+" cannot be read, and is passed over as by ssh")
		return nil
	}
	if err != nil {
		return &Error{File: f.name, Err: underlying(err), Hint: "ls -lL " + f.name}
	}
	if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
		return &Error{File: f.name, Line: 1, Err: errors.New("a byte order mark, which ssh refuses"), Hint: "sed -i '1s/^...//' " + f.name}
	}
	if !slices.Contains(r.Names, f.name) {
		r.Names = append(r.Names, f.name)
	}
	if err := r.guarded(f.name, depth); err != nil {
		return err
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

// guarded refuses, as ssh does, a file that others may write to, or that is another user's: the
// user's own, and each that is included. Those of -F and of the system ssh does not look at. A
// group of the user's own, of the same number, is nobody else.
func (r *reader) guarded(name string, depth int) error {
	info, err := os.Stat(name)
	if err != nil || depth == 0 && name != r.UserFile {
		return nil
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	others := fs.FileMode(0o022)
	if ok && stat.Gid == stat.Uid {
		others = 0o002
	}
	switch {
	case ok && stat.Uid != 0 && int(stat.Uid) != os.Getuid():
		return &Error{File: name, Err: fmt.Errorf("bad owner, uid %d: ssh refuses such a file", stat.Uid), Hint: "chown " + r.User + " " + name}
	case info.Mode()&others != 0 && info.Mode().IsRegular():
		return &Error{File: name, Err: fmt.Errorf("bad permissions, %#o: others may write to it, and ssh refuses such a file", info.Mode().Perm()), Hint: "chmod go-w " + name}
	}
	return nil
}

// line reads one line of a file; the answer is the block that the next one stands in.
func (r *reader) line(l line, f source, within, current *block, depth int) (*block, error) {
	l.users = f.users
	switch l.keyword {
	case "":
		return current, nil
	case "include":
		return current, r.include(l, f, current, depth)
	case "host", "match":
		b := &block{id: r.blocks, within: within, head: l}
		if l.keyword == "match" {
			var err error
			if b.criteria, err = l.criteria(); err != nil {
				return nil, err
			}
			r.final = r.final || slices.ContainsFunc(b.criteria, func(c criterion) bool { return c.name == "final" })
		}
		r.blocks++
		r.stretches = append(r.stretches, stretch{block: b, opens: true})
		return b, nil
	}
	if err := l.check(); err != nil {
		return nil, err
	}
	r.strict = r.strict || l.kind == policy
	if last := len(r.stretches) - 1; last < 0 || r.stretches[last].block != current {
		r.stretches = append(r.stretches, stretch{block: current})
	}
	last := &r.stretches[len(r.stretches)-1]
	last.lines = append(last.lines, l)
	return current, nil
}

// option reads a setting of the command line.
func (r *reader) option(s Setting) error {
	l, err := parse(s.Keyword+"="+s.Value, optionsName, 0)
	l.users = true
	if err == nil && l.kind == structure {
		err = l.refuse("put it into ~/.ssh/config", "ssh does not know this keyword on its command line")
	}
	if err == nil {
		err = l.check()
	}
	r.strict = r.strict || l.kind == policy
	r.extra = append(r.extra, l)
	return err
}

func (r *reader) include(l line, from source, within *block, depth int) error {
	if depth >= maxDepth {
		return l.refuse("", "more than %d levels deep", maxDepth)
	}
	for _, pattern := range l.args {
		path, err := r.includePath(pattern, from)
		if _, nobody := errors.AsType[user.UnknownUserError](err); nobody {
			continue // as a pattern that matches nothing
		}
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

// includePath is the pattern that glob(3) gets: from ~/.ssh or /etc/ssh on, with ${NAME}
// expanded as OpenSSH 10.0 does and 9.2 does not.
func (r *reader) includePath(pattern string, from source) (string, error) {
	if strings.HasPrefix(pattern, "~") && !from.users {
		return "", fmt.Errorf("%s: ~ means nothing in a system file", pattern)
	}
	pattern, err := expand(strings.ReplaceAll(pattern, "%", "%%"), map[byte]string{'%': "%"}, r.env)
	if err != nil {
		return "", fmt.Errorf("%s: %w", pattern, err)
	}
	pattern = strings.ReplaceAll(pattern, "[!", "[^") // Go's way to write it
	switch {
	case strings.HasPrefix(pattern, "~"):
		return r.tilde(pattern)
	case filepath.IsAbs(pattern):
		return pattern, nil
	case from.users:
		return filepath.Join(r.Home, ".ssh", pattern), nil
	}
	return filepath.Join(filepath.Dir(r.SystemFile), pattern), nil
}

// underlying is the reason without the path, which stands in our own text.
func underlying(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}
