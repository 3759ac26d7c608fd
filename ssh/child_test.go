package ssh

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// What a process said before it ended is told of, though who is left of it holds the pipe and
// nothing was read of it until then.
func TestChildIsHeardToItsEnd(t *testing.T) {
	t.Parallel()
	said, stderr, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	defer stderr.Close() // held
	var c child
	stderr.WriteString("Permission denied\n")
	c.drain(said)
	c.drain(said) // empty, and it does not wait
	if text := c.said(); text != `; it said "Permission denied"` {
		t.Error(text)
	}
	held, err := startChild(exec.Command("sh", "-c", "echo first >&2; sleep 60 & echo $! last >&2"), "", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	<-held.exited
	if text := held.said(); !strings.Contains(text, "first") || !strings.Contains(text, "last") {
		t.Error(text)
	}
	held.stop()
}
