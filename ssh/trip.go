package ssh

import (
	"sparkops/shell"
	"sparkops/ssh/config"
)

// trip is an attempt to reach a host: within its bound, which does not count the time that its
// bastion takes, or an agent, or a person. They have bounds of their own.
type trip struct {
	*approach
	*patience
	pool    *Pool
	host    *config.Host
	bastion *Conn // nil if there is none, or the way there is left to OpenSSH's client
	end     func()
}

// setOut begins a trip; shared says that it goes over the pool's connection to the bastion.
func (p *Pool) setOut(h *config.Host, shared bool) (*trip, error) {
	t := &trip{approach: p.doubts.setOut(), pool: p, host: h}
	var err error
	if shared {
		t.aside(func() { t.bastion, err = p.bastion(h) })
	}
	if err != nil {
		t.arrive()
		return nil, err
	}
	bound := p.Bound(h)
	late := shell.Errorf(shell.ClassTimeout, "ssh "+h.Name+" true", "no answer from %s in %v", address(h), bound)
	clock, cancel := withPatience(p.ctx, bound, late)
	t.patience = clock
	t.end = func() {
		cancel()
		t.arrive()
	}
	return t, nil
}

// place waits for a place among the logins to an address.
func (t *trip) place(address string) (release func(), err error) {
	t.aside(func() {
		if t.pool.asks(t.host) && t.host.Strict == config.Ask { // those who have the places may wait for an answer
			defer t.hold(answerBound, nil)()
		}
		release, err = t.pool.slot(t, address)
	})
	return release, err
}
