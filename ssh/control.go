package ssh

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	if _, ours := raw.(*leashed); !ours {
		c = newGentle(c)
	}
	conn := p.begin(gossh.NewClient(c, channels, requests), h)
	conn.control = true
	return conn, nil
}

// withOpenSSH reaches a host with OpenSSH's client, behind a bastion over the pool's connection
// to that. why is what it is needed for.
func (p *Pool) withOpenSSH(h *config.Host, why string) (*Conn, error) {
	if p.SSH == "" {
		return nil, shell.Errorf(shell.ClassConfig, "install OpenSSH's client, ssh", "only OpenSSH's client can reach %s: %s", h.Name, why)
	}
	hostbased := slices.Contains(h.NeedSSH, "hostbasedauthentication") // the client would take the name of this machine from a socket that has none
	t, err := p.setOut(h, p.Executable != "" && !hostbased)
	if err != nil {
		return nil, err
	}
	defer t.end()
	first := address(h)
	if len(h.Jump) > 0 && t.bastion == nil {
		first = h.Jump[0] // the client goes there by itself
	}
	release, err := t.place(first)
	if err != nil {
		return nil, err
	}
	defer release()
	return retry(t, h, func() (*Conn, error) { return p.master(t) })
}

// master starts OpenSSH's client, which logs in and then does nothing but pass on what comes
// over its control socket.
func (p *Pool) master(t *trip) (*Conn, error) {
	ctx, stop := context.WithCancelCause(t)
	defer stop(nil)
	dir, err := os.MkdirTemp(controlDirs, "sparkops-") // for this user alone
	if err != nil {
		return nil, fmt.Errorf("a directory for the control socket of %s: %w", t.host.Name, err)
	}
	i := p.interview(part{ctx, t}, t, stop)
	defer i.login.end()
	c, err := p.startMaster(i, dir)
	if err != nil {
		return nil, err
	}
	defer i.close()
	raw, err := c.socket(ctx, t.host, filepath.Join(dir, controlSocket))
	var conn *Conn
	if err == nil {
		conn, err = p.over(ctx, &leashed{Conn: raw, child: c}, t.host)
	}
	if err != nil {
		c.stop()
		return nil, err
	}
	i.login.took(c.errors.text())
	return conn, nil
}

// controlSocket is the name of a client's control socket.
const controlSocket = "s"

// startMaster starts the client; dir goes with it, or with the attempt.
func (p *Pool) startMaster(i *interview, dir string) (c *child, err error) {
	var w *way
	defer func() {
		if err == nil {
			return
		}
		i.close()
		w.close()
		os.RemoveAll(dir)
	}()
	w, options, err := p.bridge(i.login.clock, i.trip, dir)
	if err != nil {
		return nil, err
	}
	watched, hold, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer watched.Close()
	// The shell becomes ssh, and leaves behind who ends it should this process be killed.
	cmd := exec.Command("/bin/sh", "-c", `{ read x; kill $$; rm -rf "$0"; } <&3 >/dev/null 2>&1 & exec "$@" 3<&-`, dir, p.SSH)
	cmd.Args = append(append(cmd.Args, options...), p.masterArgs(i.trip.host, filepath.Join(dir, controlSocket))...)
	cmd.Env, cmd.ExtraFiles = p.Environ, []*os.File{watched}
	if p.asks(i.trip.host) {
		if err := i.begin(cmd, dir); err != nil {
			hold.Close()
			return nil, fmt.Errorf("the way to ask for %s: %w", i.trip.host.Name, err)
		}
	}
	return startChild(cmd, dir, hold, w)
}

// masterArgs are the arguments of the client. Its own come first: the first value wins.
func (p *Pool) masterArgs(h *config.Host, socket string) []string {
	strict := map[config.Strict]string{config.AcceptNew: "accept-new", config.Yes: "yes", config.Ask: "ask", config.No: "no"}
	interval, most := alive(h)
	args := []string{"-M", "-N", "-T", "-a", "-x"}
	for _, o := range []string{
		"ControlPath=" + socket, "ControlPersist=no", "ClearAllForwardings=yes",
		"PermitLocalCommand=no", "RemoteCommand=none", "LogLevel=ERROR", "FingerprintHash=sha256", "VisualHostKey=no", "StrictHostKeyChecking=" + strict[h.Strict],
		fmt.Sprintf("ServerAliveInterval=%d", max(1, int(interval.Seconds()))), fmt.Sprintf("ServerAliveCountMax=%d", most),
		fmt.Sprintf("ConnectTimeout=%d", max(1, int(p.Bound(h).Seconds()))), fmt.Sprintf("ConnectionAttempts=%d", max(1, h.Attempts)),
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
			if ctx.Err() == nil {
				return nil, c.refused(h)
			}
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
		if ctx.Err() == nil {
			continue
		}
		e := shell.Interrupted(ctx, false)
		if e.Class == shell.ClassTimeout {
			e.Err = fmt.Errorf("%w; OpenSSH's client was waiting%s", e.Err, c.said())
		}
		return nil, e
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
