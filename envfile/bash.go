package envfile

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// script sources the file inside bash and answers with the environment it leaves.
//
//go:embed source.bash
var script string

// settle is how long the last bytes of a bash that has ended are waited for while some
// child of it holds its output open.
const settle = 250 * time.Millisecond

// end closes an answer; no entry of an environment is without an equals sign.
const end = "sparkops-end"

// source reads the file with bash.
func source(ctx context.Context, o Options, base environ, f *file) (*Env, error) {
	text := script
	if o.PastCR {
		text = strings.Replace(script, `. "$__sparkops_file"`, `. <(tr -d '\r' <"$__sparkops_file")`, 1)
	}
	said, err := runBash(ctx, o, base, "-c", text, "spark-env")
	if said == nil {
		return nil, err
	}
	after, stopped, whole := readAnswer(said.answer.buf.Bytes())
	switch {
	case whole: // whatever its bash did afterwards
	case err != nil:
		return nil, err
	default:
		return nil, refusal(o, "bash -x "+o.File, "bash did not come to its end (%v)%s", said.state, said.output.quote())
	}
	env := &Env{Vars: changed(base, after, f.assigned), By: "bash", Output: said.output.buf.Bytes(), Stopped: stopped}
	if len(env.Output) > 0 {
		env.Faults = faultsIn(ctx, o, base, env.Output)
	}
	env.Lines = f.told(env, base)
	return env, nil
}

func refusal(o Options, hint, format string, args ...any) error {
	return &Error{File: o.File, Hint: hint, Err: fmt.Errorf(format, args...)}
}

// saying is what a bash has said.
type saying struct {
	answer, output *kept // on its descriptors 1 and 2
	state          *os.ProcessState
}

// runBash runs bash on the file, behind args, within the time that the options allow. What a
// bash that was ended has said comes with the error.
func runBash(ctx context.Context, o Options, base environ, args ...string) (*saying, error) {
	bash := findBash(o, base)
	if bash == "" {
		return nil, refusal(o, "install bash: Spark's own scripts need it too", "it takes bash to read it, and there is none on this machine")
	}
	path, err := filepath.Abs(o.File) // "." would look for a bare name in PATH
	if err != nil {
		return nil, refusal(o, "", "%w", err)
	}
	limit := o.Timeout
	if limit <= 0 {
		limit = DefaultTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errTime)
	defer cancel()
	said := &saying{answer: &kept{most: 16 << 20}, output: &kept{most: 64 << 10}}
	args = slices.Concat([]string{"--noprofile", "--norc"}, args, []string{path})
	cmd := exec.CommandContext(ctx, bash, args...)
	cmd.Env, cmd.Dir = base.list(), o.Dir
	cmd.Stdout, cmd.Stderr = said.answer, said.output
	// A session of its own: what the file starts cannot ask at our terminal, and can be
	// ended together.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = settle
	err = cmd.Run()
	said.state = cmd.ProcessState
	switch {
	case cmd.Process == nil && ctx.Err() == nil:
		return nil, refusal(o, "", "starting bash: %w", err)
	case said.state != nil && said.state.Exited(): // what it had to say, it has said
		return said, nil
	case errors.Is(context.Cause(ctx), errTime):
		return said, refusal(o, "bash -x "+o.File, "it did not come to its end within %s%s", limit, said.output.quote())
	case ctx.Err() != nil:
		return said, refusal(o, "", "interrupted: %w", context.Cause(ctx))
	}
	return said, nil
}

var errTime = errors.New("the time is up")

// readAnswer takes the entries of "env -0" and the status apart. Whole is false if the
// end is missing.
func readAnswer(b []byte) (after environ, stopped string, whole bool) {
	after = environ{}
	for entry := range strings.SplitSeq(string(b), "\x00") {
		if status, ok := strings.CutPrefix(entry, end); ok && !strings.Contains(entry, "=") {
			if status = strings.TrimSpace(status); status != "" {
				stopped = "exit status " + status
			}
			return after, stopped, true
		}
		if name, value, ok := strings.Cut(entry, "="); ok {
			after[name] = value
		}
	}
	return nil, "", false
}

// changed is what the file has set: what is not as before, and what its text assigns.
func changed(before, after environ, assigned map[string]bool) map[string]string {
	vars := map[string]string{}
	for name, value := range after {
		old, had := before[name]
		if isName(name) && !bookkeeping[name] && (!had || old != value || assigned[name]) {
			vars[name] = value
		}
	}
	return vars
}

// findBash looks where "#!/usr/bin/env bash", the first line of Spark's scripts, looks.
func findBash(o Options, base environ) string {
	if o.Bash != "" {
		return o.Bash
	}
	for _, dir := range append(filepath.SplitList(base["PATH"]), "/bin", "/usr/bin", "/usr/local/bin") {
		path := filepath.Join(dir, "bash")
		if s, err := os.Stat(path); err == nil && filepath.IsAbs(path) && s.Mode().IsRegular() && s.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// kept keeps the first bytes written to it and reads past the rest.
type kept struct {
	most int
	buf  bytes.Buffer // not embedded: its ReadFrom would know no bound
}

func (k *kept) Write(p []byte) (int, error) {
	k.buf.Write(p[:min(len(p), k.most-k.buf.Len())])
	return len(p), nil
}

func (k *kept) quote() string {
	said := bytes.TrimSpace(k.buf.Bytes())
	if len(said) == 0 {
		return ""
	}
	const most = 200
	return fmt.Sprintf("; it said %q", said[max(0, len(said)-most):])
}
