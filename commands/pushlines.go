package commands

import (
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"sparkops/envfile/lint"
)

// line is a line as it is, and as it may be shown.
type line struct{ raw, shown string }

// side are the lines of a file. The text is masked whole: a secret may go over several lines.
func side(file, text string) []line {
	if text == "" {
		return nil
	}
	text = strings.TrimSuffix(text, "\n")
	raw, shown := strings.Split(text, "\n"), strings.Split(string(lint.MaskFile(file, []byte(text))), "\n")
	all := make([]line, len(raw))
	for i := range raw {
		all[i] = line{raw[i], shown[i]}
	}
	return all
}

// of are the lines of these numbers.
func of(all []line, numbers []int) (some []line) {
	for _, n := range numbers {
		if n <= len(all) {
			some = append(some, all[n-1])
		}
	}
	return some
}

// lines are the lines that differ. Of two that look alike since their secrets are hidden there
// is one, which says so.
func lines(old, wanted []line) []string {
	byText, all := map[line]int{}, []line{}
	numbered := func(lines []line) []byte {
		var text []byte
		for _, l := range lines {
			n, known := byText[l]
			if !known {
				n = len(all)
				byText[l], all = n, append(all, l)
			}
			text = append(strconv.AppendInt(text, int64(n), 10), '\n')
		}
		return text
	}
	_, text, _ := strings.Cut(string(diff.Diff("old", numbered(old), "new", numbered(wanted))), "\n@@")
	var out []string
	for one := range strings.Lines(text) {
		n, err := strconv.Atoi(strings.TrimSpace(one[1:]))
		if one[0] != '+' && one[0] != '-' || err != nil {
			out = append(out, "") // what stands apart is no pair
			continue
		}
		out = append(out, one[:1]+" "+all[n].shown)
	}
	return paired(out)
}

// paired makes one line of what goes and what comes and looks the same.
func paired(out []string) (all []string) {
	gone := map[string]int{} // what goes, by its place among all, since the last line that stays
	for _, one := range out {
		if one == "" {
			clear(gone)
			continue
		}
		if i, ok := gone[one[1:]]; ok && one[0] == '+' {
			all[i] = "~" + one[1:] + " changed"
			delete(gone, one[1:])
			continue
		}
		if one[0] == '-' {
			gone[one[1:]] = len(all)
		}
		all = append(all, one)
	}
	return all
}
