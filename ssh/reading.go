package ssh

import (
	"context"

	"sparkops/shell"
)

// reading is what is in a file, read once in a run for all who need it. On a mount whose server
// is gone it takes for ever: the one who reads waits there, as nothing can end that, and
// each of the others no longer than his own clock.
type reading[T any] struct {
	done    chan struct{}
	content T // once done is closed
}

func startReading[T any](read func() T) *reading[T] {
	r := &reading[T]{done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.content = read()
	}()
	return r
}

// wait returns what was read, or the end of the waiting, which names the file.
func (r *reading[T]) wait(ctx context.Context, path string) (content T, err error) {
	select {
	case <-r.done:
		return r.content, nil
	default:
	}
	select {
	case <-r.done:
		return r.content, nil
	case <-ctx.Done():
	}
	e := shell.Interrupted(ctx, false)
	if e.Class == shell.ClassTimeout {
		e = shell.Errorf(e.Class, "is its file system there? ls -l "+word(path), "%s could not be read in the time that the login has", path)
	}
	return content, e
}
