package config

import (
	"path/filepath"
	"slices"
	"strings"
)

// assembled applies a list that begins with + - or ^ to the default, as kex.c does.
func assembled(list, unset string) string {
	if list == "" {
		return unset
	}
	mine := strings.Split(strings.TrimLeft(list, "+-^"), ",")
	all := strings.Split(unset, ",")
	in := func(of []string) func(string) bool {
		return func(name string) bool {
			return slices.ContainsFunc(of, func(pattern string) bool { ok, _ := filepath.Match(pattern, name); return ok })
		}
	}
	switch list[0] {
	case '+':
		all = append(all, slices.DeleteFunc(mine, in(all))...)
	case '^':
		all = append(mine, slices.DeleteFunc(all, in(mine))...)
	case '-':
		all = slices.DeleteFunc(all, in(mine))
	default:
		return list
	}
	return strings.Join(all, ",")
}

// difference says a list by its default: "" for that, +x for more behind it, -x for fewer,
// ^x for others in front of it, and the whole list otherwise, or where it is shorter.
func difference(list, unset string) string {
	all, before := strings.Split(list, ","), strings.Split(unset, ",")
	out := func(of []string) func(string) bool {
		return func(name string) bool { return !slices.Contains(of, name) }
	}
	if list == unset || unset == "" {
		return strings.TrimPrefix(list, unset)
	}
	if more, ok := strings.CutPrefix(list, unset+","); ok {
		return "+" + more
	}
	if slices.Equal(slices.DeleteFunc(slices.Clone(before), out(all)), all) {
		fewer := "-" + strings.Join(slices.DeleteFunc(slices.Clone(before), func(s string) bool { return !out(all)(s) }), ",")
		if len(fewer) < len(list) {
			return fewer
		}
		return list
	}
	for n := range all {
		front := all[:n+1]
		if slices.Equal(append(slices.Clone(front), slices.DeleteFunc(slices.Clone(before), func(s string) bool { return !out(front)(s) })...), all) {
			return "^" + strings.Join(front, ",")
		}
	}
	return list
}
