// Package shell is the vocabulary of one script on one machine: what goes in
// ([Script]), what comes out ([Output], [Record]), who carries it ([Runner]) and
// what may go wrong on the way ([Error] with its [Class]).
//
// A script is POSIX sh. It travels on the standard input of the constant command
// [Command], so nothing is quoted twice and no login shell has to understand it.
// Its answer is framed by a nonce: whatever a chatty login shell writes before the
// script is kept apart as noise, and an answer without its end is never taken for
// a whole one. Both directions stand side by side in this package ([Exchange]);
// a runner only moves bytes.
//
// [Local] is the runner for this machine; package ssh holds the one for others.
// Begin reading at Runner, then Exchange.
package shell
