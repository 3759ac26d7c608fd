package fleet

import (
	"bytes"
	"sync"

	"sparkops/shell"
)

// release counts which tasks of a stage hold up the next one. A nil release counts nothing.
type release struct {
	line string
	all  chan struct{} // closed when none does
	once []sync.Once
	left sync.WaitGroup
}

func newRelease(stage Stage) *release {
	r := &release{line: stage.Release, all: make(chan struct{}), once: make([]sync.Once, len(stage.Tasks))}
	r.left.Add(len(stage.Tasks))
	go func() {
		defer close(r.all)
		r.left.Wait()
	}()
	return r
}

// task notes that task i holds nobody up any more.
func (r *release) task(i int) {
	if r != nil {
		r.once[i].Do(r.left.Done)
	}
}

// watch makes task i count as soon as its script writes the line; nil if nothing is watched.
func (r *release) watch(i int, s *shell.Script) *watch {
	if r == nil {
		return nil
	}
	w := &watch{line: []byte(r.line), seen: func() { r.task(i) }}
	s.Stdout = w
	return w
}

// watch keeps what a script writes, as an Output would, and looks for a line in it.
type watch struct {
	line []byte
	seen func()

	mu   sync.Mutex
	kept []byte
}

func (w *watch) Write(p []byte) (int, error) {
	w.mu.Lock()
	w.kept = append(w.kept, p[:min(len(p), shell.MaxKept-len(w.kept))]...)
	found := bytes.Contains(w.kept, append(w.line, '\n'))
	w.mu.Unlock()
	if found {
		w.seen()
	}
	return len(p), nil
}

func (w *watch) text() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Clone(w.kept)
}
