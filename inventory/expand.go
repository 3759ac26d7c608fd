package inventory

import (
	"fmt"
	"strconv"
	"strings"
)

// Expand is the inverse of [Fold]: it returns the names of a comma-separated list, its
// ranges written out: "w[01-03],m1" is w01 w02 w03 m1. Blanks separate too; "" is no name.
// A list of more than 100,000 names is refused.
func Expand(list string) ([]string, error) {
	var names []string
	for _, word := range splitList(list) {
		more, err := expand(word, maxHosts-len(names))
		if err != nil {
			return nil, fmt.Errorf("%q: %w", word, err)
		}
		names = append(names, more...)
	}
	return names, nil
}

// splitList cuts a list at commas and blanks that stand outside brackets.
func splitList(list string) []string {
	depth := 0
	return strings.FieldsFunc(list, func(c rune) bool {
		switch c {
		case '[':
			depth++
		case ']':
			depth = max(0, depth-1)
		case ',':
			return depth == 0
		case ' ', '\t', '\n':
			return true
		}
		return false
	})
}

// expand writes the ranges of one word out, at most most names.
func expand(word string, most int) ([]string, error) {
	names := []string{""}
	for word != "" {
		before, inner, after, found := cutRange(word)
		numbers := []string{""}
		if found {
			var err error
			if numbers, err = expandNumbers(inner, most); err != nil {
				return nil, err
			}
		}
		if len(names)*len(numbers) > most {
			return nil, fmt.Errorf("more than %d hosts in a list", maxHosts)
		}
		next := make([]string, 0, len(names)*len(numbers))
		for _, name := range names {
			for _, number := range numbers {
				next = append(next, name+before+number)
			}
		}
		names, word = next, after
	}
	if len(names) > most {
		return nil, fmt.Errorf("more than %d hosts in a list", maxHosts)
	}
	return names, nil
}

// cutRange parts a word at its first brackets.
func cutRange(word string) (before, inner, after string, found bool) {
	open := strings.IndexByte(word, '[')
	if open < 0 {
		return word, "", "", false
	}
	inner, after, closed := strings.Cut(word[open+1:], "]")
	if !closed {
		return word, "", "", false // checkName refuses what is left of brackets
	}
	return word[:open], inner, after, true
}

// expandNumbers writes "01-03,7" out: 01 02 03 7. A first number with leading zeros gives
// its width to the range.
func expandNumbers(list string, most int) ([]string, error) {
	var numbers []string
	for item := range strings.SplitSeq(list, ",") {
		low, high, isRange := strings.Cut(item, "-")
		if !isRange {
			high = low
		}
		first, ok1 := number(low)
		last, ok2 := number(high)
		width := len(low)
		if low[:min(1, width)] != "0" {
			width = 0
		}
		switch {
		case !ok1 || !ok2:
			return nil, fmt.Errorf("[%s] is no range of numbers", list)
		case first > last:
			return nil, fmt.Errorf("the range %s runs backwards", item)
		case isRange && high[0] == '0' && len(high) != max(width, 1):
			return nil, fmt.Errorf("the range %s has two widths", item)
		case last-first >= uint64(max(0, most-len(numbers))):
			return nil, fmt.Errorf("more than %d hosts in a list", maxHosts)
		}
		for n := first; n <= last; n++ {
			numbers = append(numbers, pad(n, width))
		}
	}
	return numbers, nil
}

// maxDigits keeps numbers well inside 64 bits.
const maxDigits = 18

func number(digits string) (uint64, bool) {
	if len(digits) > maxDigits || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, err == nil
}

func pad(n uint64, width int) string {
	digits := strconv.FormatUint(n, 10)
	return strings.Repeat("0", max(0, width-len(digits))) + digits
}
