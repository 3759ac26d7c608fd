package ssh

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// grace is how long a process may take to end when it is told to, before it is killed.
const grace = 500 * time.Millisecond

// child is a process that a connection goes through. It has a session of its own, so that a
// Ctrl-C at the terminal does not reach it and it asks nobody there, and with that a
// process group, which ends with the connection.
type child struct {
	cmd    *exec.Cmd
	dir    string   // goes with it, "" for none
	hold   *os.File // open as long as it is to run; nil for none
	way    *way     // that goes with it, nil for none
	errors tail
	exited chan struct{}
	once   sync.Once
}

// startChild starts cmd; dir, hold and way are freed when it is stopped, or cannot be started.
func startChild(cmd *exec.Cmd, dir string, hold *os.File, way *way) (*child, error) {
	c := &child{cmd: cmd, dir: dir, hold: hold, way: way, exited: make(chan struct{})}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	said, stderr, err := os.Pipe()
	if err != nil {
		c.free()
		return nil, err
	}
	cmd.Stderr = stderr
	err = cmd.Start()
	stderr.Close()
	if err != nil {
		said.Close()
		c.free()
		return nil, err
	}
	go c.wait(said)
	return c, nil
}

// wait waits for the end of the process and of what it says. Who is left of it may hold the
// pipe: grace later it is read to where it is empty, and no further. That has its reason: on a
// machine under load nothing might have been read by then.
func (c *child) wait(said *os.File) {
	defer close(c.exited)
	defer said.Close()
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		io.Copy(&c.errors, said)
	}()
	c.cmd.Wait() // the status is read where it matters
	select {
	case <-heard:
		return
	case <-time.After(grace):
	}
	said.SetReadDeadline(time.Now())
	<-heard
	c.drain(said)
}

// drain reads what is in a pipe, as much as one holds.
func (c *child) drain(said *os.File) {
	said.SetReadDeadline(time.Time{})
	raw, err := said.SyscallConn()
	if err != nil {
		return
	}
	rest := make([]byte, 64<<10)
	raw.Read(func(fd uintptr) bool { // os.Pipe's do not block
		if n, _ := syscall.Read(int(fd), rest); n > 0 {
			c.errors.Write(rest[:n])
		}
		return true
	})
}

// stop ends the process group and removes the directory.
func (c *child) stop() {
	c.once.Do(func() {
		if c.hold != nil {
			c.hold.Close()
		}
		c.way.close()
		c.ends(grace / 2)                                 // by itself, as its input has ended
		syscall.Kill(-c.cmd.Process.Pid, syscall.SIGTERM) // gone already is fine
		c.ends(grace)
		syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
		<-c.exited
		c.free()
	})
}

// ends waits until the process has ended, or no longer.
func (c *child) ends(wait time.Duration) {
	select {
	case <-c.exited:
	case <-time.After(wait):
	}
}

func (c *child) free() {
	if c.hold != nil {
		c.hold.Close() // once more is fine
	}
	c.way.close()
	if c.dir != "" {
		os.RemoveAll(c.dir)
	}
}

// said is what the process said last, for an error message; "" if it said nothing.
func (c *child) said() string {
	if said := strings.TrimSpace(c.errors.text()); said != "" {
		return fmt.Sprintf("; it said %q", said)
	}
	return ""
}

// leashed is a connection that a process ends with.
type leashed struct {
	net.Conn
	child *child
}

func (l *leashed) Close() error {
	err := l.Conn.Close()
	l.child.stop()
	return err
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	last []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, b...)
	t.last = t.last[max(0, len(t.last)-maxHeard):]
	return len(b), nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.last)
}
