package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"sparkops/envfile"
	"sparkops/envfile/lint"
)

// envFile is this machine's spark-env.sh.
func (t *site) envFile() string { return filepath.Join(t.confDir, "spark-env.sh") }

// readEnv reads spark-env.sh as Spark's own scripts do. What it cannot read is a mistake.
func (t *site) readEnv(ctx context.Context, env []string, pastCR bool) (*envfile.Env, error) {
	read, err := envfile.Load(ctx, envfile.Options{
		File: t.envFile(), Env: env, Dir: t.place(), SparkHome: t.sparkHome, ConfDir: t.confDir, PastCR: pastCR,
	})
	if e, ok := errors.AsType[*envfile.Error](err); ok {
		return nil, &mistake{err: discreet{err}, hint: e.Hint}
	}
	if err != nil {
		return nil, &mistake{err: err}
	}
	return read, nil
}

// discreet is an error that quotes what a file has said, without the secrets in it.
type discreet struct{ error }

func (d discreet) Error() string { return lint.MaskSaid(d.error.Error()) }
func (d discreet) Unwrap() error { return d.error }

// envWarnings is what Spark's own scripts would not stop at either.
func (t *site) envWarnings() (all []string) {
	for _, f := range t.env.Faults {
		all = append(all, fmt.Sprintf("%s:%d: %s: bash reads nothing behind it, and Spark's own scripts go on", t.envFile(), f.Line, lint.MaskSaid(f.Text)))
	}
	if t.env.Stopped != "" {
		all = append(all, fmt.Sprintf("%s ended early (%s): Spark's own scripts would end there", t.envFile(), t.env.Stopped))
	}
	return all
}

// envSaid shows what spark-env.sh wrote when it was read.
func (t *site) envSaid(w io.Writer) {
	if len(t.env.Output) > 0 {
		prefix(w, t.envFile()+" said: ", strings.NewReader(lint.MaskSaid(string(t.env.Output))))
	}
}
