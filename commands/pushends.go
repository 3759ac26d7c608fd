package commands

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"

	"sparkops/envfile"
	"sparkops/envfile/lint"
)

// unclosed is what bash warns of a here-document that goes on to the end of its file.
var unclosed = regexp.MustCompile(`(?m)here-document at line ([0-9]+) delimited by end-of-file.*$`)

// endings are the places at which a spark-env.sh ends for bash before its last line: the part of
// a host that stands behind would be without effect.
func endings(ctx context.Context, in lint.Input) (all []lint.Finding) {
	path := in.Name
	common, part, from := envfile.Split(in.Text)
	own, file := part.Text, part.File
	level, effect := lint.Warning, "all that stands below it is read as data, and sets nothing"
	if from > 0 {
		level, effect = lint.Error, "all that stands below it is read as data, also the part of this host in "+file
		for _, l := range envfile.Leaves(common) {
			f := lint.Finding{
				ID: "push.leaves", Level: lint.Warning, Line: l.Line, Message: "`" + l.Word + "` may end the file there",
				Effect: "where it does, bash does not come to the part of this host in " + file,
				Hint:   fmt.Sprintf("sed -n %dp %s", l.Line, path),
			}
			if l.Always {
				f.Level, f.Message, f.Effect = lint.Error, "`"+l.Word+"` ends the file there", "bash does not come to the part of this host in "+file
			}
			all = append(all, f)
		}
	}
	if m := openEnd(ctx, common); m > 0 {
		all = append(all, unclosedAt(m, path, level, effect))
	}
	if m := openEnd(ctx, own); m > 0 {
		f := unclosedAt(m, in.Own.Name, lint.Warning, "all that stands below it is read as data, and sets nothing")
		f.Own = true
		all = append(all, f)
	}
	return all
}

// openEnd is the line of a here-document without an end, 0 if there is none.
func openEnd(ctx context.Context, text []byte) int {
	if !bytes.Contains(text, []byte("<<")) {
		return 0
	}
	said, _ := bashReads(ctx, text)
	m := unclosed.FindSubmatch(said)
	if m == nil {
		return 0
	}
	line, _ := strconv.Atoi(string(m[1])) // digits
	return line
}

func unclosedAt(line int, path string, level lint.Level, effect string) lint.Finding {
	return lint.Finding{
		ID: "push.here-document", Level: level, Line: line, Message: "a here-document (<<) that nothing ends", Effect: effect, Hint: "bash -n " + path,
	}
}
