package ssh

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// begin has what a client asks answered, until close is called; dir is for what that needs.
func (i *interview) begin(cmd *exec.Cmd, dir string) error {
	program := filepath.Join(dir, "ask")
	err := writeProgram(program, askpass)
	if err != nil {
		return err
	}
	if i.questions, err = fifo(program + ".question"); err != nil {
		return err
	}
	if i.answers, err = fifo(program + ".answer"); err != nil {
		return err
	}
	// Before 8.4 a client asks so only where there is a DISPLAY, and always where there is no terminal.
	cmd.Env = append([]string{"DISPLAY=:"}, cmd.Environ()...)
	cmd.Env = append(cmd.Env, "SSH_ASKPASS="+program, "SSH_ASKPASS_REQUIRE=force")
	i.asking.Go(i.converse)
	return nil
}

func (i *interview) converse() {
	for r := bufio.NewReader(i.questions); ; {
		text, err := r.ReadString(0)
		if err != nil {
			return
		}
		kind, question, _ := strings.Cut(strings.TrimSuffix(text, "\x00"), " ")
		if kind == "none" {
			i.told(question)
			continue
		}
		reply := "n"
		if text, ok := i.reply(kind, question); ok && !strings.Contains(text, "\n") {
			reply = "y" + text
		}
		if i.login.clock.Err() != nil {
			return // the client is not to go on without an answer
		}
		io.WriteString(i.answers, reply+"\n")
	}
}

// close ends the interview, and waits for that; there may have been none.
func (i *interview) close() {
	i.stop(nil)
	for _, pipe := range []*os.File{i.questions, i.answers} {
		if pipe != nil {
			pipe.Close()
		}
	}
	i.asking.Wait()
}

// writeProgram writes a program. No process is started meanwhile: it would have the file open
// for writing until it has become its own program, and nobody could run this one.
func writeProgram(path, text string) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, []byte(text), 0o700)
}

// fifo makes a named pipe; with both ends held here, opening it holds nobody up.
func fifo(path string) (*os.File, error) {
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		return nil, &os.PathError{Op: "mkfifo", Path: path, Err: err}
	}
	return os.OpenFile(path, os.O_RDWR, 0)
}
