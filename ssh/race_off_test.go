//go:build !race

package ssh_test

const raceOn = false
