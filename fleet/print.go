package fleet

import (
	"slices"
	"strings"
)

// sameScript groups tasks of the same script text, in the order of their first member.
func sameScript(tasks []Task) [][]Task {
	var groups [][]Task
	for _, t := range tasks {
		i := slices.IndexFunc(groups, func(g []Task) bool {
			s := g[0].Script
			return s.Name == t.Script.Name && s.Body == t.Script.Body && slices.Equal(s.Vars, t.Script.Vars)
		})
		if i < 0 {
			groups = append(groups, []Task{t})
			continue
		}
		groups[i] = append(groups[i], t)
	}
	return groups
}

func indent(text string) string {
	lines := strings.SplitAfter(strings.TrimRight(text, "\n"), "\n")
	return "    " + strings.Join(lines, "    ") + "\n"
}
