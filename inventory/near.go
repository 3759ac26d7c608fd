package inventory

import (
	"slices"
	"strings"
)

// near is up to three names of the cluster that name may be a slip for, the nearest first.
func (x *index) near(name string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var found []candidate
	name = strings.ToLower(name)
	most := 1 + len(name)/6
	for _, known := range x.inside {
		if d := distance(name, known, most); d <= most {
			found = append(found, candidate{known, d})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.distance - b.distance })
	var names []string
	for _, c := range found[:min(3, len(found))] {
		names = append(names, c.name)
	}
	return names
}

// distance is the number of bytes to insert, remove or replace between a and b (Levenshtein),
// or most+1 if it is larger than most by their lengths alone.
func distance(a, b string, most int) int {
	if max(len(a)-len(b), len(b)-len(a)) > most {
		return most + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
