package commands

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unicode"

	"golang.org/x/term"
)

// terminal asks the person there. It is an [ssh.Asker]: questions come one at a time, and
// what is shown of the progress waits meanwhile.
type terminal struct {
	open   func() (*os.File, error)
	turn   chan struct{}
	asking atomic.Bool
}

// asker is the person at the terminal; nil where there is none, or --yes wants no questions.
func (a *app) asker(s settings) *terminal {
	if s.yes || a.world.Terminal == nil {
		return nil
	}
	file, err := a.world.Terminal()
	if err != nil {
		return nil
	}
	file.Close()
	return &terminal{open: a.world.Terminal, turn: make(chan struct{}, 1)}
}

// Secret implements [ssh.Asker]: what is typed is not shown.
func (t *terminal) Secret(ctx context.Context, question string) (string, error) {
	return t.ask(ctx, question+": ", (*term.Terminal).ReadPassword)
}

// Confirm implements [ssh.Asker]. Anything but y and yes is a no.
func (t *terminal) Confirm(ctx context.Context, question string) (bool, error) {
	answer, err := t.ask(ctx, question+" [y/N] ", func(dialogue *term.Terminal, prompt string) (string, error) {
		dialogue.SetPrompt(prompt)
		return dialogue.ReadLine()
	})
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes", err
}

// ask puts one question. The last of its lines is the prompt.
func (t *terminal) ask(ctx context.Context, question string, read func(*term.Terminal, string) (string, error)) (string, error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	t.asking.Store(true)
	defer t.asking.Store(false)
	file, err := t.open()
	if err != nil {
		return "", err
	}
	defer file.Close()
	restore, err := makeRaw(file)
	if err != nil {
		return "", err
	}
	defer restore()
	stop := context.AfterFunc(ctx, func() { file.SetReadDeadline(time.Now()) })
	defer stop()
	typed := &keyboard{ReadWriter: file}
	dialogue := term.NewTerminal(typed, "")
	question = printableLines(question)
	before := question[:strings.LastIndexByte(question, '\n')+1]
	io.WriteString(dialogue, before)
	answer, err := read(dialogue, question[len(before):])
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case typed.interrupt:
		syscall.Kill(os.Getpid(), syscall.SIGINT)
		select { // the end of the run is the reason, and not that there is no answer
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
		return "", errNoAnswer
	case errors.Is(err, io.EOF): // Ctrl-D
		return "", errNoAnswer
	}
	return answer, err
}

var errNoAnswer = errors.New("no answer")

// keyboard is a raw terminal, which makes no signal of Ctrl-C.
type keyboard struct {
	io.ReadWriter
	interrupt bool
}

// Read takes one key at a time: what is typed ahead is for the next question.
func (k *keyboard) Read(p []byte) (int, error) {
	const ctrlC = 3
	n, err := k.ReadWriter.Read(p[:min(1, len(p))])
	k.interrupt = k.interrupt || bytes.IndexByte(p[:n], ctrlC) >= 0
	return n, err
}

// makeRaw makes the terminal give every key as it is typed, and nothing shown that was not
// written; the answer puts it back.
func makeRaw(file *os.File) (restore func(), err error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	var state *term.State
	failed := raw.Control(func(fd uintptr) { state, err = term.MakeRaw(int(fd)) })
	if err = errors.Join(failed, err); err != nil {
		return nil, err
	}
	return func() { raw.Control(func(fd uintptr) { term.Restore(int(fd), state) }) }, nil
}

// printableLines takes control characters out of a question that quotes a server.
func printableLines(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}

// quiet is a writer that lets nothing through while a question is open.
func (t *terminal) quiet(w io.Writer) io.Writer {
	if t == nil {
		return w
	}
	return writerFunc(func(p []byte) (int, error) {
		if t.asking.Load() {
			return len(p), nil
		}
		return w.Write(p)
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
