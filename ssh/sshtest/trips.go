package sshtest

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// Trips passes bytes between clients and a server, each way after a delay, and counts round
// trips without a clock: what a server sends is one trip further than what had reached it by
// then, what a client sends is as far. So the count is never too low; it may be too high,
// where one side sent something of its own accord while it was being sent to.
type Trips struct {
	To    string        // the server's address
	Delay time.Duration // each way, so that what is under way at a time is counted as such

	mu      sync.Mutex
	there   int  // trips of what has reached the server
	reached bool // something has
	back    int  // trips of what has reached the client
	flying  int  // pieces under way
	last    time.Time
}

// Count is how many trips it took what has reached the client so far.
func (t *Trips) Count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.back
}

// Quiet reports whether nothing has been under way for a while.
func (t *Trips) Quiet(while time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.flying == 0 && time.Since(t.last) > while
}

// piece is what one read gave.
type piece struct {
	text  []byte
	trips int
	due   time.Time
}

// Serve is the [Conduct] of the relay. One connection at a time can be counted.
func (t *Trips) Serve(ctx context.Context, client net.Conn) {
	server, err := net.Dial("tcp", t.To)
	if err != nil {
		return
	}
	defer server.Close()
	defer context.AfterFunc(ctx, func() { server.Close() })()
	var all sync.WaitGroup
	for _, d := range []struct {
		from, to net.Conn
		sent     func() int
		arrived  func(trips int)
	}{
		{client, server, func() int { return t.back }, func(trips int) { t.there, t.reached = max(t.there, trips), true }},
		{server, client, t.answer, func(trips int) { t.back = max(t.back, trips) }},
	} {
		pieces := make(chan piece, 1<<10)
		all.Go(func() { t.take(d.from, pieces, d.sent) })
		all.Go(func() { t.deliver(d.to, pieces, d.arrived) })
	}
	all.Wait()
}

func (t *Trips) answer() int {
	if !t.reached {
		return 0 // the server speaks first
	}
	return t.there + 1
}

// take reads pieces until the sender ends.
func (t *Trips) take(from io.Reader, pieces chan<- piece, sent func() int) {
	defer close(pieces)
	for {
		buffer := make([]byte, 32<<10)
		n, err := from.Read(buffer)
		if n > 0 {
			t.mu.Lock()
			p := piece{buffer[:n], sent(), time.Now().Add(t.Delay)}
			t.flying++
			t.mu.Unlock()
			pieces <- p
		}
		if err != nil {
			return
		}
	}
}

// deliver writes pieces when they are due, to their end, and then closes the receiver.
func (t *Trips) deliver(to net.Conn, pieces <-chan piece, arrived func(trips int)) {
	defer to.Close()
	for p := range pieces {
		time.Sleep(time.Until(p.due))
		t.mu.Lock()
		arrived(p.trips)
		t.flying--
		t.last = time.Now()
		t.mu.Unlock()
		to.Write(p.text) // a receiver that is gone takes nothing, and the rest is taken for it
	}
}
