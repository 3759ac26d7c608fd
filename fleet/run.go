package fleet

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"sparkops/shell"
)

// Fleet is the hosts, as a plan meets them.
type Fleet struct {
	// Connect returns the runner for a host. It bounds its own waiting, may be called by
	// several goroutines at a time and more than once for a host, and gives the same
	// answer each time. Its error is an *[shell.Error].
	Connect func(ctx context.Context, host string) (shell.Runner, error)

	// Fanout is how many hosts are worked on at once, at least 1.
	Fanout int

	// Done, if set, is told of each result as it comes, by one goroutine at a time.
	Done func(Result)
}

// Run carries out the plan and returns one result for each task, in the plan's order:
// also for those that were skipped or whose hosts were not reached. One host's failure
// stops none of its neighbours. When ctx is done, what runs is given up (the result
// says that it had begun) and what has not begun is skipped.
func (f Fleet) Run(ctx context.Context, p Plan) []Result {
	stop := f.connectAhead(ctx, p)
	defer stop()
	f.Done = oneAtATime(f.Done)
	var stages []<-chan []Result
	var closed error
	for _, stage := range p.Stages {
		if closed == nil && ctx.Err() != nil {
			closed = shell.Interrupted(ctx, false)
		}
		done := make(chan []Result, 1)
		stages = append(stages, done)
		if closed != nil {
			done <- f.skip(stage, closed)
			continue
		}
		if stage.Release != "" {
			released := newRelease(stage)
			go func() { done <- f.stage(ctx, stage, released) }()
			<-released.all
			continue
		}
		results := f.stage(ctx, stage, nil)
		done <- results
		if stage.Gate != nil {
			closed = stage.Gate(ctx, results)
		}
	}
	var all []Result
	for _, done := range stages {
		all = append(all, <-done...)
	}
	return all
}

func (f Fleet) skip(stage Stage, why error) []Result {
	results := make([]Result, len(stage.Tasks))
	for i, task := range stage.Tasks {
		results[i] = Result{Task: task, Err: &SkippedError{Why: why}}
		f.tell(results[i])
	}
	return results
}

func (f Fleet) stage(ctx context.Context, stage Stage, released *release) []Result {
	results := make([]Result, len(stage.Tasks))
	var g errgroup.Group
	g.SetLimit(max(1, f.Fanout))
	for i, task := range stage.Tasks {
		if i > 0 {
			pause(ctx, stage.Pace)
		}
		g.Go(func() error {
			defer released.task(i)
			watched := released.watch(i, &task.Script)
			results[i] = f.task(ctx, task)
			if watched != nil {
				results[i].Output.Stdout = watched.text()
			}
			f.tell(results[i])
			return nil
		})
	}
	g.Wait()
	return results
}

func (f Fleet) tell(r Result) {
	if f.Done != nil {
		f.Done(r)
	}
}

// oneAtATime keeps two goroutines from calling done at once.
func oneAtATime(done func(Result)) func(Result) {
	if done == nil {
		return nil
	}
	var mu sync.Mutex
	return func(r Result) {
		mu.Lock()
		defer mu.Unlock()
		done(r)
	}
}

func (f Fleet) task(ctx context.Context, task Task) Result {
	if ctx.Err() != nil {
		return Result{Task: task, Err: &SkippedError{Why: shell.Interrupted(ctx, false)}}
	}
	begin := time.Now()
	result := Result{Task: task}
	runner, err := f.Connect(ctx, task.Host)
	if err == nil {
		if task.Bound > 0 {
			late := shell.Errorf(shell.ClassTimeout, "a longer --timeout", "%s did not end in %v", task.Script.Name, task.Bound)
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeoutCause(ctx, task.Bound, late)
			defer cancel()
		}
		result.Output, err = runner.Run(ctx, task.Script)
	}
	if err != nil {
		result.Err = shell.AsError(err, shell.ClassLost)
	}
	result.Took = time.Since(begin)
	return result
}

// connectAhead begins to connect to the hosts of the later stages while the first one
// works, so that none of them waits for a login when its turn comes. What it meets is
// not lost: Connect gives the same answer again.
func (f Fleet) connectAhead(ctx context.Context, p Plan) (stop func()) {
	if len(p.Stages) < 2 || f.Fanout < 2 {
		return func() {}
	}
	var g errgroup.Group
	g.SetLimit(f.Fanout)
	done := make(chan struct{})
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		defer close(done)
		for _, stage := range p.Stages[1:] {
			for _, task := range stage.Tasks {
				g.Go(func() error {
					if ctx.Err() == nil {
						f.Connect(ctx, task.Host) // its error is met again by the task
					}
					return nil
				})
			}
		}
		g.Wait()
	}()
	return func() {
		cancel(errors.New("the plan has ended"))
		<-done
	}
}

func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
