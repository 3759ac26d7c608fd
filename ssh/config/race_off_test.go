//go:build !race

package config

// randomConfigs is how many of them TestRandomFilesAsOpenSSH compares.
const randomConfigs = 10_000
