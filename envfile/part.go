package envfile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Part is what one host has of its own in spark-env.sh, and the file of the launcher that it stands in:
// spark-env.NAME.sh.
type Part struct {
	File string
	Text []byte
}

// PartMark begins the line above a host's own part of spark-env.sh. Nobody else writes such a line.
const PartMark = "# ---- sparkops push-env: "

// What stands around the file's name in that line.
const beforePart, behindPart = "what follows is ", ", for this host only ----"

// Join is spark-env.sh for one host. bash reads the part last, so it wins. The empty line
// keeps a backslash at the end of the first part from taking the mark with it.
func Join(text []byte, part Part) []byte {
	joined := slices.Clone(text)
	if len(text) > 0 && !bytes.HasSuffix(text, []byte{'\n'}) {
		joined = append(joined, '\n')
	}
	joined = fmt.Appendf(joined, "\n%s%s%s%s\n", PartMark, beforePart, part.File, behindPart)
	return append(joined, part.Text...)
}

// Split is what [Join] was made of, and the line at which the part begins; without a mark, the
// text and 0. The first part ends in a line end, whether it did or not.
func Split(text []byte) (common []byte, part Part, from int) {
	common, rest, joined := bytes.Cut(text, []byte("\n"+PartMark+beforePart))
	if joined {
		from = 3 + bytes.Count(common, []byte{'\n'})
		mark, own, _ := bytes.Cut(rest, []byte{'\n'})
		part.File, _, _ = strings.Cut(string(mark), behindPart)
		part.Text = own
	}
	if len(common) > 0 && !bytes.HasSuffix(common, []byte{'\n'}) {
		common = append(slices.Clone(common), '\n')
	}
	return common, part, from
}
