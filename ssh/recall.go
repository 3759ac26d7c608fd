package ssh

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// answer is what is known of a secret that several logins want: the password of a user, or what
// opens a key or a token. Its turn is held by the login that asks until the answer is known to
// be right, or the login has failed: one mistake in typing is refused once, not everywhere.
type answer struct {
	turn  turn
	opens bool // a key or a token

	text    string
	from    string // the host where it was right
	decided bool   // whether it is for all hosts
	shared  bool   // it is
	refused error  // the person gives none
}

// question is how a person is asked for a secret.
type question struct {
	text  string
	share func(from string) string // whether it is for all hosts; nil is a yes
	none  string                   // what to say where none was given
}

// opens is before what was asked for what opens a key or a token: no user's name has a NUL.
const opens = "\x00"

// answer is the one to a question; that for a user's password goes by the user.
func (k *Keyring) answer(about string) *answer {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, ok := k.answers[about]
	if !ok {
		p = &answer{turn: newTurn(), opens: strings.HasPrefix(about, opens)}
		k.answers[about] = p
	}
	return p
}

// recall is the answer that was right for another host, if it is for all of them, and once only
// in a login; else it is the person's.
func (l *login) recall(p *answer, q question) (string, error) {
	defer l.pause()()
	if err := l.begin(p); err != nil {
		return "", err
	}
	if p.refused != nil {
		l.settle(false)
		return "", p.refused
	}
	known := p.from != ""
	if known && !p.decided {
		p.shared = true
		if q.share != nil {
			var err error
			if p.shared, err = l.confirm(q.share(p.from)); err != nil {
				return "", l.giveUp(p, fmt.Errorf("%s: %v", q.none, err))
			}
		}
		p.decided = true
	}
	if known && p.shared && !slices.Contains(l.recalled, p) {
		l.recalled = append(l.recalled, p)
		l.settle(false)
		return p.text, nil
	}
	text, err := l.secret(q.text)
	if err == nil && text == "" && p.opens {
		err = errors.New("it was empty") // as for a key file: a password may be
	}
	if err != nil {
		return "", l.giveUp(p, fmt.Errorf("%s: %v", q.none, err))
	}
	if known {
		l.settle(false) // nobody has to wait for what becomes of this one
		return text, nil
	}
	l.pending = text
	return text, nil
}

// opener is the answer to a question of OpenSSH's client for what opens a key or a token: it
// goes to no host, and serves all of them unasked. A wrong one is never given twice, as a token
// counts that.
func (l *login) opener(text string) (string, error) {
	return l.recall(l.keyring.answer(opens+text), question{text: text, none: "no answer was given"})
}

// begin takes the turn of p, to be given back by settle.
func (l *login) begin(p *answer) error {
	if l.holds(p) { // since its last try
		return nil
	}
	l.settle(false) // of another question
	if err := p.turn.take(l.clock); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended { // the login was given up meanwhile, and will not settle this
		p.turn.release()
		return errors.New("interrupted")
	}
	l.asks = p
	return nil
}

func (l *login) holds(p *answer) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asks == p
}

// giveUp gives back the turn of p. Unless it is the login that ended, the person does not want
// to give this answer, and is not asked for other hosts.
func (l *login) giveUp(p *answer, err error) error {
	if l.clock.Err() == nil {
		p.refused = err
	}
	l.settle(false)
	return err
}

// took gives back the turn after a login that succeeded, in the course of which OpenSSH's client
// said this. It complains of what did not open a token, and may then succeed by other means.
func (l *login) took(said string) {
	l.mu.Lock()
	opener := l.asks != nil && l.asks.opens
	l.mu.Unlock()
	l.settle(said == "" || !opener)
}

// settle gives back the turn that the login holds, if it holds one; taken says that the answer
// was right.
func (l *login) settle(taken bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.asks == nil {
		return
	}
	if taken && l.asks.from == "" {
		l.asks.text, l.asks.from = l.pending, l.host.Name
	}
	l.asks.turn.release()
	l.asks = nil
}

// end lets go of what the login had others wait for.
func (l *login) end() {
	l.settle(false)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
}
