package ssh

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

const (
	// wayWord is the first argument of this program as OpenSSH's client starts it.
	wayWord = "--ssh-way"
	// wayBound is how long that takes to be handed its way, which is there before it is started.
	wayBound = 10 * time.Second
)

// way is a connection through a bastion, handed over to OpenSSH's client: it starts this program
// as its ProxyCommand, which connects to a socket here, passes that connection on to it and ends
// (ProxyUseFdpass). Nothing stays between the client and this process.
type way struct {
	listener net.Listener
	far      net.Conn

	mu     sync.Mutex
	near   net.Conn
	closed bool
}

// IsWay reports whether OpenSSH's client has started this program to be handed its way to a
// host: main then calls [Way] and nothing else.
func IsWay(args []string) bool { return len(args) == 3 && args[1] == wayWord }

// Way connects to the socket that args name, and passes the connection on over out, which is
// a socket. It returns the exit code.
func Way(args []string, out *os.File) int {
	conn, err := net.DialTimeout("unix", args[2], wayBound)
	if err != nil {
		return 1
	}
	defer conn.Close()
	file, err := conn.(*net.UnixConn).File()
	if err != nil {
		return 1
	}
	defer file.Close()
	if err := syscall.Sendmsg(int(out.Fd()), []byte{0}, syscall.UnixRights(int(file.Fd())), nil, 0); err != nil {
		return 1
	}
	return 0
}

// newWay makes far the way of a client that is given these options; dir is for what that
// needs. far is closed when the way is, or cannot be made.
func (p *Pool) newWay(far net.Conn, dir string) (*way, []string, error) {
	program, socket := filepath.Join(dir, "way"), filepath.Join(dir, "w")
	err := os.Symlink(p.Executable, program) // of a path that any shell takes for a word
	var listener net.Listener
	if err == nil {
		listener, err = net.Listen("unix", socket)
	}
	if err != nil {
		far.Close()
		return nil, nil, err
	}
	w := &way{listener: listener, far: far}
	p.wg.Go(func() { w.serve(&p.wg) })
	return w, []string{"-o", "ProxyCommand=" + program + " " + wayWord + " " + socket, "-o", "ProxyUseFdpass=yes"}, nil
}

// serve carries what one client says, and what it is told.
func (w *way) serve(all *sync.WaitGroup) {
	near, err := w.listener.Accept()
	w.listener.Close()
	if err != nil || !w.take(near) {
		return
	}
	all.Go(func() {
		defer w.close()
		io.Copy(w.far, near)
	})
	defer w.close()
	io.Copy(near, w.far)
}

func (w *way) take(near net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		near.Close()
		return false
	}
	w.near = near
	return true
}

// close ends the way; there may be none.
func (w *way) close() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	w.closed = true
	w.listener.Close()
	if w.near != nil {
		w.near.Close()
	}
	w.far.Close()
}

// bridge opens the way through the bastion of a trip for OpenSSH's client, which is to be given
// these options; nil is for a client that finds its own.
func (p *Pool) bridge(ctx context.Context, t *trip, dir string) (*way, []string, error) {
	if t.bastion == nil {
		return nil, nil, nil
	}
	far, err := through(ctx, t.bastion, t.host)
	if err != nil {
		return nil, nil, err
	}
	w, options, err := p.newWay(far, dir)
	if err != nil {
		return nil, nil, fmt.Errorf("handing OpenSSH's client the way through %s: %w", t.bastion.name, err)
	}
	return w, options, nil
}
