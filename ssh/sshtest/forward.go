package sshtest

import (
	"context"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// dialTimeout bounds how long a forwarded connection may take to come up.
const dialTimeout = 30 * time.Second

// forward serves one direct-tcpip channel: a TCP connection made from here.
func (s *Server) forward(ctx context.Context, opening gossh.NewChannel) {
	var to struct {
		Host       string
		Port       uint32
		OriginHost string
		OriginPort uint32
	}
	if s.options.RefuseForwarding {
		opening.Reject(gossh.Prohibited, "open failed") // sshd's text
		return
	}
	if err := gossh.Unmarshal(opening.ExtraData(), &to); err != nil {
		opening.Reject(gossh.ConnectionFailed, "bad request")
		return
	}
	dialer := net.Dialer{Timeout: dialTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))))
	if err != nil {
		opening.Reject(gossh.ConnectionFailed, err.Error())
		return
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	channel, requests, err := opening.Accept()
	if err != nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() {
		io.Copy(channel, conn)
		channel.CloseWrite()
	})
	both.Go(func() {
		io.Copy(conn, channel)
		conn.(*net.TCPConn).CloseWrite()
	})
	s.running.Go(func() {
		both.Wait()
		channel.Close()
	})
	gossh.DiscardRequests(requests) // ends when both sides have closed the channel
}
