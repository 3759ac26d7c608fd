package doctor

import (
	"fmt"
	"net/netip"
	"slices"
)

// misdirected is a name of the master that leads a host to another machine than it leads the
// master itself to, nil if it does not. Where nothing answers yet, that may be another way to the
// master, by an address that is translated; that of another host of the cluster is none.
func (s *Snapshot) misdirected(h *Host, name, master string) *Finding {
	i := slices.IndexFunc(s.reached(), func(m *Host) bool { return m.Host.Name == master })
	if i < 0 {
		return nil
	}
	m := s.reached()[i]
	there := h.Facts.Resolve(name).Addresses
	home, _ := leadsTo(m, name)
	if len(m.Facts.Name.Addresses) == 0 || len(there) == 0 || slices.ContainsFunc(there, m.Facts.Name.Has) || !slices.ContainsFunc(home, own(m)) {
		return nil // the last is found by names.master-local
	}
	f := &Finding{
		Level: Warn, Do: onHost(h, "getent ahosts "+word(name), false), Seen: []string{"its own are " + list(m.Facts.Name.Addresses)},
		What: fmt.Sprintf("the name of the master, %s, leads there to %s, which is none of the addresses of %s, and nothing answers", name, list(there), master),
	}
	for _, other := range s.reached() {
		if !sameKernel(other, m) && slices.ContainsFunc(there, func(a netip.Addr) bool { return slices.Contains(other.Facts.Name.Addresses, a) }) {
			f.Level, f.What = Fail, fmt.Sprintf("the name of the master, %s, leads there to %s: %s", name, other.Host.Name, list(there))
			break
		}
	}
	return f
}
