package commands

import (
	"context"
	"net"
	"os"
	"slices"
	"strings"
	"time"
)

// resolveBound is how long the look-up of a name may take that decides whether a host is
// this machine.
const resolveBound = 2 * time.Second

// self is what this machine is known by.
type self struct {
	user  string
	host  string   // as gethostname(2) has it
	names []string // in lower case
	addrs []net.IP
}

func newSelf(user string) (self, error) {
	s := self{user: user, names: []string{"localhost"}}
	if name, err := os.Hostname(); err == nil {
		s.host = name
		short, _, _ := strings.Cut(name, ".")
		s.names = append(s.names, strings.ToLower(name), strings.ToLower(short))
	}
	addrs, err := net.InterfaceAddrs()
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			s.addrs = append(s.addrs, n.IP)
		}
	}
	return s, err
}

// is reports whether a host is this machine: by its name, or because every address of its
// name is one of this machine's. One that ssh would reach as another user, at another port,
// through a bastion or by a command is not: that is how containers and practice clusters on the same
// address are told from the machine itself. A name that cannot be resolved is not.
func (s self) is(ctx context.Context, name, user string, port int, jump bool) bool {
	if user != s.user || port != 22 || jump {
		return false
	}
	if slices.Contains(s.names, strings.ToLower(name)) {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, resolveBound)
	defer cancel()
	found, err := net.DefaultResolver.LookupIPAddr(ctx, name)
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(found, func(a net.IPAddr) bool { return !s.owns(a.IP) })
}

func (s self) owns(ip net.IP) bool {
	return ip.IsLoopback() || slices.ContainsFunc(s.addrs, ip.Equal)
}
