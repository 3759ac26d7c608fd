package sshtest_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh/sshtest"
)

func start(t *testing.T, o sshtest.Options) *sshtest.Server {
	t.Helper()
	s, err := sshtest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func dial(t *testing.T, s *sshtest.Server, auth ...gossh.AuthMethod) *gossh.Client {
	t.Helper()
	client, err := gossh.Dial("tcp", s.Addr(), &gossh.ClientConfig{
		User: "spark", Auth: auth, HostKeyCallback: gossh.FixedHostKey(s.HostKey()), Timeout: 10 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func session(t *testing.T, c *gossh.Client) *gossh.Session {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestExec(t *testing.T) {
	dir := t.TempDir()
	s := start(t, sshtest.Options{Dir: dir, Env: []string{"COLOUR=blue"}})
	client := dial(t, s)
	for _, c := range []struct{ command, stdin, out, errs, ending string }{
		{"echo hello", "", "hello\n", "", ""},
		{"cat; echo bad >&2; exit 3", "typed", "typed", "bad\n", "exited with status 3"},
		{"pwd; echo $HOME $USER $LOGNAME $COLOUR $SHELL", "", dir + "\n" + dir + " spark spark blue /bin/sh\n", "", ""},
		{"echo $WORD", "", "sent\n", "", ""},
		{"kill -TERM $$", "", "", "", "exited with status 143 from signal TERM"},
		{"no-such-command 2>/dev/null", "", "", "", "exited with status 127"},
	} {
		run := session(t, client)
		var out, errs strings.Builder
		run.Stdin, run.Stdout, run.Stderr = strings.NewReader(c.stdin), &out, &errs
		if err := run.Setenv("WORD", "sent"); err != nil {
			t.Fatal(err)
		}
		err := run.Run(c.command)
		ending := ""
		if err != nil {
			ending = strings.TrimPrefix(err.Error(), "Process ")
		}
		if out.String() != c.out || errs.String() != c.errs || ending != c.ending {
			t.Errorf("%s: %q, %q, %q", c.command, out.String(), errs.String(), ending)
		}
	}
	if s.Connections() != 1 || s.Logins() != 1 || s.Sessions() != 6 {
		t.Errorf("%d connections, %d logins, %d sessions", s.Connections(), s.Logins(), s.Sessions())
	}
}

func TestLoginShell(t *testing.T) {
	run := session(t, dial(t, start(t, sshtest.Options{})))
	var out strings.Builder
	run.Stdin, run.Stdout = strings.NewReader("echo $0\n"), &out
	if err := run.Shell(); err != nil {
		t.Fatal(err)
	}
	if err := run.Wait(); err != nil || out.String() != "-sh\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestRefusals(t *testing.T) {
	client := dial(t, start(t, sshtest.Options{RefuseExec: true, RefuseForwarding: true}))
	if err := session(t, client).RequestPty("xterm", 24, 80, nil); err == nil {
		t.Error("a pty was given")
	}
	if err := session(t, client).Run("true"); err == nil {
		t.Error("a command was run")
	}
	var refused *gossh.OpenChannelError
	if _, err := client.Dial("tcp", "127.0.0.1:1"); !errors.As(err, &refused) || refused.Reason != gossh.Prohibited {
		t.Errorf("forwarding: %v", err)
	}
	if _, _, err := client.SendRequest("keepalive@openssh.com", true, nil); err != nil {
		t.Errorf("keepalive: %v", err)
	}
}

func TestAuthorizedKeys(t *testing.T) {
	known, stranger := newKey(t), newKey(t)
	s := start(t, sshtest.Options{AuthorizedKeys: []gossh.PublicKey{known.PublicKey()}})
	dial(t, s, gossh.PublicKeys(known))
	_, err := gossh.Dial("tcp", s.Addr(), &gossh.ClientConfig{
		Auth: []gossh.AuthMethod{gossh.PublicKeys(stranger)}, HostKeyCallback: gossh.FixedHostKey(s.HostKey()),
	})
	if err == nil || !strings.Contains(err.Error(), "unable to authenticate") {
		t.Errorf("a stranger: %v", err)
	}
}

func newKey(t *testing.T) gossh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := gossh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestForwarding(t *testing.T) {
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	go func() {
		conn, err := echo.Accept()
		if err == nil {
			io.Copy(conn, conn)
			conn.Close()
		}
	}()
	client := dial(t, start(t, sshtest.Options{}))
	conn, err := client.Dial("tcp", echo.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "there and back")
	conn.(interface{ CloseWrite() error }).CloseWrite()
	if answer, err := io.ReadAll(conn); string(answer) != "there and back" {
		t.Errorf("%q, %v", answer, err)
	}
	echo.Close()
	var refused *gossh.OpenChannelError
	if _, err := client.Dial("tcp", echo.Addr().String()); !errors.As(err, &refused) || refused.Reason != gossh.ConnectionFailed {
		t.Errorf("nobody listens: %v", err)
	}
}

// A child that holds the output open holds the channel open, as under sshd; the exit
// status comes before that, and what runs in a session of its own survives the client.
func TestChildHoldsChannel(t *testing.T) {
	s := start(t, sshtest.Options{})
	client := dial(t, s)
	run := session(t, client)
	run.Stdin = strings.NewReader("")
	out, _ := run.StdoutPipe()
	if err := run.Start("setsid sleep 60 & echo $!"); err != nil {
		t.Fatal(err)
	}
	var pid int
	fmt.Fscan(out, &pid)
	ended := make(chan error, 1)
	go func() { ended <- run.Wait() }()
	select {
	case err := <-ended:
		t.Errorf("the channel was closed: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	run.Close()
	s.Close()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("the child is gone: %v", err)
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	s := start(t, sshtest.Options{})
	client := dial(t, s)
	run := session(t, client)
	out, _ := run.StdoutPipe()
	if err := run.Start("echo $$; sleep 60; echo never"); err != nil {
		t.Fatal(err)
	}
	var pid int
	fmt.Fscan(out, &pid)
	quiet, err := net.Dial("tcp", s.Addr()) // a client that never logs in
	if err != nil {
		t.Fatal(err)
	}
	defer quiet.Close()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	client.Close()
	run.Wait()
	if !soon(func() bool { return errors.Is(syscall.Kill(-pid, 0), syscall.ESRCH) }) {
		t.Error("the command's group is still there")
	}
	if !soon(func() bool { return runtime.NumGoroutine() <= before }) {
		all := make([]byte, 1<<16)
		t.Errorf("goroutines left:\n%s", all[:runtime.Stack(all, true)])
	}
}

// soon reports whether is becomes true within two seconds.
func soon(is func() bool) bool {
	for range 200 {
		if is() {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}
