package ssh

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"sparkops/ssh/config"
)

// askpass is what OpenSSH's client runs, in place of a terminal, to ask the person.
// in: $1 the question, SSH_ASKPASS_PROMPT its kind; out: the answer, exit 1 if there is none
const askpass = `#!/bin/sh
printf '%s\0' "$SSH_ASKPASS_PROMPT $1" >"$0.question" || exit 1
case $SSH_ASKPASS_PROMPT in none) exec sleep 600 ;; esac # it only tells, until it is ended
IFS= read -r answer <"$0.answer"
case $answer in y*) printf '%s\n' "${answer#y}" ;; *) exit 1 ;; esac
`

// asks reports whether there is somebody to ask about a host.
func (p *Pool) asks(h *config.Host) bool { return p.Ask != nil && !h.Batch }

// answer has what a client asks answered by the person, until stop is called, with whether
// all answers were right; dir is for what that needs.
func (p *Pool) answer(ctx context.Context, cmd *exec.Cmd, h *config.Host, dir string) (stop func(right bool), err error) {
	program := filepath.Join(dir, "ask")
	if err := os.WriteFile(program, []byte(askpass), 0o700); err != nil {
		return nil, err
	}
	questions, err := fifo(program + ".question")
	if err != nil {
		return nil, err
	}
	answers, err := fifo(program + ".answer")
	if err != nil {
		questions.Close()
		return nil, err
	}
	// Before 8.4 a client asks so only where there is a DISPLAY, and always where there is no terminal.
	cmd.Env = append([]string{"DISPLAY=:"}, cmd.Environ()...)
	cmd.Env = append(cmd.Env, "SSH_ASKPASS="+program, "SSH_ASKPASS_REQUIRE=force")
	ctx, cancel := context.WithCancel(ctx)
	told := pins{}
	var asking sync.WaitGroup
	asking.Go(func() {
		for r := bufio.NewReader(questions); ; {
			text, err := r.ReadString(0)
			if err != nil {
				return
			}
			kind, question, _ := strings.Cut(strings.TrimSuffix(text, "\x00"), " ")
			if kind == "none" {
				p.warn("%s: %s", h.Name, question)
				continue
			}
			reply := p.reply(ctx, told, kind, question)
			io.WriteString(answers, reply+"\n")
		}
	})
	return func(right bool) {
		cancel()
		questions.Close()
		answers.Close()
		asking.Wait()
		told.settle(h.Name, right)
	}, nil
}

// reply is the answer to a question with a y in front, "n" for none.
func (p *Pool) reply(ctx context.Context, told pins, kind, question string) string {
	if rest, ok := strings.CutPrefix(question, "Enter passphrase for key '"); ok && kind == "" {
		path, _, _ := strings.Cut(rest, "': ") // of its first 100 characters, which may be no file
		if f := p.Keys.file(path); f.locked != nil {
			return p.passphrase(ctx, f, question)
		}
	}
	if strings.HasPrefix(question, "Enter PIN for ") && kind == "" {
		return p.pin(ctx, told, question)
	}
	return p.ask(ctx, kind, question)
}

// passphrase is the reply to a question for the passphrase of a key file. The right one is
// asked for once in a run, as it is where no client is in between; all others wait for that.
func (p *Pool) passphrase(ctx context.Context, f *keyFile, question string) string {
	if err := f.unlocking.take(ctx); err != nil {
		return "n"
	}
	defer f.unlocking.release()
	switch {
	case f.passphrase != "":
		return "y" + f.passphrase
	case f.refused != nil:
		return "n"
	}
	reply := p.ask(ctx, "", question)
	text := reply[1:]
	switch {
	case text != "" && f.try(text):
	case text == "" && ctx.Err() == nil:
		f.refused = fmt.Errorf("no passphrase was given for %s", f.path)
	}
	return reply
}

// ask asks the person; questions come one at a time.
func (p *Pool) ask(ctx context.Context, kind, question string) string {
	if err := p.Keys.question.take(ctx); err != nil {
		return "n"
	}
	defer p.Keys.question.release()
	if kind == "confirm" || strings.Contains(question, "(yes/no") {
		switch ok, err := p.Ask.Confirm(ctx, question); {
		case err != nil:
			return "n"
		case ok:
			return "yyes"
		}
		return "yno"
	}
	secret, err := p.Ask.Secret(ctx, strings.TrimSuffix(question, ": "))
	if err != nil || strings.Contains(secret, "\n") {
		return "n"
	}
	return "y" + secret
}

// fifo makes a named pipe; with both ends held here, opening it holds nobody up.
func fifo(path string) (*os.File, error) {
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		return nil, &os.PathError{Op: "mkfifo", Path: path, Err: err}
	}
	return os.OpenFile(path, os.O_RDWR, 0)
}
