package ssh

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"

	"sparkops/shell"
	"sparkops/ssh/config"
)

// families are AddressFamily as package net calls it.
var families = map[string]string{"inet": "tcp4", "inet6": "tcp6"}

// downError is a TCP connection that could not be made: ConnectionAttempts counts those.
type downError struct{ error }

func (e *downError) Unwrap() error { return e.error }

// outset is one way to begin a TCP connection.
type outset struct {
	network string
	from    *net.TCPAddr // nil for any
}

// tcp connects to a host. Of a name's addresses each is tried, within its share of the bound
// that ctx has: net.Dialer sees to that, and to both families at a time.
func tcp(ctx context.Context, h *config.Host) (net.Conn, error) {
	all, err := outsets(ctx, h)
	if err != nil {
		return nil, err
	}
	var met error
	for i, w := range all {
		d := net.Dialer{}
		if w.from != nil {
			d.LocalAddr = w.from
		}
		if end, ok := ctx.Deadline(); ok && i < len(all)-1 {
			d.Timeout = time.Until(end) / time.Duration(len(all)-i)
		}
		raw, err := d.DialContext(ctx, w.network, address(h))
		if err == nil {
			return raw, nil
		}
		if met == nil || !unsuited(err) {
			met = err
		}
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= 0 {
		<-ctx.Done() // a dialer's clock may be ahead by a moment
	}
	if ctx.Err() != nil {
		return nil, shell.Interrupted(ctx, false)
	}
	return nil, notReached(h, met)
}

// outsets are the ways that AddressFamily, BindAddress and BindInterface leave; as with ssh,
// BindAddress comes before BindInterface.
func outsets(ctx context.Context, h *config.Host) ([]outset, error) {
	network := families[h.AddressFamily]
	var from []netip.Addr
	var err error
	keyword, value := "BindAddress", h.BindAddress
	switch {
	case value != "":
		from, err = net.DefaultResolver.LookupNetIP(ctx, "ip", value)
	case h.BindInterface != "":
		keyword, value = "BindInterface", h.BindInterface
		from, err = interfaceAddresses(value)
	case network == "":
		return []outset{{network: "tcp"}}, nil
	default:
		return []outset{{network: network}}, nil
	}
	var all []outset
	seen := map[string]bool{"tcp4": network == "tcp6", "tcp6": network == "tcp4"}
	for _, ip := range from {
		family := "tcp6"
		if ip = ip.Unmap(); ip.Is4() {
			family = "tcp4"
		}
		if !seen[family] {
			seen[family] = true
			all = append(all, outset{family, net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, 0))})
		}
	}
	if err == nil && len(all) == 0 {
		err = errors.New("no address of the right family")
	}
	if err != nil {
		return nil, badBind(keyword, value, err)
	}
	return all, nil
}

func badBind(keyword, value string, err error) error {
	return shell.Errorf(shell.ClassConfig, "look at "+keyword+" in ~/.ssh/config", "%s %s: %w", keyword, value, err)
}

// interfaceAddresses are the addresses of a network interface; those that lead no further
// than this machine or its link come last.
func interfaceAddresses(name string) ([]netip.Addr, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return nil, err
	}
	addrs, err := i.Addrs()
	if err != nil {
		return nil, err
	}
	var far, near []netip.Addr
	for _, a := range addrs {
		prefix, err := netip.ParsePrefix(a.String())
		switch ip := prefix.Addr(); {
		case err != nil:
		case ip.IsLoopback():
			near = append(near, ip)
		case ip.IsLinkLocalUnicast():
			near = append(near, ip.WithZone(name))
		default:
			far = append(far, ip)
		}
	}
	return append(far, near...), nil
}

// unsuited reports whether a host has no address of the family that was asked for.
func unsuited(err error) bool {
	_, address := errors.AsType[*net.AddrError](err)
	_, dns := errors.AsType[*net.DNSError](err)
	return address || dns
}

// notReached gives an error of net.Dialer its class.
func notReached(h *config.Host, err error) error {
	hint := "ssh " + h.Name + " true"
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return shell.Errorf(shell.ClassDNS, "getent hosts "+h.HostName, "%s: %s", h.HostName, dns.Err)
	}
	if unsuited(err) {
		return shell.Errorf(shell.ClassDNS, "look at AddressFamily in ~/.ssh/config", "%s has no address of the family %s", h.HostName, h.AddressFamily)
	}
	if errors.Is(err, syscall.EADDRNOTAVAIL) && h.BindAddress != "" {
		return badBind("BindAddress", h.BindAddress, syscall.EADDRNOTAVAIL)
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return &downError{shell.Errorf(shell.ClassRefused, "is sshd running there? "+hint, "%s refused the connection", address(h))}
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	return &downError{shell.Errorf(shell.ClassTimeout, hint, "no way to %s: %w", address(h), err)}
}
