package sshtest

import (
	"cmp"
	"context"
	"io"
	"math"
	"net"
	"sync"
	"sync/atomic"
)

// Relay passes bytes between clients and a server, until it freezes or cuts a connection:
// the network between them fails. Serve is its [Conduct].
type Relay struct {
	To     string // the server's address
	After  int    // that many bytes of the server are passed on, all if 0
	Freeze bool   // then the connection stays and is silent, else it is cut

	passed atomic.Int64
	frozen atomic.Bool
}

// Passed is how many bytes of the server were passed on so far, over all connections.
func (r *Relay) Passed() int { return int(r.passed.Load()) }

// Stop freezes all connections, also those to come: not even what clients send is taken.
func (r *Relay) Stop() { r.frozen.Store(true) }

// Serve is the [Conduct] of a relay.
func (r *Relay) Serve(ctx context.Context, client net.Conn) {
	server, err := net.Dial("tcp", r.To)
	if err != nil {
		return
	}
	defer server.Close()
	defer context.AfterFunc(ctx, func() { server.Close() })()
	var both sync.WaitGroup
	both.Go(func() {
		defer server.Close()
		r.pass(ctx, server, client, math.MaxInt, new(atomic.Int64))
	})
	both.Go(func() {
		defer client.Close()
		r.pass(ctx, client, server, cmp.Or(r.After, math.MaxInt), &r.passed)
	})
	both.Wait()
}

// pass copies bytes until either side ends or most of them have gone.
func (r *Relay) pass(ctx context.Context, to io.Writer, from io.Reader, most int, count *atomic.Int64) {
	buffer := make([]byte, 32<<10)
	for most > 0 {
		n, err := from.Read(buffer[:min(len(buffer), most)])
		if r.frozen.Load() {
			<-ctx.Done()
			return
		}
		if _, failed := to.Write(buffer[:n]); err != nil || failed != nil {
			return
		}
		count.Add(int64(n))
		most -= n
	}
	if r.Freeze {
		r.Stop()
		<-ctx.Done()
	}
}
