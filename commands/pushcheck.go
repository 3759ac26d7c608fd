package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"sparkops/inventory"
	"sparkops/spark"
)

// finding is something wrong with a file.
type finding struct {
	line       int // 0 if it is about no line in particular
	text, hint string
	stops      bool // a push, unless it is forced
}

// checkFiles looks at what is to be pushed before anything leaves this machine, each different
// text once. What surely breaks something stops the push, unless it is forced.
func (j *job) checkFiles(ctx context.Context, p *spark.Push) error {
	for _, f := range p.Files {
		if !strings.HasSuffix(f.Name, ".sh") {
			continue
		}
		for _, hosts := range sameText(p, f) {
			where := fmt.Sprintf("%s for %s", f.Name, inventory.Fold(hosts))
			for _, found := range j.findings(ctx, f.Name, f.Content[hosts[0]], len(hosts)) {
				if found.line > 0 {
					found.text = fmt.Sprintf("line %d: %s", found.line, found.text)
				}
				if found.stops && !p.Force {
					return mistakef(found.hint, "%s: %s (--force pushes it all the same)", where, found.text)
				}
				if !j.quiet {
					fmt.Fprintf(j.world.Stderr, "warning: %s: %s\n", where, found.text)
				}
			}
		}
	}
	return nil
}

// sameText are the hosts by what they get of a file, in the order of the host list.
func sameText(p *spark.Push, f spark.PushFile) (groups [][]string) {
	for _, h := range p.Hosts {
		i := slices.IndexFunc(groups, func(g []string) bool { return bytes.Equal(f.Content[g[0]], f.Content[h.Name]) })
		if i < 0 {
			groups = append(groups, []string{h.Name})
			continue
		}
		groups[i] = append(groups[i], h.Name)
	}
	return groups
}

// findings are what is wrong with a shell file that so many hosts are to get. It is the one
// place where findings come from.
func (j *job) findings(ctx context.Context, file string, text []byte, hosts int) []finding {
	if i := bytes.IndexByte(text, '\r'); i >= 0 {
		return []finding{{line: 1 + bytes.Count(text[:i], []byte{'\n'}), stops: true,
			text: "a carriage return (CR), which bash puts into values", hint: `sed -i 's/\r$//' ` + file}}
	}
	said := bashSays(ctx, text)
	if len(said) == 0 {
		return nil
	}
	first, _, _ := strings.Cut(string(said), "\n")
	_, first, _ = strings.Cut(first, ": ")
	return []finding{{stops: true, text: "bash cannot read it: " + first, hint: "bash -n " + file}}
}

// checkBound is how long bash may take to read a file.
const checkBound = 10 * time.Second

// bashSays is what bash -n has against a text; nothing where there is no bash: the hosts' own
// read it before it is switched.
func bashSays(ctx context.Context, text []byte) []byte {
	ctx, cancel := context.WithTimeout(ctx, checkBound)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-n", "/dev/stdin")
	cmd.Stdin = bytes.NewReader(text)
	cmd.Env = []string{"LC_ALL=C"}
	cmd.WaitDelay = time.Second
	said, err := cmd.CombinedOutput()
	if _, ended := errors.AsType[*exec.ExitError](err); !ended || ctx.Err() != nil {
		return nil
	}
	return said
}
