package shell

import (
	"bytes"
	"io"
	"sync"
)

// Frame takes one output stream apart: noise, begin mark, what the script wrote, end mark.
// It is an [io.Writer] that never fails and may be asked while it is written to.
type Frame struct {
	nonce string
	sink  io.Writer
	ended func() // called, without the lock, once the end mark is there

	mu    sync.Mutex
	state frameState
	buf   []byte // bytes that may be part of a mark
	noise []byte
	sign  bool // the nonce was seen before the begin mark
	code  int
	total int // bytes taken so far
}

type frameState int

const (
	before frameState = iota
	within
	after
)

// Write takes the next bytes of the stream.
func (f *Frame) Write(p []byte) (int, error) {
	if f.take(p) {
		f.ended()
	}
	return len(p), nil
}

// take reports whether p brought the end mark.
func (f *Frame) take(p []byte) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.total += len(p)
	if f.state == after {
		return false
	}
	f.buf = append(f.buf, p...)
	if f.state == before {
		begin := []byte(f.nonce + ":begin\n")
		i := bytes.Index(f.buf, begin)
		if i < 0 {
			f.sign = f.sign || bytes.Contains(f.buf, []byte(f.nonce))
			f.keepNoise(f.cut(len(f.buf) - partial(f.buf, begin)))
			return false
		}
		f.keepNoise(f.cut(i))
		f.cut(len(begin))
		f.state = within
	}
	end := []byte(f.nonce + ":end:")
	for {
		i := bytes.Index(f.buf, end)
		if i < 0 {
			f.pass(f.cut(len(f.buf) - partial(f.buf, end)))
			return false
		}
		f.pass(f.cut(i))
		code, whole := status(f.buf[len(end):])
		switch {
		case !whole:
			return false
		case code >= 0:
			f.code, f.state, f.buf = code, after, nil
			return true
		}
		f.pass(f.cut(len(end))) // the mark as something else has written it
	}
}

// status reads what follows the end mark: a number from 0 to 255 and a newline. It is -1 if
// something else is there; whole is false while more has to come.
func status(b []byte) (code int, whole bool) {
	for i, c := range b {
		switch {
		case c == '\n' && i > 0 && code <= 255:
			return code, true
		case c < '0' || c > '9' || i == len("255"):
			return -1, true
		}
		code = 10*code + int(c-'0')
	}
	return 0, false
}

// cut takes the first n bytes off the buffer.
func (f *Frame) cut(n int) []byte {
	head := f.buf[:n]
	f.buf = f.buf[n:]
	return head
}

func (f *Frame) pass(p []byte) {
	if len(p) > 0 {
		f.sink.Write(p) // a sink that fails loses its own copy, not the verdict
	}
}

func (f *Frame) keepNoise(p []byte) {
	f.noise = append(f.noise, p[:min(len(p), maxNoise-len(f.noise))]...)
}

// partial is the length of the longest end of buf that is a beginning of mark.
func partial(buf, mark []byte) int {
	for n := min(len(buf), len(mark)-1); n > 0; n-- {
		if bytes.Equal(buf[len(buf)-n:], mark[:n]) {
			return n
		}
	}
	return 0
}

// seal lets nothing more through to the sink. It waits for a write that is under way.
func (f *Frame) seal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sink = io.Discard
}

// length is how many bytes have come so far.
func (f *Frame) length() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.total
}

// touched reports whether there is a sign of the script: its begin mark, or the nonce
// without one, which is left of a script whose first lines something else has read.
func (f *Frame) touched() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sign || f.state != before
}

// Begun reports whether the begin mark has been seen.
func (f *Frame) Begun() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state != before
}

// Ended reports whether the end mark has been seen.
func (f *Frame) Ended() bool {
	_, ok := f.Code()
	return ok
}

// Code is the exit status of the body, once the end mark has been seen.
func (f *Frame) Code() (code int, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.code, f.state == after
}

// Noise is what came before the begin mark, at most 8 KiB of it.
func (f *Frame) Noise() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	noise := bytes.Clone(f.noise)
	if f.state == before {
		noise = append(noise, f.buf...)
	}
	return noise
}

// kept keeps the first MaxKept bytes written to it.
type kept struct {
	mu  sync.Mutex
	buf []byte
	cut bool
}

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	room := min(len(p), MaxKept-len(k.buf))
	k.buf = append(k.buf, p[:room]...)
	k.cut = k.cut || room < len(p)
	return len(p), nil
}

func (k *kept) bytes() (b []byte, cut bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return bytes.Clone(k.buf), k.cut
}
