package shell_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"sparkops/shell"
	"sparkops/shell/shelltest"
)

func TestLocal(t *testing.T) {
	t.Parallel()
	shelltest.Runner(t, shell.Local{})
}

func TestLocalSurroundings(t *testing.T) {
	dir := t.TempDir()
	l := shell.Local{Env: []string{"COLOUR=blue"}, Dir: dir}
	out, err := l.Run(t.Context(), shell.Script{Body: `pwd; echo "$COLOUR$HOME"`})
	if err != nil || string(out.Stdout) != dir+"\nblue\n" {
		t.Errorf("%q, %v", out.Stdout, err)
	}
	l.Dir = filepath.Join(dir, "missing")
	var e *shell.Error
	if _, err := l.Run(t.Context(), shell.Script{}); !errors.As(err, &e) || e.Class != shell.ClassShell || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing directory: %v", err)
	}
}

// What is interrupted is ended; what the script has put into a session of its own is not.
func TestLocalInterrupted(t *testing.T) {
	t.Parallel()
	shelltest.Program(t, "setsid")
	ctx, cancel := context.WithCancel(t.Context())
	out := &cancelling{cancel: cancel}
	body := "setsid sleep 60 >/dev/null 2>&1 & daemon=$!; sleep 60 & echo $$ $daemon; wait"
	if _, err := (shell.Local{}).Run(ctx, shell.Script{Body: body, Stdout: out}); err == nil {
		t.Fatal("it ended")
	}
	var group, daemon int
	if n, err := fmt.Sscan(out.String(), &group, &daemon); n != 2 {
		t.Fatal(err)
	}
	if err := syscall.Kill(daemon, syscall.SIGKILL); err != nil {
		t.Errorf("the daemon: %v", err)
	}
	for end := time.Now().Add(10 * time.Second); syscall.Kill(-group, 0) == nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the script's process group is still there")
		}
	}
}

type cancelling struct {
	bytes.Buffer
	cancel func()
}

func (c *cancelling) Write(b []byte) (int, error) {
	defer c.cancel()
	return c.Buffer.Write(b)
}

func BenchmarkLocal(b *testing.B) {
	for b.Loop() {
		if _, err := (shell.Local{}).Run(b.Context(), shell.Script{Body: "echo hello"}); err != nil {
			b.Fatal(err)
		}
	}
}
