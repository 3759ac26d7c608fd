package ssh

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"sparkops/shell"
)

// maxQuestion bounds what is shown of a server's question, in characters.
const maxQuestion = 400

// password is what is known of the password of one user. Its turn is held by the login that
// asks until the server has taken an answer, or the login has failed: one mistake in typing is
// refused by one host, not by all of them.
type password struct {
	turn turn

	text    string
	from    string // the host that took it
	decided bool   // whether it is for all hosts of the user
	shared  bool   // it is
	refused error  // the person gives none
}

func (k *Keyring) password(user string) *password {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, ok := k.passwords[user]
	if !ok {
		p = &password{turn: newTurn()}
		k.passwords[user] = p
	}
	return p
}

// pause holds the clock of the login while a person is asked, or another login asks for what
// this one needs too.
func (l *login) pause() (resume func()) {
	return l.clock.hold(answerBound, shell.Errorf(shell.ClassAuth, "ssh-add, and start again",
		"%s asks for a password or a passphrase, and got none in %v", address(l.host), answerBound))
}

// secret asks the person; questions come one at a time.
func (l *login) secret(question string) (string, error) {
	defer l.pause()()
	if err := l.keyring.question.take(l.clock); err != nil {
		return "", err
	}
	defer l.keyring.question.release()
	return l.ask.Secret(l.clock, question)
}

func (l *login) confirm(question string) (bool, error) {
	defer l.pause()()
	if err := l.keyring.question.take(l.clock); err != nil {
		return false, err
	}
	defer l.keyring.question.release()
	return l.ask.Confirm(l.clock, question)
}

// password is the password to send: one that another host of the user took, if the person
// says that it is for all of them, and once only; else the person's answer.
func (l *login) password() (string, error) {
	text, err := l.askPassword()
	if err != nil {
		l.finished = err
		return "", err
	}
	l.answered = true
	return text, nil
}

func (l *login) askPassword() (string, error) {
	defer l.pause()()
	p := l.keyring.password(l.host.User)
	if err := l.begin(p); err != nil {
		return "", err
	}
	if p.refused != nil {
		l.settle(false)
		return "", p.refused
	}
	known := p.from != ""
	if known && !p.decided {
		yes, err := l.confirm(fmt.Sprintf("use the password of %s@%s for all hosts of %s?", l.host.User, p.from, l.host.User))
		if err != nil {
			return "", l.giveUp(p, err)
		}
		p.decided, p.shared = true, yes
	}
	if known && p.shared && !l.reused {
		l.reused = true
		l.settle(false)
		return p.text, nil
	}
	text, err := l.secret("password for " + l.host.User + "@" + l.host.Name)
	if err != nil {
		return "", l.giveUp(p, err)
	}
	if known {
		l.settle(false) // nobody has to wait for what becomes of this one
		return text, nil
	}
	l.pending = text
	return text, nil
}

// begin takes the turn of p, to be given back by settle.
func (l *login) begin(p *password) error {
	if l.holds(p) { // since its last try
		return nil
	}
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

func (l *login) holds(p *password) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asks == p
}

// giveUp gives back the turn of p. Unless it is the login that ended, the person does not want
// to give this password, and is not asked for other hosts.
func (l *login) giveUp(p *password, err error) error {
	err = fmt.Errorf("no password was given for %s: %v", l.host.User, err)
	if l.clock.Err() == nil {
		p.refused = err
	}
	l.settle(false)
	return err
}

// settle gives back the turn that the login holds, if it holds one; taken says that the server
// took the password.
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

// challenge answers a server's questions. The first one, if it is for the password and comes
// alone, is answered as the method password would; one-time codes and the questions of an
// expired password go to the person each time.
func (l *login) challenge(name, instruction string, questions []string, echos []bool) ([]string, error) {
	l.asked = true
	l.answers++
	var answers []string
	for i, question := range questions {
		if l.answers == 1 && len(questions) == 1 && !echos[i] && strings.Contains(strings.ToLower(question), "password") {
			text, err := l.password()
			return []string{text}, err
		}
		text, err := l.secret(shown(l.host.User+"@"+l.host.Name, name, instruction, question))
		if err != nil {
			l.finished = fmt.Errorf("the question of %s was not answered: %v", l.host.Name, err)
			return nil, l.finished
		}
		answers, l.answered = append(answers, text), true
	}
	return answers, nil
}

// shown is a server's question as a person may see it: with who asks, and without what a
// terminal would obey.
func shown(who string, parts ...string) string {
	text := "(" + who + ")"
	for _, part := range parts {
		part = strings.Map(func(r rune) rune {
			switch {
			case unicode.IsSpace(r):
				return ' '
			case unicode.IsPrint(r):
				return r
			}
			return -1
		}, part)
		if part = strings.TrimSpace(part); part != "" {
			text += " " + part
		}
	}
	if r := []rune(text); len(r) > maxQuestion {
		text = string(r[:maxQuestion])
	}
	return strings.TrimSuffix(text, ":")
}
