// Package sshtest holds SSH servers that run in this process.
//
// [Start] makes the friendly one. It behaves as sshd does where a client can tell:
// commands are real processes in sessions of their own, their exit status is sent when
// they end, and their channel stays open for as long as some child of theirs holds the
// output. It listens where it is told to, by default on loopback, logs nothing and keeps
// nothing on disk. The sandbox is built on it, the tests too.
//
// [StartRogue] makes one that misbehaves as its [Conduct] says, at once or from a [Phase]
// on; a [Relay] is the network
// between a client and a server, and fails.
package sshtest
