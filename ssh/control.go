package ssh

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/ssh/config"
)

const (
	// attachBound is how long the user's own master may take to answer.
	attachBound = 2 * time.Second
	// controlDirs is where directories for control sockets are made. It is not TMPDIR: a
	// socket's path has 108 bytes, 17 of which ssh needs for itself, and macOS has 104.
	controlDirs = "/tmp"
)

// attach returns a connection over the user's own master, nil if there is none that lives. The
// master may have been told to wait for its host for ever: whether that lives is looked at here.
func (p *Pool) attach(h *config.Host) *Conn {
	if h.ControlPath == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(p.ctx, attachBound)
	defer cancel()
	raw, err := (&net.Dialer{}).DialContext(ctx, "unix", h.ControlPath)
	if err != nil {
		return nil
	}
	conn, err := p.over(ctx, raw, h)
	if err != nil {
		return nil
	}
	conn.wg.Go(func() { conn.keepAlive(alive(h)) })
	return conn
}

// over makes a connection on top of a control socket; raw is closed if that fails.
func (p *Pool) over(ctx context.Context, raw net.Conn, h *config.Host) (*Conn, error) {
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	c, channels, requests, err := gossh.NewControlClientConn(raw)
	if !stop() && err == nil { // the bound has passed at the last moment
		err = shell.Interrupted(ctx, false)
	}
	if err != nil {
		raw.Close()
		return nil, err
	}
	conn := p.begin(gossh.NewClient(c, channels, requests), h)
	conn.control = true
	return conn, nil
}

// withOpenSSH reaches a host with OpenSSH's client. The client has the bound for itself, so
// that here more is left to it where the person is asked. why is what it is needed for.
func (p *Pool) withOpenSSH(h *config.Host, why string) (*Conn, error) {
	if p.SSH == "" {
		return nil, shell.Errorf(shell.ClassConfig, "install OpenSSH's client, ssh", "only OpenSSH's client can reach %s: %s", h.Name, why)
	}
	bound := p.bound(h)
	if p.asks(h) {
		bound += answerBound
	}
	late := shell.Errorf(shell.ClassTimeout, "ssh "+h.Name+" true", "no answer from %s in %v", address(h), bound)
	ctx, cancel := context.WithTimeoutCause(p.ctx, bound, late)
	defer cancel()
	first := address(h)
	if len(h.Jump) > 0 {
		first = h.Jump[0] // the client goes there by itself
	}
	release, err := p.slot(ctx, first)
	if err != nil {
		return nil, err
	}
	defer release()
	return retry(ctx, h, func() (*Conn, error) { return p.master(ctx, h) })
}

// master starts OpenSSH's client, which logs in and then does nothing but pass on what comes
// over its control socket.
func (p *Pool) master(ctx context.Context, h *config.Host) (*Conn, error) {
	dir, err := os.MkdirTemp(controlDirs, "sparkops-") // for this user alone
	if err != nil {
		return nil, fmt.Errorf("a directory for the control socket of %s: %w", h.Name, err)
	}
	socket := filepath.Join(dir, "s")
	watched, hold, err := os.Pipe()
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	defer watched.Close()
	// The shell becomes ssh, and leaves behind who ends it should this process be killed.
	cmd := exec.Command("/bin/sh", "-c", `{ read x; kill $$; rm -rf "$0"; } <&3 >/dev/null 2>&1 & exec "$@" 3<&-`, dir, p.SSH)
	cmd.Args = append(cmd.Args, p.masterArgs(h, socket)...)
	cmd.Env, cmd.ExtraFiles = p.Environ, []*os.File{watched}
	var c *child
	var conn *Conn
	if p.asks(h) {
		stop, err := p.answer(ctx, cmd, h, dir)
		if err != nil {
			hold.Close()
			os.RemoveAll(dir)
			return nil, fmt.Errorf("the way to ask for %s: %w", h.Name, err)
		}
		defer func() { stop(conn != nil && c.errors.text() == "") }()
	}
	c, err = startChild(cmd, dir, hold)
	if err != nil {
		return nil, err
	}
	raw, err := c.socket(ctx, h, socket)
	if err == nil {
		conn, err = p.over(ctx, &leashed{Conn: raw, child: c}, h)
	}
	if err != nil {
		c.stop()
		return nil, err
	}
	return conn, nil
}

// masterArgs are the arguments of the client. Its own come first: the first value wins.
func (p *Pool) masterArgs(h *config.Host, socket string) []string {
	strict := map[config.Strict]string{config.AcceptNew: "accept-new", config.Yes: "yes", config.Ask: "ask", config.No: "no"}
	interval, most := alive(h)
	args := []string{"-M", "-N", "-T", "-a", "-x"}
	for _, o := range []string{
		"ControlPath=" + socket, "ControlPersist=no", "ClearAllForwardings=yes",
		"PermitLocalCommand=no", "RemoteCommand=none", "LogLevel=ERROR", "StrictHostKeyChecking=" + strict[h.Strict],
		fmt.Sprintf("ServerAliveInterval=%d", max(1, int(interval.Seconds()))), fmt.Sprintf("ServerAliveCountMax=%d", most),
		fmt.Sprintf("ConnectTimeout=%d", max(1, int(p.bound(h).Seconds()))), fmt.Sprintf("ConnectionAttempts=%d", max(1, h.Attempts)),
		"BatchMode=" + map[bool]string{true: "no", false: "yes"}[p.asks(h)],
	} {
		args = append(args, "-o", o)
	}
	return append(args, h.Command[min(1, len(h.Command)):]...) // the first is the program
}

// socket waits until the client has logged in, when its control socket appears.
func (c *child) socket(ctx context.Context, h *config.Host, path string) (net.Conn, error) {
	for {
		raw, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
		if err == nil {
			return raw, nil
		}
		select {
		case <-c.exited:
			return nil, c.refused(h)
		case <-ctx.Done():
			e := shell.Interrupted(ctx, false)
			return nil, &shell.Error{Class: e.Class, Hint: e.Hint, Err: fmt.Errorf("%w; OpenSSH's client was waiting%s", e.Err, c.said())}
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// refused is why the client has ended instead of logging in.
func (c *child) refused(h *config.Host) error {
	class, early := classOfWords(c.errors.text())
	err := shell.Errorf(class, "ssh -v "+h.Name+" true", "OpenSSH's client did not reach %s%s", h.Name, c.said())
	if early {
		return &cutError{err}
	}
	return err
}

// foreign says what a server and x/crypto have not in common.
func foreign(none *gossh.AlgorithmNegotiationError) string {
	what := strings.TrimPrefix(strings.TrimPrefix(none.What, "client to server "), "server to client ")
	return fmt.Sprintf("there is no %s in common; it offers %s", what, strings.Join(none.RequestedAlgorithms, ", "))
}
