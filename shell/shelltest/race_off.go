//go:build !race

package shelltest

// Watched is whether the race detector looks on: what only counts cases may then count fewer.
const Watched = false
