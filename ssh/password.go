package ssh

import (
	"fmt"
	"strings"
	"unicode"

	"sparkops/shell"
)

// maxQuestion bounds what is shown of a server's question, in characters.
const maxQuestion = 400

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
	user := l.host.User
	return l.recall(l.keyring.answer(user), question{
		text: "password for " + user + "@" + l.host.Name,
		share: func(from string) string {
			return fmt.Sprintf("use the password of %s@%s for all hosts of %s?", user, from, user)
		},
		none: "no password was given for " + user,
	})
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
