//go:build race

package config

// randomConfigs is how many of them TestRandomFilesAsOpenSSH compares. The race detector sees
// no more in more of them; the run without it has the number that counts.
const randomConfigs = 500
