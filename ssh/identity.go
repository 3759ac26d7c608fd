package ssh

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh/config"
)

// Identity is what a host has shown at the login, and what the known_hosts files say of it.
type Identity struct {
	Kind, Print string     // type and SHA-256 fingerprint of its key; "" where OpenSSH's client made the connection
	Typed       bool       // a password or the like was typed for it
	Known       []KnownKey // file by file
}

// KnownKey is a line of a known_hosts file that names a host or its address. Lines with patterns
// or markers are left out: they are about more than one host.
type KnownKey struct {
	Name, File  string // as it would be typed for ssh-keygen -R
	Line        int
	Kind, Print string
}

// Identity is that of a host with a connection; ok is false where there is none. It asks the
// host nothing, and reads no file that the login has not read.
func (p *Pool) Identity(ctx context.Context, h *config.Host) (id Identity, ok bool) {
	conn := p.connected(h)
	if conn == nil || p.KnownHosts == nil {
		return id, false
	}
	id.Typed = conn.typed
	if conn.key != nil {
		id.Kind, id.Print = conn.key.Type(), gossh.FingerprintSHA256(conn.key)
	}
	files, err := p.KnownHosts.filesOf(ctx, h)
	if err != nil {
		return id, true
	}
	called := names(h)[:1]
	if at := conn.address; at != "" && h.HostKeyAlias == "" && !slices.Contains(called, at) {
		called = append(called, at)
	}
	for _, name := range called {
		lines, _ := p.KnownHosts.about(name, files)
		for _, k := range lines {
			if k.marker == "" && !strings.ContainsAny(k.names, "*?!") {
				id.Known = append(id.Known, KnownKey{name, k.file, k.line, k.key.Type(), gossh.FingerprintSHA256(k.key)})
			}
		}
	}
	return id, true
}

// connected is the connection to a host, nil if there is none yet.
func (p *Pool) connected(h *config.Host) *Conn {
	p.mu.Lock()
	a := p.conns[place(h)]
	p.mu.Unlock()
	if a == nil {
		return nil
	}
	select {
	case <-a.done:
		return a.conn
	default:
		return nil
	}
}

// knownAs is the address of a host as known_hosts has it, "" where a bastion or a command is
// between.
func knownAs(h *config.Host, remote net.Addr) string {
	tcp, ok := remote.(*net.TCPAddr)
	switch {
	case !ok || h.ProxyCommand != "" || len(h.Jump) > 0:
		return ""
	case h.Port == 22:
		return tcp.IP.String()
	}
	return fmt.Sprintf("[%s]:%d", tcp.IP, h.Port)
}

// shown is the key that the server has shown, that in a certificate by itself.
func (v *verifier) shown() gossh.PublicKey {
	v.mu.Lock()
	defer v.mu.Unlock()
	if cert, ok := v.key.(*gossh.Certificate); ok {
		return cert.Key
	}
	return v.key
}
