package ssh

import (
	"context"
	"os"
	"strings"
	"sync"

	"sparkops/shell"
)

// interview is what one client of OpenSSH's asks while it logs in. Its questions are answered as
// they would be without it: from what the person has said for other hosts, else by the person.
type interview struct {
	pool  *Pool
	trip  *trip
	login *login
	stop  context.CancelCauseFunc // ends the client, and why
	first string                  // the question that was for the password

	questions, answers *os.File // of the client; nil where it asks nobody
	asking             sync.WaitGroup
}

func (p *Pool) interview(ctx clock, t *trip, stop context.CancelCauseFunc) *interview {
	return &interview{pool: p, trip: t, login: p.newLogin(ctx, t.host), stop: stop}
}

// told passes on what the client only tells: that a token is to be touched. As it says no
// more when that was done, the bound stands still from then on.
func (i *interview) told(text string) {
	i.trip.arrive()
	i.login.clock.hold(answerBound, nil)
	i.pool.warn("%s: %s", i.trip.host.Name, text)
}

// reply is the answer to a question, if there is one.
func (i *interview) reply(kind, question string) (text string, ok bool) {
	if d := i.doubt(question); d != nil {
		return "yes", i.trusts(d)
	}
	i.trip.arrive()
	if kind == "confirm" || strings.Contains(question, "(yes/no") {
		yes, err := i.login.confirm(question)
		return map[bool]string{true: "yes", false: "no"}[yes], err == nil
	}
	text, err := i.secret(question)
	return text, err == nil
}

// secret is the answer to a question for what is not shown.
func (i *interview) secret(question string) (string, error) {
	if rest, ok := strings.CutPrefix(question, "Enter passphrase for key '"); ok {
		path, _, _ := strings.Cut(rest, "': ")
		f, err := i.keyFile(path)
		if err != nil {
			return "", err
		}
		if f != nil && f.locked != nil {
			_, err := i.login.unlock(f)
			return f.passphrase, err
		}
	}
	switch {
	case strings.HasPrefix(question, "Enter PIN for ") || strings.HasPrefix(question, "Enter passphrase for "):
		return i.login.opener(strings.TrimSuffix(question, ": "))
	case i.forPassword(question):
		text, err := i.login.password()
		if err != nil { // else the client would send an empty one
			i.stop(shell.Errorf(shell.ClassAuth, "ssh "+i.trip.host.User+"@"+i.trip.host.Name+" true", "%s: %w", address(i.trip.host), err))
		}
		return text, err
	}
	if who, rest := i.named(question); who {
		question = shown(i.trip.host.User+"@"+i.trip.host.Name, rest)
	}
	return i.login.secret(strings.TrimSuffix(question, ": "))
}

// keyFile is the key file that a client asks about by the first 100 characters of its path.
func (i *interview) keyFile(path string) (*keyFile, error) {
	for _, whole := range i.trip.host.Identities {
		if len(path) >= 100 && strings.HasPrefix(whole, path) {
			path = whole
			break
		}
	}
	return i.pool.Keys.file(i.login.clock, path)
}

// forPassword reports whether a question is for the password of the host's user: by the method
// password, or the first one of keyboard-interactive if it says so. Asked again word for word
// it is for another try; other questions about a password are those of one that has expired.
func (i *interview) forPassword(question string) bool {
	for _, name := range i.names() {
		if question == i.trip.host.User+"@"+name+"'s password: " {
			return true
		}
	}
	ours, rest := i.named(question)
	if !ours || !strings.Contains(strings.ToLower(rest), "password") {
		return false
	}
	if i.first == "" {
		i.first = question
	}
	return question == i.first
}

// named reports whether a question is one of keyboard-interactive by the host itself, and not
// by another on the way to it, and what it asks.
func (i *interview) named(question string) (ours bool, asks string) {
	for _, name := range i.names() {
		if asks, ours = strings.CutPrefix(question, "("+i.trip.host.User+"@"+name+") "); ours {
			return true, asks
		}
	}
	return false, ""
}

// names are what a client calls the host in its questions.
func (i *interview) names() []string {
	return []string{strings.ToLower(i.trip.host.HostName), i.trip.host.HostKeyAlias}
}
