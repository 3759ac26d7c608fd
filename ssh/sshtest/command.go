package sshtest

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"

	gossh "golang.org/x/crypto/ssh"
)

// command is a process with our ends of its three streams.
type command struct {
	cmd              *exec.Cmd
	stdin, out, errs *os.File
	ended            chan struct{} // the process itself has; others may hold its output
}

// startCommand runs the shell with args, or as a login shell if there are none. As under
// sshd, standard input is a socket: bash knows by it, too, that it is to read ~/.bashrc.
func startCommand(o Options, args, env []string) (*command, error) {
	cmd := exec.Command(o.Shell, args...)
	if args == nil {
		cmd.Args[0] = "-" + filepath.Base(o.Shell)
	}
	cmd.Dir, cmd.Env = o.Dir, env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var files []*os.File
	for _, pair := range []func() (r, w *os.File, err error){socketPair, os.Pipe, os.Pipe} {
		r, w, err := pair()
		if err != nil {
			closeAll(files)
			return nil, err
		}
		files = append(files, r, w)
	}
	theirs := []*os.File{files[0], files[3], files[5]}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs[0], theirs[1], theirs[2]
	if err := cmd.Start(); err != nil {
		closeAll(files)
		return nil, err
	}
	closeAll(theirs)
	return &command{cmd: cmd, stdin: files[1], out: files[2], errs: files[4], ended: make(chan struct{})}, nil
}

// socketPair is two connected sockets, of which the second does not block this process.
func socketPair() (r, w *os.File, err error) {
	syscall.ForkLock.RLock() // no command is to inherit them by accident
	defer syscall.ForkLock.RUnlock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	for _, fd := range fds {
		syscall.CloseOnExec(fd)
	}
	if err := syscall.SetNonblock(fds[1], true); err != nil {
		return nil, nil, os.NewSyscallError("fcntl", err)
	}
	return os.NewFile(uintptr(fds[0]), "socket"), os.NewFile(uintptr(fds[1]), "socket"), nil
}

// follow moves the command's streams, and tells its end when it comes. The channel is
// closed when the command has ended and nobody holds its output any more.
func (s *Server) follow(ctx context.Context, c *command, channel gossh.Channel) {
	var outputs sync.WaitGroup
	outputs.Go(func() { io.Copy(channel, c.out) })
	outputs.Go(func() { io.Copy(channel.Stderr(), c.errs) })
	s.running.Go(func() {
		io.Copy(c.stdin, channel)
		c.stdin.Close()
	})
	s.running.Go(func() {
		stop := context.AfterFunc(ctx, func() { c.signal(syscall.SIGKILL) })
		c.cmd.Wait() // its error is in the state
		close(c.ended)
		stop()
		kind, payload := ending(c.cmd.ProcessState)
		channel.SendRequest(kind, false, payload)
		outputs.Wait()
		c.drop()
		channel.CloseWrite()
		channel.Close()
	})
}

// ending is the request that tells how a process has ended.
func ending(state *os.ProcessState) (kind string, payload []byte) {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		for name, signal := range signals {
			if signal == status.Signal() {
				return "exit-signal", gossh.Marshal(struct {
					Signal     string
					CoreDumped bool
					Message    string
					Language   string
				}{name, status.CoreDump(), "", ""})
			}
		}
	}
	return "exit-status", gossh.Marshal(struct{ Status uint32 }{uint32(state.ExitCode())})
}

// signal reaches the whole process group. The number 0, of a name that is not known, does nothing.
func (c *command) signal(n syscall.Signal) error { return syscall.Kill(-c.cmd.Process.Pid, n) }

// drop closes our ends: the process reads an end of file and is signalled if it writes.
func (c *command) drop() { closeAll([]*os.File{c.stdin, c.out, c.errs}) }

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
