package shell

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"
)

// MaxKept bounds what an Output keeps of each stream, in bytes.
const MaxKept = 1 << 20

// Settle is how long the output of a process that was ended may be silent before its last
// bytes are taken to have come, though some child of it holds the output open.
const Settle = time.Second

// onItsWay is the same for a shell that has ended by itself, by its status: it has written its end mark before
// that, and where many hosts answer at once, or one has much to do, the mark comes when its
// turn is there, which may be seconds after the status.
const onItsWay = 15 * Settle

// maxDrain bounds how long the output of a process that has ended is listened to, though
// some child of it goes on writing; the time that a writer of the script takes not counted.
const maxDrain = 60 * Settle

// maxNoise bounds what is kept of a login shell's own words on each stream, in bytes.
const maxNoise = 8 << 10

// wholeStatus is what /bin/sh exits with when the script was run to its end: a number that
// neither shells, nor signals, nor sysexits.h have a use for.
const wholeStatus = 219

// Output is the answer of a script that was run to its end.
type Output struct {
	Code      int    // exit status of the body, 0 to 255
	Stdout    []byte // at most MaxKept bytes; empty if the script had a writer
	Stderr    []byte // likewise
	Truncated bool   // Stdout or Stderr was longer than MaxKept
	Noise     []byte // what the login shell wrote before the script, at most 8 KiB of each stream
}

// Exchange is both ends of one script: what to send, and where to put what comes back.
// The runner copies Input to the standard input of [Command], the two output streams to
// Stdout and Stderr, waits for Done, for the streams to end or for its context, and asks
// for the Result. If the process ends before that, it gives the streams time with Drain.
type Exchange struct {
	Input          []byte
	Stdout, Stderr *Frame
	kept, keptErr  *kept

	done chan struct{}
	once sync.Once
}

// NewExchange makes the exchange for one run of s.
func NewExchange(s Script) (*Exchange, error) {
	text, err := s.Text()
	if err != nil {
		return nil, &Error{Class: ClassConfig, Err: err}
	}
	nonce := "sparkops-" + rand.Text()
	x := &Exchange{Input: envelope(nonce, text), done: make(chan struct{})}
	out, errw := s.Stdout, s.Stderr
	if out == nil {
		x.kept = &kept{}
		out = x.kept
	}
	if errw == nil {
		x.keptErr = &kept{}
		errw = x.keptErr
	}
	x.Stdout = &Frame{nonce: nonce, sink: out, ended: x.ended}
	x.Stderr = &Frame{nonce: nonce, sink: errw, ended: x.ended}
	return x, nil
}

// envelope puts text between its marks. The group is read whole before any of it runs,
// and has /dev/null for its input, so that nothing in it can eat the rest of the script.
// The body runs in a subshell: it may exit, and cannot take the marks with it; and it may
// be empty. The first line is for a ~/.bashrc with a read in it, and ${0+} for one that
// execs tcsh: it would do all up to the first line that it does not understand. What runs
// after something has read the beginning away says so at its end. The shell's own exit status
// says that the end was reached, to whom the marks do not come.
func envelope(nonce, text string) []byte {
	return fmt.Appendf(nil, `
{
printf '%%s\n' "%[1]s:begin${0+}"
printf '%%s\n' "%[1]s:begin${0+}" >&2
sparkops=whole
(
:
%[2]s
set -- "$?"
[ "${sparkops-}" ] || printf '%%s\n' '%[1]s:part'
exit "$1"
)
set -- "$?"
printf '%%s\n' "%[1]s:end:$1"
printf '%%s\n' "%[1]s:end:$1" >&2
exit %[3]d
} </dev/null
`, nonce, text, wholeStatus)
}

func (x *Exchange) ended() {
	if x.Stdout.Ended() && x.Stderr.Ended() {
		x.once.Do(func() { close(x.done) })
	}
}

// Done is closed when both streams have brought their end mark.
func (x *Exchange) Done() <-chan struct{} { return x.done }

// Drain waits for what a process that has ended wrote last: until both end marks are there,
// until closed is, until nothing has come for as long as Settle (for 15 s if there is a status,
// which is not -1), or for a minute; a writer of the script that takes its time is waited for.
func (x *Exchange) Drain(ctx context.Context, closed <-chan struct{}, status int) {
	silence := Settle
	if status >= 0 && status <= 128 {
		silence = onItsWay
	}
	rounds := int(maxDrain / silence)
	for last, now := -1, x.length(); now != last && rounds > 0; last, now = now, x.length() {
		rounds--
		select {
		case <-x.done:
			return
		case <-closed:
			return
		case <-ctx.Done():
			return
		case <-time.After(silence):
		}
	}
}

func (x *Exchange) length() int { return x.Stdout.length() + x.Stderr.length() }

// Result is the answer, or an error that says how far it came: ctx was done, the script
// never began (status is what the login shell exited with, -1 if that is not known), its
// answer went elsewhere, or it was cut short. Nothing is written to the script's writers
// after that.
func (x *Exchange) Result(ctx context.Context, status int) (Output, error) {
	x.Stdout.seal()
	x.Stderr.seal()
	code, ok := x.Stdout.Code()
	began := x.Stdout.touched() || x.Stderr.touched()
	switch {
	case ok:
		return x.output(code), nil
	case context.Cause(ctx) != nil:
		return x.output(-1), Interrupted(ctx, began)
	case !began && status == wholeStatus:
		return x.output(-1), astray("the command ran, but its answer went elsewhere%s", quoteNoise(x.noise()))
	case !began:
		return x.output(-1), Errorf(ClassShell, lookAtShell,
			"the command did not run: the login shell ended%s before it%s", quoteStatus(status), quoteNoise(x.noise()))
	case !x.Stdout.touched() && x.Stderr.Ended():
		code, _ := x.Stderr.Code()
		return x.output(-1), astray("the command ran (status %d), but its answer went elsewhere%s", code, quoteNoise(x.Stdout.Noise()))
	case !x.Stdout.Begun() && (x.Stdout.touched() || !x.Stderr.Begun()):
		return x.output(-1), astray("the login shell has read a part of the script away%s", quoteNoise(x.noise()))
	default:
		e := Errorf(ClassLost, lookForKiller, "cut short: the shell ended%s before the script did", quoteStatus(status))
		e.Began = true
		return x.output(-1), e
	}
}

// Unanswered is the error for a script that was sent, of which there is no sign, and of which
// its runner does not know either whether it ran.
func (x *Exchange) Unanswered(status int) *Error {
	ended := quoteStatus(status)
	if ended != "" {
		ended = ": the login shell ended" + ended
	}
	return astray("no answer came back, and the command may have run or not%s%s", ended, quoteNoise(x.noise()))
}

// Refused reports whether the shell has said that it cannot read the script: it reads the
// whole before it runs any of it.
func (x *Exchange) Refused() bool {
	return bytes.Contains(x.Stderr.Noise(), []byte("yntax error"))
}

// astray is the error for a script that may have run, and whose answer was not brought back.
func astray(format string, args ...any) *Error {
	e := Errorf(ClassShell, lookAtShell, format, args...)
	e.Began = true
	return e
}

// Interrupted is the error for a ctx that is done: a bound that was passed, or the user.
func Interrupted(ctx context.Context, began bool) *Error {
	cause := context.Cause(ctx)
	if e, ok := errors.AsType[*Error](cause); ok {
		return &Error{Class: e.Class, Began: began, Hint: e.Hint, Err: e.Err}
	}
	if errors.Is(cause, context.DeadlineExceeded) {
		return &Error{Class: ClassTimeout, Began: began, Err: errors.New("no answer within the time allowed")}
	}
	return &Error{Class: ClassCancelled, Began: began, Err: errors.New("interrupted")}
}

func (x *Exchange) noise() []byte {
	return append(x.Stdout.Noise(), x.Stderr.Noise()...)
}

func (x *Exchange) output(code int) Output {
	o := Output{Code: code, Noise: x.noise()}
	if x.kept != nil {
		o.Stdout, o.Truncated = x.kept.bytes()
	}
	if x.keptErr != nil {
		var cut bool
		o.Stderr, cut = x.keptErr.bytes()
		o.Truncated = o.Truncated || cut
	}
	return o
}

const (
	lookAtShell   = "look there at the login shell and what it reads first (~/.bashrc, ~/.zshenv, ~/.tcshrc, config.fish), at ForceCommand in sshd_config, at command= in ~/.ssh/authorized_keys"
	lookForKiller = "look for who ended it: journalctl -k there (out of memory?)"
)

func quoteStatus(status int) string {
	if status < 0 {
		return ""
	}
	return fmt.Sprintf(" with status %d", status)
}

func quoteNoise(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	const most = 200
	if len(b) > most {
		b = b[len(b)-most:]
	}
	return fmt.Sprintf(", and said %q", b)
}
