package config

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// printed is what ssh -G says: the values of each keyword.
type printed map[string][]string

// ask has OpenSSH read what is not known here: it may be newer than we are. The answer is the
// name to connect to; all else takes the place of what was read.
func (r *resolution) ask(ctx context.Context) (string, error) {
	switch {
	case r.files.SSH != "":
	case r.why.kind == structure:
		return "", unasked(r.why.refuse("", "this criterion is not known, and there is no ssh to ask"))
	case r.why.kind == preferred:
		return "", unasked(r.why.refuse("", "ssh does not know %s, up to version 10.0, and there is none to ask", r.why.strange))
	default:
		return "", unasked(r.why.refuse(r.past(), "ssh does not know this keyword, up to version 10.0"))
	}
	said, err := r.sshG(ctx, slices.Concat([]string{"-G"}, r.args, []string{r.destination})...)
	if err != nil {
		return "", err
	}
	plain, err := r.sshG(ctx, "-G", "-F", "none", "localhost") // what stands in no file
	if err != nil {
		return "", err
	}
	target := strings.Join(said["hostname"], "")
	r.first, r.many, r.sendEnv = map[string]line{}, map[string][]line{}, nil
	for keyword, values := range said {
		// To ask is what ssh does where nothing is said; here it has to be said.
		if !slices.Equal(values, plain[keyword]) || keyword == "stricthostkeychecking" && r.files.strict {
			r.said(keyword, values)
		}
	}
	if target == strings.ToLower(r.name) {
		delete(r.first, "hostname")
	}
	r.settle(target)
	return target, nil
}

func unasked(e *Error) *Error {
	e.Unasked = true
	return e
}

// past is how to have an unknown keyword read past, or what else to do about the line.
func (r *resolution) past() string {
	switch {
	case r.why.kind == structure:
		return ""
	case r.why.number == 0:
		return takeOut
	case r.why.kind == preferred:
		return "ssh -Q " + queries[r.why.keyword]
	}
	return "IgnoreUnknown " + r.why.keyword + " in front of it reads past it"
}

// said takes a keyword as ssh has printed it: a line for each value of some, one line of all
// for others, and paths expanded or as they were written.
func (r *resolution) said(keyword string, values []string) {
	for _, value := range values {
		l := line{keyword: keyword, kind: keywords[keyword], file: "ssh -G", args: []string{value}, rest: value}
		switch {
		case l.kind == unknown || l.kind == structure || value == "none" && l.kind == interval:
			continue
		case l.kind == list || l.kind == domains || l.kind == cnames:
			l.args = strings.Fields(strings.ReplaceAll(value, "%", "%%"))
		case keyword == "setenv":
			l.args = values
		case keyword == "controlpath" || keyword == "identityagent":
			l.args[0] = strings.ReplaceAll(value, "%", "%%")
		}
		if err := l.check(); err == nil {
			r.take(l)
		}
	}
}

// sshG asks ssh -G, once with the same arguments.
func (r *resolution) sshG(ctx context.Context, args ...string) (printed, error) {
	all, err := r.files.answers.do(ctx, strings.Join(args, "\x00"), func(ctx context.Context) (printed, error) {
		var stdout, stderr bytes.Buffer
		if err := program(ctx, &stdout, &stderr, r.files.SSH, args...); err != nil {
			return nil, r.objection(stderr.String(), err)
		}
		all := printed{}
		for l := range strings.Lines(stdout.String()) {
			keyword, value, _ := strings.Cut(strings.TrimRight(l, "\n"), " ")
			keyword = strings.ToLower(keyword)
			all[keyword] = append(all[keyword], value)
		}
		return all, nil
	})
	if _, ok := errors.AsType[*Error](err); err != nil && !ok {
		err = r.why.refuse("", "asking ssh -G: %w", err)
	}
	return all, err
}

// where is how ssh begins what it says about a line.
var where = regexp.MustCompile(`(?m)^(.+?):? line (\d+): (.*?)\.?\r?$`)

// objection is why ssh -G has failed, in its own words.
func (r *resolution) objection(said string, err error) *Error {
	e := &Error{File: r.why.file, Line: r.why.number, Keyword: r.why.keyword, Hint: r.past(), Err: err}
	if m := where.FindStringSubmatch(said); m != nil {
		if m[1] == "command-line" {
			m[1] = optionsName
		}
		if n, _ := strconv.Atoi(m[2]); m[1] != e.File || n != e.Line {
			e.File, e.Line, e.Keyword, e.Hint = m[1], n, "", ""
		}
		e.Err = errors.New(m[3])
	} else if said = strings.TrimSpace(said); said != "" {
		e.Err = errors.New(said)
	}
	return e
}
