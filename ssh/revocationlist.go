package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// listBound is how long ssh-keygen may take over a revocation list.
const listBound = 10 * time.Second

// revocation is what a revocation list says of one key.
type revocation struct {
	turn    turn // guards those below
	known   bool
	revoked bool
	err     error
}

// listed reports whether a key is revoked by the list. ssh-keygen is asked for each key once
// in a run; a list may name keys, their hashes, authorities, and certificates by their serial
// numbers and names.
func (r *revocations) listed(ctx context.Context, keygen string, key gossh.PublicKey) (bool, error) {
	r.mu.Lock()
	v, ok := r.verdicts[string(key.Marshal())]
	if !ok {
		v = &revocation{turn: newTurn()}
		r.verdicts[string(key.Marshal())] = v
	}
	r.mu.Unlock()
	if err := v.turn.take(ctx); err != nil {
		return false, err
	}
	defer v.turn.release()
	if v.known {
		return v.revoked, v.err
	}
	revoked, err := lookUp(ctx, keygen, r.file, key)
	if ctx.Err() != nil {
		return false, context.Cause(ctx) // somebody else may have the time
	}
	v.known, v.revoked, v.err = true, revoked, err
	return revoked, err
}

// lookUp asks ssh-keygen, whose exit status is 1 for a key that is revoked and another one
// where it could not tell.
func lookUp(ctx context.Context, keygen, file string, key gossh.PublicKey) (revoked bool, err error) {
	late := fmt.Errorf("ssh-keygen has not read %s in %v", file, listBound)
	ctx, cancel := context.WithTimeoutCause(ctx, listBound, late)
	defer cancel()
	cmd := exec.CommandContext(ctx, keygen, "-Q", "-f", file, "/dev/stdin")
	var said tail
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(gossh.MarshalAuthorizedKey(key)), &said, &said
	cmd.WaitDelay = grace
	err = cmd.Run()
	exit, ok := errors.AsType[*exec.ExitError](err)
	switch {
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case err == nil:
		return false, nil
	case ok && exit.ExitCode() == 1 && strings.Contains(said.text(), ": REVOKED"):
		return true, nil
	case ok:
		return false, fmt.Errorf("%s: ssh-keygen ended with status %d; it said %q", file, exit.ExitCode(), strings.TrimSpace(said.text()))
	}
	return false, fmt.Errorf("%s: %w", file, err)
}
