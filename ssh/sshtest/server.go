package sshtest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// loginGrace is how long a client may take to log in, as sshd's LoginGraceTime.
const loginGrace = 2 * time.Minute

// Options of a server. The zero value serves everybody on a free port of 127.0.0.1.
type Options struct {
	Addr           string            // where to listen, 127.0.0.1:0 if empty
	HostKeys       []gossh.Signer    // one ed25519 key is made if empty
	AuthorizedKeys []gossh.PublicKey // who may log in, under any user name; everybody if empty

	// KeysFile, where set, says who may log in beside AuthorizedKeys: the lines without options of
	// this authorized_keys file, read at each login. Password, where set, lets everybody in.
	KeysFile string
	Password string

	// Env is the environment of commands, on top of what sshd itself sets: USER, LOGNAME,
	// HOME, PATH, SHELL, SSH_CLIENT and SSH_CONNECTION. Nothing of this process's environment is in it.
	Env   []string
	Dir   string // the home directory, where commands begin; "/" if empty
	Shell string // the login shell, /bin/sh if empty

	RefuseForwarding bool // as AllowTcpForwarding no
	RefuseExec       bool // a session can be opened, but nothing can be run in it
	MaxSessions      int  // that many sessions on one connection at a time, 0 for any number

	// Config, where set, may change the server's configuration before it listens.
	Config func(*gossh.ServerConfig)
}

// Server is an SSH server in this process. Its methods may be called by several
// goroutines at a time.
type Server struct {
	options  Options
	config   *gossh.ServerConfig
	hostKey  gossh.PublicKey
	listener net.Listener
	cancel   context.CancelFunc
	running  sync.WaitGroup

	connections, logins, sessions atomic.Int64
}

// Start listens and serves until [Server.Close].
func Start(o Options) (*Server, error) {
	o = o.withDefaults()
	s := &Server{options: o, config: o.serverConfig()}
	if len(o.HostKeys) == 0 {
		key, err := newHostKey()
		if err != nil {
			return nil, err
		}
		o.HostKeys = []gossh.Signer{key}
	}
	for _, key := range o.HostKeys {
		s.config.AddHostKey(key)
	}
	s.hostKey = o.HostKeys[0].PublicKey()
	if o.Config != nil {
		o.Config(s.config)
	}
	var err error
	if s.listener, err = net.Listen("tcp", o.Addr); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.running.Go(func() { s.accept(ctx) })
	return s, nil
}

// Addr is the address that the server listens on, as host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// HostKey is the public half of the first host key.
func (s *Server) HostKey() gossh.PublicKey { return s.hostKey }

// Connections is how many TCP connections were accepted so far.
func (s *Server) Connections() int { return int(s.connections.Load()) }

// Logins is how many clients have logged in so far.
func (s *Server) Logins() int { return int(s.logins.Load()) }

// Sessions is how many session channels were opened so far.
func (s *Server) Sessions() int { return int(s.sessions.Load()) }

// Close ends the listener, the connections and, unlike sshd, the commands that still run,
// with their process groups. What commands have put into other sessions, as daemons are,
// goes on. No goroutine of the server is left when Close returns; closing twice is fine.
func (s *Server) Close() error {
	err := s.listener.Close()
	s.cancel()
	s.running.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (s *Server) accept(ctx context.Context) {
	for {
		conn, err := s.listener.Accept()
		switch {
		case err == nil:
			s.connections.Add(1)
			s.running.Go(func() { s.serve(ctx, conn) })
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return
		default: // out of files, say: others may end meanwhile
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// serve speaks SSH with one client until either side ends it.
func (s *Server) serve(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	conn.SetDeadline(time.Now().Add(loginGrace))
	client, channels, requests, err := gossh.NewServerConn(conn, s.config)
	if err != nil {
		return
	}
	conn.SetDeadline(time.Time{})
	s.logins.Add(1)
	s.running.Go(func() { gossh.DiscardRequests(requests) }) // answers keepalives, as sshd, with a no
	var open atomic.Int64                                    // sessions
	for channel := range channels {
		switch channel.ChannelType() {
		case "session":
			if n := open.Add(1); s.options.MaxSessions > 0 && n > int64(s.options.MaxSessions) {
				open.Add(-1)
				channel.Reject(gossh.ConnectionFailed, "open failed") // sshd's text
				continue
			}
			s.running.Go(func() {
				defer open.Add(-1)
				s.session(ctx, client, channel)
			})
		case "direct-tcpip":
			s.running.Go(func() { s.forward(ctx, channel) })
		default:
			channel.Reject(gossh.UnknownChannelType, "unknown channel type")
		}
	}
}

func newHostKey() (gossh.Signer, error) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	return gossh.NewSignerFromKey(private)
}
