package standin_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sparkops/sandbox/standin"
	"sparkops/shell/shelltest"
)

// The test binary is the stand-in that the tests look at.
func TestMain(m *testing.M) {
	if standin.Is(os.Args) {
		os.Exit(standin.Main(os.Args, os.Environ(), os.Stdout, os.Stderr))
	}
	shelltest.Main(m)
}

// process is a stand-in that runs, and what it has written.
type process struct {
	*exec.Cmd
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *process) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// java starts the test binary under the name java, with an environment of its own.
func java(t *testing.T, env string, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	program := filepath.Join(home, "java")
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	p := &process{Cmd: exec.CommandContext(ctx, program, append([]string{"-cp", "conf/:jars/*", "-Xmx1g"}, args...)...)}
	p.Env = append([]string{"SPARK_HOME=" + home, "SPARK_LOCAL_IP=127.0.0.1", shelltest.EndsAtOnce}, strings.Fields(env)...)
	p.Stdout, p.Stderr = p, p
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); p.Wait() })
	return p
}

// await returns the log once want is in it.
func (p *process) await(t *testing.T, want string) string {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if log := p.log(); strings.Contains(log, want) {
			return log
		}
	}
	t.Fatalf("never %q in\n%s", want, p.log())
	return ""
}

// code is the exit code of a process that ends by itself.
func (p *process) code() int {
	p.Wait()
	return p.ProcessState.ExitCode()
}

func (p *process) term() { p.Process.Signal(syscall.SIGTERM) }
