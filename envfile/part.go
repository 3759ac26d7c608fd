package envfile

import (
	"bytes"
	"fmt"
	"slices"
)

// PartMark begins the line above a host's own part of spark-env.sh. Nobody else writes such a line.
const PartMark = "# ---- sparkops push-env: "

// Join is spark-env.sh for one host. bash reads the part last, so it wins. The empty line
// keeps a backslash at the end of the first part from taking the mark with it.
func Join(text []byte, host string, part []byte) []byte {
	joined := slices.Clone(text)
	if len(text) > 0 && !bytes.HasSuffix(text, []byte{'\n'}) {
		joined = append(joined, '\n')
	}
	joined = fmt.Appendf(joined, "\n%swhat follows is spark-env.%s.sh, for this host only ----\n", PartMark, host)
	return append(joined, part...)
}

// Split is what [Join] was made of; without a mark, the text and false. The first part ends in a
// line end, whether it did or not.
func Split(text []byte) (common, part []byte, joined bool) {
	common, rest, joined := bytes.Cut(text, []byte("\n"+PartMark))
	if joined {
		_, part, _ = bytes.Cut(rest, []byte{'\n'})
	}
	if len(common) > 0 && !bytes.HasSuffix(common, []byte{'\n'}) {
		common = append(slices.Clone(common), '\n')
	}
	return common, part, joined
}
