package envfile

import (
	"bytes"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Fault is a place that bash cannot parse.
type Fault struct {
	Line int
	Text string // bash's words: syntax error near unexpected token `fi'
}

// Syntax says what about the file bash cannot parse: bash -n, which runs nothing of it. It
// is bounded as [Load] is, and its errors are an [*Error] too.
func Syntax(ctx context.Context, o Options) ([]Fault, error) {
	said, err := runBash(ctx, o, surroundings(o), "-n")
	if err != nil {
		return nil, err
	}
	return Faults(said.output.buf.Bytes()), nil
}

// complaint is a line of bash about a line of a file, in any language: FILE: line 3: TEXT.
var complaint = regexp.MustCompile(`^.*?: \S+ ([0-9]+): (.+)$`)

// Faults reads what bash -n has said.
func Faults(said []byte) []Fault {
	var all []Fault
	for text := range strings.SplitSeq(string(said), "\n") {
		m := complaint.FindStringSubmatch(text)
		if m == nil || strings.HasPrefix(m[2], "`") {
			continue // the line itself, quoted once more
		}
		line, err := strconv.Atoi(m[1])
		if f := (Fault{line, m[2]}); err == nil && !slices.Contains(all, f) {
			all = append(all, f)
		}
	}
	return all
}

// faultsIn finds in the output of a file what bash could not parse of it: lines that bash -n
// says too. Neither alone is proof: the file may say anything, and bash -n does not know what
// a shopt in the file allows.
func faultsIn(ctx context.Context, o Options, base environ, output []byte) []Fault {
	said, err := runBash(ctx, o, base, "-n")
	if err != nil {
		return nil
	}
	var both []byte
	lines := bytes.Split(output, []byte{'\n'})
	for line := range bytes.SplitSeq(said.output.buf.Bytes(), []byte{'\n'}) {
		if slices.ContainsFunc(lines, func(l []byte) bool { return bytes.Equal(l, line) }) {
			both = append(append(both, line...), '\n')
		}
	}
	return Faults(both)
}
