package inventory

import (
	"net/netip"
	"slices"
	"strings"
)

// Fold writes names short, for a reader and for -w: "w[001-117]", "w[017,044]",
// "m1,w[01-20].rack1". Groups stand in the order of their first name, numbers within a group
// are sorted, a name that is given twice is written once. The work grows with the number
// of names, sorting apart. [Expand] gives the same names back if they are names that
// [Load] accepts.
func Fold(names []string) string {
	type key struct {
		prefix, suffix string
		number         bool
	}
	groups := map[key]*group{}
	var order []*group
	for _, name := range names {
		prefix, digits, suffix := cutNumber(name)
		k := key{prefix, suffix, digits != ""}
		g := groups[k]
		if g == nil {
			g = &group{prefix: prefix, suffix: suffix}
			groups[k] = g
			order = append(order, g)
		}
		if digits != "" {
			n, _ := number(digits)
			g.numbers = append(g.numbers, written{n, digits})
		}
	}
	folded := make([]string, len(order))
	for i, g := range order {
		folded[i] = g.String()
	}
	return strings.Join(folded, ",")
}

// group is the names that differ in one number only; without numbers it is one name.
type group struct {
	prefix, suffix string
	numbers        []written
}

// written is a number and how it is written: 7, 07 and 007 are three names.
type written struct {
	n      uint64
	digits string
}

func (g *group) String() string {
	slices.SortFunc(g.numbers, func(a, b written) int {
		if a.n != b.n {
			if a.n < b.n {
				return -1
			}
			return 1
		}
		return len(a.digits) - len(b.digits)
	})
	g.numbers = slices.Compact(g.numbers)
	switch len(g.numbers) {
	case 0:
		return g.prefix + g.suffix
	case 1:
		return g.prefix + g.numbers[0].digits + g.suffix
	}
	var runs []string
	for rest := g.numbers; len(rest) > 0; {
		n := run(rest)
		item := rest[0].digits
		if n > 1 {
			item += "-" + rest[n-1].digits
		}
		runs = append(runs, item)
		rest = rest[n:]
	}
	return g.prefix + "[" + strings.Join(runs, ",") + "]" + g.suffix
}

// run is how many of the numbers one range writes.
func run(numbers []written) int {
	first := numbers[0]
	width := 0
	if first.digits[0] == '0' {
		width = len(first.digits)
	}
	n := 1
	for n < len(numbers) && numbers[n].n == first.n+uint64(n) && numbers[n].digits == pad(numbers[n].n, width) {
		n++
	}
	return n
}

// cutNumber parts a name around the number that tells it from its neighbours: the last one
// of the first label (w017 in w017.rack2.example), the last one of an address.
func cutNumber(name string) (prefix, digits, suffix string) {
	at := strings.LastIndexByte(name, '@') + 1
	end := len(name)
	if _, err := netip.ParseAddr(name[at:]); err != nil {
		if dot := strings.IndexByte(name[at:], '.'); dot >= 0 {
			end = at + dot
		}
	}
	isDigit := func(c rune) bool { return '0' <= c && c <= '9' }
	last := strings.LastIndexFunc(name[at:end], isDigit)
	if last < 0 {
		return name, "", ""
	}
	stop := at + last + 1
	start := len(strings.TrimRightFunc(name[:stop], isDigit))
	start = max(start, at)
	if stop-start > maxDigits {
		return name, "", ""
	}
	return name[:start], name[start:stop], name[stop:]
}
