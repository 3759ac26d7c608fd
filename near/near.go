// Package near finds what a mistyped name may have been meant for. It knows nothing of what
// the names are of: hosts, variables, commands. Begin at [Names].
package near

import "slices"

// Names is up to three of known that name may be a slip for, the nearest first. A slip is one
// byte inserted, removed or replaced, and one more for each six bytes of the name.
func Names(name string, known []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var found []candidate
	most := 1 + len(name)/6
	for _, k := range known {
		if d := distance(name, k, most); d <= most {
			found = append(found, candidate{k, d})
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
