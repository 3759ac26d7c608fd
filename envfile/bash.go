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
	refuse := func(hint, format string, args ...any) error {
		return &Error{File: o.File, Hint: hint, Err: fmt.Errorf(format, args...)}
	}
	bash := findBash(o, base)
	if bash == "" {
		return nil, refuse("install bash: Spark's own scripts need it too",
			"it takes bash to read it, and there is none on this machine")
	}
	path, err := filepath.Abs(o.File) // "." would look for a bare name in PATH
	if err != nil {
		return nil, refuse("", "%w", err)
	}
	limit := o.Timeout
	if limit <= 0 {
		limit = DefaultTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errTime)
	defer cancel()
	answer, output := &kept{most: 16 << 20}, &kept{most: 64 << 10}
	cmd := exec.CommandContext(ctx, bash, "--noprofile", "--norc", "-c", script, "spark-env", path)
	cmd.Env, cmd.Dir = base.list(), o.Dir
	cmd.Stdout, cmd.Stderr = answer, output
	// A session of its own: what the file starts cannot ask at our terminal, and can be
	// ended together.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = settle
	err = cmd.Run()
	after, stopped, whole := readAnswer(answer.buf.Bytes())
	switch {
	case whole:
	case errors.Is(context.Cause(ctx), errTime):
		return nil, refuse("bash -x "+o.File, "it did not come to its end within %s%s", limit, output.quote())
	case ctx.Err() != nil:
		return nil, refuse("", "interrupted: %w", context.Cause(ctx))
	case err != nil && cmd.Process == nil:
		return nil, refuse("", "starting bash: %w", err)
	default:
		return nil, refuse("bash -x "+o.File, "bash did not come to its end (%v)%s", cmd.ProcessState, output.quote())
	}
	env := &Env{Vars: changed(base, after, f.lines), Lines: f.lines, By: "bash", Output: output.buf.Bytes(), Stopped: stopped}
	return env, nil
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
func changed(before, after environ, assigned map[string]int) map[string]string {
	vars := map[string]string{}
	for name, value := range after {
		old, had := before[name]
		_, named := assigned[name]
		if isName(name) && !bookkeeping[name] && (!had || old != value || named) {
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
	buf  bytes.Buffer
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
