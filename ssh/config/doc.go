// Package config is ssh_config(5) for one name: to which address, port and user does
// `ssh NAME` go, with which keys, through which bastion, and what counts as its host key?
//
// kevinburke/ssh_config reads the files; the rules are applied here, as OpenSSH 9.2 has them,
// with what came up to 10.0 where it adds to them: first value wins, user file before system
// file, Host and Match, a second pass for Match final and CanonicalizeHostname, quotes,
// Include, tokens. It differs in one default: a host key that was never seen is accepted and
// remembered, where ssh asks.
//
// A keyword, a criterion or the name of an algorithm that is not known here is asked of `ssh
// -G`, for the names that it may apply to: that ssh may be newer than this package. What ssh refuses is an [*Error] with
// file and line, and never guessed. What only OpenSSH can do (GSSAPI, PKCS#11 and their like)
// is named in [Host.NeedSSH]. What changes neither whom we reach nor whom we trust is read
// past: forwardings, terminals, compression.
//
// Begin reading at [Load], then [Files.Host]; [Files.Hop] is for bastions, [ParseOptions] for
// SPARK_SSH_OPTS, [Host.Settings] for who wants to show it all. The way of a line: lex.go,
// read.go, values.go; of a name: host.go, block.go, match.go, canonical.go, answer.go.
package config
