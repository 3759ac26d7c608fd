package ssh

import (
	"errors"
	"fmt"
	"regexp"

	"sparkops/shell"
	"sparkops/ssh/config"
)

// unknownKey is how a client asks about a host key that is not known.
var unknownKey = regexp.MustCompile(`(?s)^The authenticity of host '([^\s']+).* can't be established.*\n(\S+) key fingerprint is (SHA256:[A-Za-z0-9+/]+)`)

// keyKinds are the names of key types that are others in clients' questions.
var keyKinds = map[string]string{"ED25519": "ssh-ed25519", "RSA": "ssh-rsa", "ECDSA": "ecdsa-sha2"}

// doubt is what a question is about, nil if it is not about a host key; it may be that of
// another host, on the way.
func (i *interview) doubt(question string) *doubt {
	found := unknownKey.FindStringSubmatch(question)
	if found == nil {
		return nil
	}
	d := &doubt{name: found[1], kind: found[2], print: found[3]}
	d.host = d.name
	if d.name == names(i.trip.host)[0] {
		d.host = called(i.trip.host)
	}
	if kind, ok := keyKinds[d.kind]; ok {
		d.kind = kind
	}
	return d
}

// trusts asks the person about a host key, together with those of other hosts. After a no the
// client is ended.
func (i *interview) trusts(d *doubt) bool {
	var err error
	ask := func() {
		defer i.login.clock.hold(answerBound, nil)()
		err = i.pool.confirm(i.login.clock, d)
	}
	if d.name == names(i.trip.host)[0] {
		i.trip.arrive()
		ask()
	} else {
		i.trip.aside(ask) // it goes on to the host itself
	}
	if err == nil {
		return true
	}
	if _, ended := errors.AsType[*shell.Error](err); ended {
		return false // the time is over, or the user interrupted
	}
	i.stop(i.distrust(i.trip.host, d, err))
	return false
}

func (i *interview) distrust(h *config.Host, d *doubt, err error) error {
	hint, why := notKnown(h, d.print)
	if d.name != names(h)[0] {
		why = fmt.Errorf("the host key of %s, on the way to %s, is not known: %s", d.name, h.Name, d.print)
	}
	return shell.Errorf(shell.ClassHostKey, hint, "%w; %w", why, err)
}
