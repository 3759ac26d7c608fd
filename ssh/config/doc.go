// Package config is ssh_config(5) for one name: to which address, port and user does
// `ssh NAME` go, with which keys, through which bastion, and what counts as its host key?
//
// kevinburke/ssh_config reads the files; the rules are applied here, as OpenSSH 9.2 has
// them: first value wins, user file before system file, patterns, quotes, Include, tokens.
// This version knows plain settings. Whatever it cannot be sure of (a Match other than
// `Match all`, a setting that leads elsewhere and is not read here) is refused with file and
// line, and never guessed; what changes neither whom we reach nor whom we trust is read past.
//
// Begin reading at [Load], then [Files.Host]; [Files.Hop] is for bastions.
package config
