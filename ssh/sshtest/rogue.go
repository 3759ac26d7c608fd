package sshtest

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"

	gossh "golang.org/x/crypto/ssh"
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

// Silent takes what comes and says nothing.
func Silent(_ context.Context, conn net.Conn) { io.Copy(io.Discard, conn) }

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

// Sessions lets everybody log in and hands session channels to serve, which answers the
// requests or does not.
func Sessions(serve func(channel gossh.Channel, requests <-chan *gossh.Request)) Conduct {
	return login(gossh.DiscardRequests, func(opening gossh.NewChannel) {
		if channel, requests, err := opening.Accept(); err == nil {
			serve(channel, requests)
		}
	})
}

// Sealed lets everybody log in and answers nothing from then on.
func Sealed(ctx context.Context, conn net.Conn) {
	login(func(<-chan *gossh.Request) {}, func(gossh.NewChannel) {})(ctx, conn)
}

// login serves the SSH protocol up to global requests and the channels that a client opens.
func login(requests func(<-chan *gossh.Request), open func(gossh.NewChannel)) Conduct {
	return func(_ context.Context, conn net.Conn) {
		key, err := newHostKey()
		if err != nil {
			panic(err)
		}
		config := &gossh.ServerConfig{NoClientAuth: true}
		config.AddHostKey(key)
		_, channels, global, err := gossh.NewServerConn(conn, config)
		if err != nil {
			return
		}
		var opened sync.WaitGroup
		defer opened.Wait()
		opened.Go(func() { requests(global) })
		for opening := range channels {
			opened.Go(func() { open(opening) })
		}
	}
}
