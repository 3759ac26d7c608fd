package commands

import (
	"context"
	"errors"
	"time"

	"sparkops/keys"
	"sparkops/shell"
)

// keyTime is how long a key file may take to be read: on a mount whose server is gone it takes
// for ever, and nothing can end that.
const keyTime = 10 * time.Second

// loadKey is load with a bound. Who is not waited for any more goes on reading, and nobody
// takes what he has read.
func loadKey(ctx context.Context, path string, load func(string) (keys.Key, error)) (keys.Key, error) {
	type loaded struct {
		key keys.Key
		err error
	}
	done := make(chan loaded, 1)
	go func() {
		key, err := load(path)
		done <- loaded{key, err}
	}()
	clock := time.NewTimer(keyTime)
	defer clock.Stop()
	select {
	case l := <-done:
		return l.key, l.err
	case <-ctx.Done():
		return keys.Key{}, context.Cause(ctx)
	case <-clock.C:
		return keys.Key{}, shell.Errorf(shell.ClassTimeout, "ls -l "+shell.Quote(path), "%s could not be read in %s: is its file system there?", path, keyTime)
	}
}

// unread is what a key file that cannot be used comes to, with something to type about it.
func unread(err error) error {
	if _, interrupted := errors.AsType[Interrupt](err); interrupted {
		return err
	}
	hint := "sparkops push-keys --key FILE"
	if hung, ok := errors.AsType[*shell.Error](err); ok {
		hint = hung.Hint
	}
	return mistakef(hint, "reading the key: %w", err)
}
