package shell

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// Local runs scripts on this machine, each in a session of its own, so that a Ctrl-C at
// the terminal reaches sparkops and not the daemons that a script has started.
type Local struct {
	Env []string // the environment of scripts, as in [os/exec.Cmd]; nil for that of this process
	Dir string   // where scripts begin, "" for this process's own directory
}

// Run implements [Runner]. When ctx is done first, the script's process group is killed;
// daemons that the script has put into sessions of their own go on.
func (l Local) Run(ctx context.Context, s Script) (Output, error) {
	x, err := NewExchange(s)
	if err != nil {
		return Output{}, err
	}
	if ctx.Err() != nil {
		return Output{}, Interrupted(ctx, false)
	}
	cmd := exec.Command("/bin/sh", "-s")
	cmd.Env, cmd.Dir = l.Env, l.Dir
	cmd.Stdin = bytes.NewReader(x.Input)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	p, err := startPiped(cmd, x)
	if err != nil {
		return Output{}, AsError(err, ClassShell)
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		cmd.Wait() // the status is read below; an error here is a status too
	}()
	select {
	case <-x.Done():
	case <-exited:
		x.Drain(ctx, p.copied, cmd.ProcessState.ExitCode())
	case <-ctx.Done():
	}
	if !x.Stdout.Ended() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // gone already is fine
		moment, cancel := context.WithTimeout(context.WithoutCancel(ctx), Settle)
		x.Drain(moment, p.copied, -1) // did it begin?
		cancel()
	}
	<-exited
	p.drop()
	return x.Result(ctx, cmd.ProcessState.ExitCode())
}

// pipes copy what a process writes into the frames of an exchange. A child of the process
// may hold them open, so their end is not waited for.
type pipes struct {
	r      []*os.File
	copied chan struct{} // both have come to their end
}

// startPiped starts cmd with its output in pipes.
func startPiped(cmd *exec.Cmd, x *Exchange) (*pipes, error) {
	outR, outW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer outW.Close()
	errR, errW, err := os.Pipe()
	if err != nil {
		outR.Close()
		return nil, err
	}
	defer errW.Close()
	p := &pipes{r: []*os.File{outR, errR}, copied: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = outW, errW
	if err := cmd.Start(); err != nil {
		outR.Close()
		errR.Close()
		return nil, err
	}
	var both sync.WaitGroup
	both.Go(func() { io.Copy(x.Stdout, outR) }) // ends at end of file, or when drop closes it
	both.Go(func() { io.Copy(x.Stderr, errR) })
	go func() {
		defer close(p.copied)
		both.Wait()
	}()
	return p, nil
}

// drop ends the copying and frees the files.
func (p *pipes) drop() {
	for _, r := range p.r {
		r.Close()
	}
	<-p.copied
}
