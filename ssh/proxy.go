package ssh

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"

	"sparkops/shell"
	"sparkops/ssh/config"
)

// proxy starts a host's ProxyCommand, whose standard input and output are the connection:
// one socket, as pipes would have no deadlines.
func (p *Pool) proxy(h *config.Host) (net.Conn, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, fmt.Errorf("a socket for the ProxyCommand of %s: %w", h.Name, err)
	}
	defer theirs.Close()
	cmd := exec.Command(p.shell(), "-c", "exec "+h.ProxyCommand)
	cmd.Env, cmd.Stdin, cmd.Stdout = p.Environ, theirs, theirs
	c, err := startChild(cmd, "", nil, nil)
	if err != nil {
		ours.Close()
		return nil, shell.Errorf(shell.ClassConfig, "", "the ProxyCommand of %s: %w", h.Name, err)
	}
	return &leashed{Conn: ours, child: c}, nil
}

// shell is the user's: ssh runs its commands by it.
func (p *Pool) shell() string {
	for _, entry := range slices.Backward(p.Environ) {
		if shell, ok := strings.CutPrefix(entry, "SHELL="); ok && shell != "" {
			return shell
		}
	}
	return "/bin/sh"
}

// socketPair is two sockets, connected with each other: one for this process, one for another.
func socketPair() (ours net.Conn, theirs *os.File, err error) {
	syscall.ForkLock.RLock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, err
	}
	file := os.NewFile(uintptr(fds[0]), "proxy")
	theirs = os.NewFile(uintptr(fds[1]), "proxy")
	defer file.Close()
	if ours, err = net.FileConn(file); err != nil {
		theirs.Close()
	}
	return ours, theirs, err
}

// explainProxy adds to why a handshake failed what the process behind the connection knows.
// A command that failed is not tried again: it may have been refused a login of its own.
func explainProxy(heard *hearing, h *config.Host, err error) error {
	l, ok := heard.Conn.(*leashed)
	if !ok {
		return err
	}
	e := shell.AsError(err, shell.ClassClosed)
	if e.Class == shell.ClassTimeout {
		return &shell.Error{Class: e.Class, Hint: e.Hint, Err: fmt.Errorf("%w; its ProxyCommand was still running%s", e.Err, l.child.said())}
	}
	if _, cut := errors.AsType[*cutError](err); !cut {
		return err
	}
	<-l.child.exited // who cut the connection has closed it, and with that ended the command
	said := l.child.said() + heard.quote()
	hint := "look at ProxyCommand for " + h.Name + " in ~/.ssh/config"
	switch status := l.child.cmd.ProcessState.ExitCode(); status {
	case 126, 127: // sh has not found it
		return shell.Errorf(shell.ClassConfig, hint, "the ProxyCommand of %s cannot be run%s", h.Name, said)
	case -1: // by our doing: it had closed its output and went on
		return err
	case 0:
		return &cutError{shell.Errorf(e.Class, hint, "the ProxyCommand of %s ended%s", h.Name, said)}
	default:
		class, _ := classOfWords(l.child.errors.text())
		return shell.Errorf(class, hint, "the ProxyCommand of %s ended with status %d%s", h.Name, status, said)
	}
}

// classOfWords is the class of what OpenSSH's client said before it gave up, and whether
// that was before it saw the host key.
func classOfWords(said string) (class shell.Class, early bool) {
	for _, c := range []struct {
		words string
		class shell.Class
	}{
		{"Host key verification failed", shell.ClassHostKey}, {"IDENTIFICATION HAS CHANGED", shell.ClassHostKey}, {"revoked host key", shell.ClassHostKey},
		{"Permission denied (", shell.ClassAuth}, {"Too many authentication failures", shell.ClassAuth},
		{"Could not resolve hostname", shell.ClassDNS}, {"not known", shell.ClassDNS},
		{"onnection refused", shell.ClassRefused},
		{"timed out", shell.ClassTimeout}, {"No route to host", shell.ClassTimeout}, {"unreachable", shell.ClassTimeout},
		{"Bad configuration option", shell.ClassConfig}, {"Unable to negotiate", shell.ClassConfig}, {"no argument after keyword", shell.ClassConfig},
	} {
		if strings.Contains(said, c.words) {
			return c.class, false
		}
	}
	return shell.ClassClosed, strings.Contains(said, "kex_exchange_identification: ") || strings.Contains(said, "ssh_dispatch_run_fatal: ")
}
