package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/ssh/config"
)

// ErrForwardingRefused is why a connection through a host could not be opened: its SSH
// server forwards nothing (AllowTcpForwarding no).
var ErrForwardingRefused = errors.New("the SSH server there refuses to forward connections")

// hop is the last bastion on the way to a host, nil if there is none. It has its own
// configuration, and is reached through the ones before it; a host that is its own bastion
// is, as with ssh, reached directly.
func (p *Pool) hop(h *config.Host) (*config.Host, error) {
	if len(h.Jump) == 0 || h.ProxyCommand != "" { // config leaves the one that came first
		return nil, nil
	}
	last := h.Jump[len(h.Jump)-1]
	found, err := p.Resolve(p.ctx, last)
	if err != nil {
		return nil, &shell.Error{Class: shell.ClassConfig, Err: fmt.Errorf("the bastion %s of %s: %w", last, h.Name, err)}
	}
	hop := *found
	if len(h.Jump) > 1 {
		hop.Jump, hop.ProxyCommand = h.Jump[:len(h.Jump)-1], ""
		hop.Command = jumping(hop.Command, strings.Join(hop.Jump, ","))
	} else if len(hop.Jump) == 1 && strings.EqualFold(hop.Jump[0], last) {
		hop.Jump = nil
		hop.Command = jumping(hop.Command, "none")
	}
	return &hop, nil
}

// jumping is a command line of ssh with another ProxyJump: the first value wins.
func jumping(command []string, jump string) []string {
	return slices.Insert(slices.Clone(command), min(1, len(command)), "-o", "ProxyJump="+jump)
}

// bastion is the connection to the last bastion on the way to a host, nil if there is none.
// The whole way is looked at first: two hosts that are each other's bastion would wait for
// each other.
func (p *Pool) bastion(h *config.Host) (*Conn, error) {
	last, err := p.hop(h)
	seen := map[string]bool{place(h): true}
	for hop := last; hop != nil; {
		if seen[place(hop)] {
			return nil, shell.Errorf(shell.ClassConfig, "look at ProxyJump in ~/.ssh/config", "the way to %s leads through itself", h.Name)
		}
		seen[place(hop)] = true
		hop, err = p.hop(hop)
	}
	if last == nil || err != nil {
		return nil, err
	}
	conn, err := p.Connect(p.ctx, last)
	if err != nil {
		e := shell.AsError(err, shell.ClassClosed)
		return nil, &shell.Error{Class: e.Class, Hint: e.Hint, Err: fmt.Errorf("the bastion %s: %w", last.Name, e.Err)}
	}
	return conn, nil
}

// through opens the way from a bastion to a host.
func through(ctx context.Context, bastion *Conn, h *config.Host) (net.Conn, error) {
	raw, err := bastion.DialContext(ctx, "tcp", address(h))
	if err == nil {
		return raw, nil
	}
	if ctx.Err() != nil {
		return nil, shell.Interrupted(ctx, false)
	}
	hint := "ssh -J " + strings.Join(h.Jump, ",") + " " + h.Name + " true"
	if errors.Is(err, ErrForwardingRefused) {
		hint = "AllowTcpForwarding yes and PermitOpen any in the sshd_config of " + bastion.name + "; to see it: " + hint
	}
	return nil, shell.Errorf(classOf(err), hint, "through the bastion %s: %w", bastion.name, err)
}

// classOf is the class of why a bastion did not reach an address; it says so in words only.
func classOf(err error) shell.Class {
	text := strings.ToLower(err.Error())
	for _, c := range []struct {
		words string
		class shell.Class
	}{
		{"refuse", shell.ClassRefused},
		{"not known", shell.ClassDNS}, {"no such host", shell.ClassDNS}, {"name resolution", shell.ClassDNS},
		{"timed out", shell.ClassTimeout}, {"timeout", shell.ClassTimeout}, {"no route", shell.ClassTimeout}, {"unreachable", shell.ClassTimeout},
	} {
		if strings.Contains(text, c.words) {
			return c.class
		}
	}
	return shell.ClassClosed
}

// DialContext opens a connection from the host of c to an address as seen from there.
func (c *Conn) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.client.DialContext(ctx, network, address)
	if err == nil {
		return conn, nil
	}
	if e, ok := errors.AsType[*gossh.OpenChannelError](err); ok {
		switch e.Reason {
		case gossh.Prohibited, gossh.UnknownChannelType:
			return nil, ErrForwardingRefused
		}
		return nil, fmt.Errorf("connecting to %s from %s: %s", address, c.name, e.Message)
	}
	return nil, fmt.Errorf("connecting to %s from %s: %w", address, c.name, err)
}
