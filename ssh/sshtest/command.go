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

// command is a process with our ends of its three pipes.
type command struct {
	cmd              *exec.Cmd
	stdin, out, errs *os.File
}

// startCommand runs the shell with args, or as a login shell if there are none.
func startCommand(o Options, args, env []string) (*command, error) {
	cmd := exec.Command(o.Shell, args...)
	if args == nil {
		cmd.Args[0] = "-" + filepath.Base(o.Shell)
	}
	cmd.Dir, cmd.Env = o.Dir, env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var files []*os.File
	for range 3 {
		r, w, err := os.Pipe()
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
	return &command{cmd: cmd, stdin: files[1], out: files[2], errs: files[4]}, nil
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
