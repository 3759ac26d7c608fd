package report

import (
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
)

// Progress shows on standard error how far a verb is.
type Progress struct {
	tick func(host string, ok bool)
	stop func()
}

// NewProgress returns the progress of a kind: "live" draws a bar and is for terminals,
// "plain" writes a line for each host, anything else shows nothing. total is the number
// of results to come.
func NewProgress(w io.Writer, kind, verb string, total int) *Progress {
	switch kind {
	case "live":
		return live(w, verb, total)
	case "plain":
		n := 0
		return &Progress{stop: func() {}, tick: func(host string, ok bool) {
			n++
			word := "done"
			if !ok {
				word = "failed"
			}
			fmt.Fprintf(w, "%s: %d of %d: %s %s\n", verb, n, total, host, word)
		}}
	}
	return &Progress{tick: func(string, bool) {}, stop: func() {}}
}

func live(w io.Writer, verb string, total int) *Progress {
	bar := progress.NewWriter()
	bar.SetOutputWriter(w)
	bar.SetAutoStop(false)
	bar.SetUpdateFrequency(100 * time.Millisecond)
	bar.Style().Visibility.Speed = false
	bar.Style().Visibility.TrackerOverall = false
	tracker := &progress.Tracker{Message: verb, Total: int64(total)}
	bar.AppendTracker(tracker)
	done := make(chan struct{})
	go func() {
		defer close(done)
		bar.Render()
	}()
	return &Progress{
		tick: func(string, bool) { tracker.Increment(1) },
		stop: func() {
			tracker.MarkAsDone()
			for !bar.IsRenderInProgress() {
				time.Sleep(time.Millisecond) // a Stop before the rendering has begun is lost
			}
			bar.Stop()
			<-done
		},
	}
}

// Done tells of one more result.
func (p *Progress) Done(host string, ok bool) { p.tick(host, ok) }

// Stop ends the showing and leaves no goroutine behind.
func (p *Progress) Stop() { p.stop() }
