package spark

import (
	"context"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sparkops/shell"
)

// registry asks the masters who is registered.
type registry struct {
	connect Connect
	uiPort  int
	url     string    // of all masters, as the workers are told
	masters []Outcome // those that run
	seen    func(Outcome)
	bound   time.Duration // of one question, at most viewBound
}

// views asks all masters at once. A master that does not answer has no view; its error is
// returned in its place.
func (g registry) views(ctx context.Context) ([]View, []error) {
	if g.bound > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, max(g.bound, time.Second))
		defer cancel()
	}
	views, errs := make([]View, len(g.masters)), make([]error, len(g.masters))
	var wg sync.WaitGroup
	for i, m := range g.masters {
		wg.Go(func() { views[i], errs[i] = askMaster(ctx, g.connect, m, g.uiPort) })
	}
	wg.Wait()
	return views, errs
}

// listed are the workers that a master which is ALIVE lists as ALIVE.
func listed(views []View) []ListedWork {
	var alive []ListedWork
	for _, v := range views {
		if v.Status != "ALIVE" {
			continue
		}
		for _, w := range v.Workers {
			if w.Alive() {
				alive = append(alive, w)
			}
		}
	}
	return alive
}

// find is the worker in the list that is this daemon: by the host:port that the daemon's
// log names; where the log is silent, by the two ports that it listens on.
func (o *Outcome) find(workers []ListedWork) (ListedWork, bool) {
	i := slices.IndexFunc(workers, func(w ListedWork) bool {
		if o.Address != "" {
			return Address(w.Host, w.Port) == o.Address
		}
		ui := w.WebUI[strings.LastIndexByte(w.WebUI, ':')+1:]
		port, err := strconv.Atoi(ui)
		return err == nil && slices.Contains(o.listen, w.Port) && slices.Contains(o.listen, port)
	})
	if i < 0 {
		return ListedWork{}, false
	}
	return workers[i], true
}

// register marks a daemon that is in the list.
func (o *Outcome) register(w ListedWork) {
	o.State, o.Class, o.Message, o.Hint, o.Seen = Registered, "", "", "", nil
	o.Cores, o.Memory, o.listed = w.Cores, w.Memory<<20, true
	if o.Address == "" {
		o.Address = net.JoinHostPort(w.Host, strconv.Itoa(w.Port))
	}
	if o.WebUI == "" {
		o.WebUI = w.WebUI
	}
}

// await waits until every worker that runs is in the list, until the deadline, or until ctx
// is done, and marks each. It asks at once, then ever more seldom, at most once a second; a
// deadline that has passed leaves it one question.
func (g registry) await(ctx context.Context, workers []Outcome, deadline time.Time) {
	late := time.NewTimer(max(time.Until(deadline), time.Second))
	defer late.Stop()
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		if !slices.ContainsFunc(workers, func(o Outcome) bool { return o.Up() && !o.listed }) {
			return
		}
		views, errs := g.views(ctx)
		alive := listed(views)
		missing := 0
		for i := range workers {
			o := &workers[i]
			if !o.Up() || o.listed {
				continue
			}
			if w, ok := o.find(alive); ok {
				o.register(w)
				if g.seen != nil {
					g.seen(*o)
				}
				continue
			}
			missing++
		}
		if missing == 0 {
			return
		}
		select {
		case <-time.After(wait):
		case <-late.C:
			g.giveUp(ctx, workers, true, errs)
			return
		case <-ctx.Done():
			g.giveUp(ctx, workers, false, errs)
			return
		}
	}
}

// giveUp marks the workers that are not in the list when the waiting ends.
func (g registry) giveUp(ctx context.Context, workers []Outcome, late bool, errs []error) {
	for i := range workers {
		g.notListed(ctx, &workers[i], late, errs)
	}
}

// notListed marks a worker that runs and is not in the list when the waiting ends.
func (g registry) notListed(ctx context.Context, o *Outcome, late bool, errs []error) {
	if !o.Up() || o.listed {
		return
	}
	if !late && o.State == Registered {
		o.warn("by its own log: interrupted before a master was asked")
		return
	}
	if !late {
		o.interrupted(ctx, "interrupted before it was seen to register")
		return
	}
	o.State = NotRegistered
	why := "it runs, and no master lists it as ALIVE"
	for _, err := range errs {
		if err != nil {
			why = "it runs, and the master could not be asked: " + err.Error()
		}
	}
	o.explain(shell.ClassNotRegistered, why)
	o.Message += " (" + g.url + ")"
}
