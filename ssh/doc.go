// Package ssh carries scripts to other machines: a [Pool] of connections, one for each
// host and one for each bastion however many hosts lie behind it; each [Conn] is a
// [shell.Runner] and can open connections from its machine.
//
// How a host is reached, as whom and with which keys is decided by package config, as
// ssh_config(5) says. Host keys are always verified ([KnownHosts]); keys come from the agent
// and from files ([Keyring]). Every wait has a bound and every error a class
// ([shell.Error]); a login that was refused is never tried a second time. No pty, no agent
// or X11 forwarding. What only OpenSSH's client can do is left to it: it logs in, over the
// pool's connection to a bastion where there is one, what it asks is answered as it would be
// without it, and scripts go over its control socket. Begin reading at [Pool.Connect].
package ssh
