//go:build !race

package shelltest

const raceOn = false
