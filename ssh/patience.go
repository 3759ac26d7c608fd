package ssh

import (
	"context"
	"sync"
	"time"
)

// patience is the bound of an undertaking, which can be held while a person is asked: how
// long somebody takes to answer says nothing about the host.
type patience struct {
	context.Context
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	timer *time.Timer
	left  time.Duration // when the timer was started last
	since time.Time     // that was
	holds int
	ended bool
}

// clock is a context that can be held.
type clock interface {
	context.Context
	hold(limit time.Duration, silence error) (release func())
}

// part is a clock that ends with a context made from it, too.
type part struct {
	context.Context
	of clock
}

func (p part) hold(limit time.Duration, silence error) (release func()) {
	return p.of.hold(limit, silence)
}

// withPatience returns a context that ends with the cause late once the bound has passed,
// the time for which it was held not counted.
func withPatience(parent context.Context, bound time.Duration, late error) (*patience, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	p := &patience{Context: ctx, cancel: cancel, left: bound, since: time.Now(), timer: time.AfterFunc(bound, func() { cancel(late) })}
	return p, func() {
		p.end()
		cancel(nil)
	}
}

// deadlineSlack is by how much a Deadline is said to be later than it is, so that who waits
// for it finds the context done, and why.
const deadlineSlack = 100 * time.Millisecond

// Deadline is when the clock runs out if nobody holds it any more: a dialer parts the time
// between addresses by it.
func (p *patience) Deadline() (time.Time, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.holds > 0 {
		return time.Now().Add(p.left + deadlineSlack), true
	}
	return p.since.Add(p.left + deadlineSlack), true
}

// hold stops the clock until release is called, but for no longer than limit; then it goes
// on, or with an error for silence it ends at once. It may be held several times at once.
func (p *patience) hold(limit time.Duration, silence error) (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.holds == 0 && p.timer.Stop() {
		p.left -= time.Since(p.since)
	}
	p.holds++
	once := sync.OnceFunc(p.release)
	limited := time.AfterFunc(limit, func() {
		if silence != nil {
			p.cancel(silence)
		}
		once()
	})
	return func() {
		limited.Stop()
		once()
	}
}

func (p *patience) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.holds--; p.holds == 0 && !p.ended {
		p.since = time.Now()
		p.timer.Reset(p.left)
	}
}

func (p *patience) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	p.timer.Stop()
}
