//go:build race

package ssh_test

// raceOn: the race detector watches, and makes everything slow.
const raceOn = true
