//go:build race

package shelltest

const raceOn = true
