package config

import (
	"context"
	"fmt"
)

// line is a setting, or the head of a block.
type line struct {
	keyword string // lower case, of the present name
	kind    kind
	args    []string
	rest    string // as it is written
	file    string // "" if it was typed with the name
	number  int    // 0 on the command line
	users   bool   // of the user's files or the command line, not of the system's
	strange string // the name of an algorithm that only ssh may know
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

// block is what a Host or a Match line opens. No block at all is every name.
type block struct {
	id       int
	within   *block // that an Include stands in: it must apply too
	head     line
	criteria []criterion // of a Match
}

// stretch is lines of a block without another block among them: after an Include, a block
// goes on.
type stretch struct {
	block *block
	opens bool // the line of the block itself stands in front
	lines []line
}

// pass goes through all lines once, as readconf.c does: a block is judged when it is reached,
// by what the lines before it have set.
func (r *resolution) pass(ctx context.Context) error {
	applies := make([]bool, r.files.blocks)
	for _, s := range r.files.stretches {
		if s.opens {
			if w := s.block.within; w != nil && !applies[w.id] {
				continue
			}
			var err error
			if applies[s.block.id], err = r.opens(ctx, s.block); err != nil {
				return err
			}
		}
		if s.block != nil && !applies[s.block.id] {
			continue
		}
		for _, l := range s.lines {
			r.take(l)
		}
	}
	return nil
}

func (r *resolution) opens(ctx context.Context, b *block) (bool, error) {
	if b.criteria == nil {
		return patterns(b.head.args).match(r.host), nil
	}
	return r.meets(ctx, b)
}

// take notes a line that applies. The first of a keyword wins; key files and variables to
// send add up.
func (r *resolution) take(l line) {
	_, taken := r.first[l.keyword]
	switch l.kind {
	case unknown:
		if ignored, ok := r.first["ignoreunknown"]; !r.undecided && !(ok && patternList(ignored.args[0], l.keyword, true)) {
			r.undecided, r.why = true, l
		}
		return
	case preferred:
		if l.strange != "" && !r.undecided {
			r.undecided, r.why = true, l
		}
	case keyFile:
		for _, other := range r.many[l.keyword] {
			if other.args[0] == l.args[0] && other.users == l.users {
				return
			}
		}
		r.many[l.keyword] = append(r.many[l.keyword], l)
	case variables:
		r.sendEnv = send(r.sendEnv, l.args)
	case interval:
		if l.args[0] == "none" {
			return // as if it were not there: a later value counts
		}
	case jump:
		_, other := r.first["proxycommand"]
		taken = taken || other
	}
	if l.keyword == "proxycommand" {
		way, other := r.first["proxyjump"]
		taken = taken || other && way.args[0] != "none" // ssh lets a command follow a ProxyJump none
	}
	if !taken && l.kind != ignore {
		r.first[l.keyword] = l
	}
}

// send adds variables to those to send, and removes those with a - in front.
func send(all, words []string) []string {
	for _, word := range words {
		if word[0] != '-' {
			all = append(all, word)
			continue
		}
		var kept []string
		for _, name := range all {
			if !Glob(word[1:], name) {
				kept = append(kept, name)
			}
		}
		all = kept
	}
	return all
}
