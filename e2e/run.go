//go:build linux

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// RunLimit bounds a command on a host that has no bound of its own.
const RunLimit = 3 * time.Minute

// Answer is what a command on a host gave back.
type Answer struct {
	Exit   int
	Stdout string
	Stderr string
	Took   time.Duration
}

// User is who runs a command on a host.
type User struct {
	Name string
	ID   int
	Home string
}

// The users of every host.
var (
	Spark = User{Name: "spark", ID: 1500, Home: "/home/spark"}
	Root  = User{Name: "root", ID: 0, Home: "/root"}
)

// Run runs a bash script on the host as user spark. It is for making and looking
// at a state: a script that cannot be run, or runs past [RunLimit], is an error,
// one that exits non-zero is an answer.
func (h *Host) Run(script string) (Answer, error) {
	return h.RunAs(Spark, script)
}

// RunAs is Run as another user.
func (h *Host) RunAs(user User, script string) (Answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), RunLimit)
	defer cancel()
	return Finish(ctx, h.Command(ctx, user, nil, "bash", "-c", script))
}

// Command is a command on the host, not yet started, with an environment as fresh
// as a login's. It is killed when ctx ends.
func (h *Host) Command(ctx context.Context, user User, env []string, argv ...string) *exec.Cmd {
	id := strconv.Itoa(user.ID)
	args := []string{
		"--target", strconv.Itoa(h.first.Process.Pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--",
		// nsenter waits in this process's place: if it is killed, so is the command.
		"setpriv", "--reuid", id, "--regid", id, "--clear-groups", "--pdeathsig", "KILL", "--",
		"env", "-i", "-C", user.Home, "HOME=" + user.Home, "USER=" + user.Name, "LOGNAME=" + user.Name, "SHELL=/bin/bash",
		"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG=C.UTF-8",
	}
	cmd := exec.CommandContext(ctx, "nsenter", append(append(args, env...), argv...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no terminal: whoever runs the tests is not asked
	// Daemons that a command leaves behind hold its output open.
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

// Finish runs the command to its end and collects its answer.
func Finish(ctx context.Context, cmd *exec.Cmd) (Answer, error) {
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	began := time.Now()
	err := cmd.Run()
	answer := Answer{Exit: cmd.ProcessState.ExitCode(), Stdout: out.String(), Stderr: errs.String(), Took: time.Since(began)}
	if ctx.Err() != nil {
		return answer, fmt.Errorf("command ran past its limit: %v", cmd.Args[len(cmd.Args)-1])
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return answer, err
	}
	return answer, nil
}
