package sandbox

import (
	"io"

	"sparkops/sandbox/standin"
)

// IsStandIn reports whether this program was started as the java of a sandbox: main then
// calls [StandIn] and nothing else.
func IsStandIn(args []string) bool { return standin.Is(args) }

// StandIn plays Spark's master or worker until it is told to end, and returns the exit code.
func StandIn(args, env []string, stdout, stderr io.Writer) int {
	return standin.Main(args, env, stdout, stderr)
}
