package sshtest

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Conduct is how a [Rogue] treats one connection. The connection is closed when it returns,
// and when ctx is done.
type Conduct func(ctx context.Context, conn net.Conn)

// Rogue is a server on loopback that misbehaves.
type Rogue struct {
	listener net.Listener
	conduct  Conduct
	cancel   context.CancelFunc
	running  sync.WaitGroup
	accepted atomic.Int64
}

// StartRogue listens until [Rogue.Close].
func StartRogue(conduct Conduct) (*Rogue, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &Rogue{listener: listener, conduct: conduct, cancel: cancel}
	r.running.Go(func() { r.accept(ctx) })
	return r, nil
}

// Addr is the address that the server listens on, as host:port.
func (r *Rogue) Addr() string { return r.listener.Addr().String() }

// Connections is how many TCP connections were accepted so far.
func (r *Rogue) Connections() int { return int(r.accepted.Load()) }

// Close ends the listener and the connections; no goroutine of the server is left.
func (r *Rogue) Close() {
	r.cancel()
	r.listener.Close()
	r.running.Wait()
}

func (r *Rogue) accept(ctx context.Context) {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.accepted.Add(1)
		r.running.Go(func() {
			defer conn.Close()
			defer context.AfterFunc(ctx, func() { conn.Close() })()
			r.conduct(ctx, conn)
		})
	}
}

// Mute says nothing and reads nothing.
func Mute(ctx context.Context, _ net.Conn) { <-ctx.Done() }

// Silent takes what comes and says nothing.
func Silent(_ context.Context, conn net.Conn) { io.Copy(io.Discard, conn) }

// HangUp closes the connection.
func HangUp(context.Context, net.Conn) {}

// Drip says text, a byte a second, and then nothing more.
func Drip(text string) Conduct {
	return func(ctx context.Context, conn net.Conn) {
		go io.Copy(io.Discard, conn) // ends with the connection
		for _, b := range []byte(text) {
			if _, err := conn.Write([]byte{b}); err != nil {
				return
			}
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
				return
			}
		}
		<-ctx.Done()
	}
}

// Say says text, and nothing more.
func Say(text string) Conduct {
	return func(ctx context.Context, conn net.Conn) {
		io.WriteString(conn, text)
		Silent(ctx, conn)
	}
}

// Leave says text and closes the connection once the client has spoken.
func Leave(text string) Conduct {
	return func(_ context.Context, conn net.Conn) {
		io.WriteString(conn, text)
		conn.Read(make([]byte, 1024))
		conn.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, conn)
	}
}

// Babble says text without end.
func Babble(text string) Conduct {
	return func(_ context.Context, conn net.Conn) {
		text := strings.Repeat(text, 1+4096/len(text))
		for {
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
		}
	}
}
