package sshtest

import (
	"bytes"
	"context"
	"io"
	"net"
	"os/exec"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// Phase is how far a server goes along.
type Phase string

// The phases of one script, in their order.
const (
	Accepted  Phase = "accept"  // the connection is made
	Version   Phase = "version" // the server has said its version
	Exchanged Phase = "kex"     // it has shown its host key
	LoggedIn  Phase = "auth"    // it lets the client in
	Opened    Phase = "session" // a session is open
	Granted   Phase = "exec"    // the command is granted
	MidOutput Phase = "output"  // all of the output but its end was sent
)

// Phases are all of them.
var Phases = []Phase{Accepted, Version, Exchanged, LoggedIn, Opened, Granted, MidOutput}

// Until serves as it should up to a phase. What comes then is the business of then alone,
// after which the connection is closed; from Exchanged on it must not read.
func Until(phase Phase, then Conduct) Conduct {
	return func(ctx context.Context, conn net.Conn) {
		end := func() {
			then(ctx, conn)
			conn.Close()
		}
		config := &gossh.ServerConfig{NoClientAuth: true}
		open := func(gossh.NewChannel) {}
		switch phase {
		case Accepted:
			end()
			return
		case Version:
			io.WriteString(conn, "SSH-2.0-rogue\r\n")
			end()
			return
		case Exchanged:
			config.PreAuthConnCallback = func(gossh.ServerPreAuthConn) { end() }
		case LoggedIn:
		case Opened:
			open = accept(func(gossh.Channel, <-chan *gossh.Request) { end() })
		case Granted:
			open = accept(Grant(func(gossh.Channel) { end() }))
		case MidOutput:
			open = accept(Grant(func(channel gossh.Channel) {
				out := run(channel)
				channel.Write(out[:max(0, len(out)-len("end\n"))])
				end()
			}))
		}
		served := login(config, gossh.DiscardRequests, open)
		if phase == LoggedIn {
			served = login(config, func(<-chan *gossh.Request) { end() }, open)
		}
		served(ctx, conn)
	}
}

// Sessions lets everybody log in and hands session channels to serve, which answers the
// requests or does not.
func Sessions(serve func(channel gossh.Channel, requests <-chan *gossh.Request)) Conduct {
	return login(&gossh.ServerConfig{NoClientAuth: true}, gossh.DiscardRequests, accept(serve))
}

// RefuseSessions lets everybody log in, and that is all.
func RefuseSessions(ctx context.Context, conn net.Conn) {
	login(&gossh.ServerConfig{NoClientAuth: true}, gossh.DiscardRequests, func(opening gossh.NewChannel) {
		opening.Reject(gossh.ConnectionFailed, "open failed")
	})(ctx, conn)
}

// Sealed lets everybody log in and answers nothing from then on, not even keepalives.
func Sealed(ctx context.Context, conn net.Conn) {
	login(&gossh.ServerConfig{NoClientAuth: true}, func(<-chan *gossh.Request) {}, func(gossh.NewChannel) {})(ctx, conn)
}

// EndlessBanner shows its host key, and then banners, each after a pause.
func EndlessBanner(text string, pause time.Duration) Conduct {
	banners := func(conn gossh.ConnMetadata) string {
		for conn.(gossh.ServerPreAuthConn).SendAuthBanner(text) == nil {
			time.Sleep(pause)
		}
		return ""
	}
	return login(&gossh.ServerConfig{NoClientAuth: true, BannerCallback: banners}, gossh.DiscardRequests, func(gossh.NewChannel) {})
}

// Grant is for [Sessions]: it grants the command, then does no more than then.
func Grant(then func(gossh.Channel)) func(gossh.Channel, <-chan *gossh.Request) {
	return func(channel gossh.Channel, requests <-chan *gossh.Request) {
		for r := range requests {
			r.Reply(true, nil)
			if r.Type == "exec" {
				then(channel)
			}
		}
	}
}

// NoStatus is for [Sessions]: commands run as they should, and nothing says how they ended.
func NoStatus(channel gossh.Channel, requests <-chan *gossh.Request) {
	Grant(func(channel gossh.Channel) {
		channel.Write(run(channel))
		channel.Close()
	})(channel, requests)
}

// run is what the command that the client has asked for writes, all of it at once.
func run(channel gossh.Channel) []byte {
	var out bytes.Buffer
	cmd := exec.Command("/bin/sh", "-s")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = channel, &out, channel.Stderr()
	cmd.Run()
	return out.Bytes()
}

// accept is for channels that serve serves.
func accept(serve func(gossh.Channel, <-chan *gossh.Request)) func(gossh.NewChannel) {
	return func(opening gossh.NewChannel) {
		if channel, requests, err := opening.Accept(); err == nil {
			serve(channel, requests)
		}
	}
}

// login serves the SSH protocol up to global requests and the channels that a client opens.
func login(config *gossh.ServerConfig, requests func(<-chan *gossh.Request), open func(gossh.NewChannel)) Conduct {
	return func(_ context.Context, conn net.Conn) {
		key, err := newHostKey()
		if err != nil {
			panic(err)
		}
		config := *config // each connection has its own key
		config.AddHostKey(key)
		_, channels, global, err := gossh.NewServerConn(conn, &config)
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
