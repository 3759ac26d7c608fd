package commands

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"

	"sparkops/spark"
)

// finding is something wrong with a file.
type finding struct {
	host, file string
	line       int // 0 if it is about no line in particular
	text, hint string
	stops      bool // a push, unless it is forced
}

// checkFiles looks at what is to be pushed before anything leaves this machine. What is worse
// than odd stops the push, unless it is forced. It is the one place where findings come from.
func (j *job) checkFiles(ctx context.Context, files []spark.PushFile, force bool) error {
	for _, f := range files {
		seen := map[string]bool{}
		for _, host := range j.hostsOf(f) {
			text := f.Content[host]
			if seen[string(text)] || !strings.HasSuffix(f.Name, ".sh") {
				continue
			}
			seen[string(text)] = true
			for _, found := range findings(ctx, host, f.Name, text) {
				if found.stops && !force {
					return mistakef(found.hint, "%s (--force pushes it all the same)", found)
				}
				if !j.quiet {
					fmt.Fprintf(j.world.Stderr, "warning: %s\n", found)
				}
			}
		}
	}
	return nil
}

func (j *job) hostsOf(f spark.PushFile) []string {
	var names []string
	for name := range f.Content {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (f finding) String() string {
	if f.line > 0 {
		return fmt.Sprintf("%s:%d, as %s would get it: %s", f.file, f.line, f.host, f.text)
	}
	return fmt.Sprintf("%s, as %s would get it: %s", f.file, f.host, f.text)
}

// checkBound is how long bash may take to read a file.
const checkBound = 10 * time.Second

// findings are what is wrong with a shell file.
func findings(ctx context.Context, host, file string, text []byte) []finding {
	if i := bytes.IndexByte(text, '\r'); i >= 0 {
		return []finding{{host: host, file: file, line: 1 + bytes.Count(text[:i], []byte{'\n'}), stops: true,
			text: "a carriage return (CR), which bash puts into values", hint: `sed -i 's/\r$//' ` + file}}
	}
	ctx, cancel := context.WithTimeout(ctx, checkBound)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-n", "/dev/stdin")
	cmd.Stdin = io.Reader(bytes.NewReader(text))
	cmd.WaitDelay = time.Second
	said, err := cmd.CombinedOutput()
	if _, ran := err.(*exec.ExitError); !ran || ctx.Err() != nil {
		return nil // no bash here: the host's own reads it before it is switched
	}
	first, _, _ := strings.Cut(string(said), "\n")
	return []finding{{host: host, file: file, stops: true, text: "bash cannot read it: " + strings.TrimPrefix(first, "/dev/stdin: "), hint: "bash -n " + file}}
}
