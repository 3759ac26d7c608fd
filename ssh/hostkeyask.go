package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh/config"
)

const (
	// answerBound is how long a person may take: sshd's LoginGraceTime, after which the
	// connection is closed.
	answerBound = 2 * time.Minute
	// gatherBound is how long hosts that hang may hold up the question about the others.
	gatherBound = 3 * time.Second
	// settled is how long nobody must have been on the way: who begins a connection to many
	// hosts does so one after the other.
	settled = 100 * time.Millisecond
)

// errDeclined is the person's no.
var errDeclined = errors.New("it was not accepted")

// doubts are the unknown host keys of a pool. The person is asked once for all hosts, when
// no other is on its way to its key any more; for those that come later, in another go.
type doubts struct {
	mu       sync.Mutex
	underway int // attempts on their way to a host key
	begun    int // how often one set out, or went on
	open     []*doubt
	asking   bool             // somebody collects them, or has asked
	answers  map[string]error // by doubt.about; of who asks
}

// doubt is one host key that nobody knows.
type doubt struct {
	ctx   context.Context // of who waits for the answer
	name  string          // of the host, in known_hosts
	host  string          // as the person calls it
	kind  string          // of the key
	print string          // the key's fingerprint
	done  chan struct{}   // closed once err is known
	err   error
}

func doubtful(h *config.Host, key gossh.PublicKey) *doubt {
	return &doubt{name: names(h)[0], host: called(h), kind: key.Type(), print: gossh.FingerprintSHA256(key)}
}

// called is how a person calls a host, with its address where that does not say it.
func called(h *config.Host) string {
	if at := address(h); at != net.JoinHostPort(h.Name, "22") {
		return h.Name + " (" + at + ")"
	}
	return h.Name
}

// notKnown says what helps against a host key that is not known, and that it is not.
func notKnown(h *config.Host, shown string) (hint string, why error) {
	return "ssh " + h.Name + " true, and compare the fingerprint", fmt.Errorf("the host key of %s is not known: %s", address(h), shown)
}

// about is what makes two doubts the same one: another login to the host is not asked about.
func (d *doubt) about() string { return d.name + " " + d.print }

func (d *doubt) answer(err error) {
	d.err = err
	close(d.done)
}

// approach is one attempt on its way to the host key.
type approach struct {
	doubts  *doubts
	arrived bool // guarded by doubts.mu
}

func (d *doubts) setOut() *approach {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.underway++
	d.begun++
	return &approach{doubts: d}
}

// arrive says that the host key was reached, or never will be.
func (w *approach) arrive() {
	w.doubts.mu.Lock()
	defer w.doubts.mu.Unlock()
	if !w.arrived {
		w.arrived = true
		w.doubts.underway--
	}
}

// aside waits for what may itself wait for an answer: a bastion, a place among the logins.
func (w *approach) aside(wait func()) {
	w.arrive()
	wait()
	w.doubts.mu.Lock()
	defer w.doubts.mu.Unlock()
	w.arrived = false
	w.doubts.underway++
	w.doubts.begun++
}

// verifier prepares the verdict on the key of a host that is on its way there.
func (p *Pool) verifier(t *trip, h *config.Host) (*verifier, error) {
	v, err := p.KnownHosts.of(t, h, p.warn)
	if err != nil {
		return nil, err
	}
	v.arrive, v.hold, v.keygen = t.arrive, t.hold, p.Keygen
	if p.Met != nil {
		v.met = func(key gossh.PublicKey) { p.Met(h, key) }
	}
	if p.Ask != nil && !h.Batch {
		v.ask = func(key gossh.PublicKey) error { return p.confirm(t, doubtful(h, key)) }
	}
	v.algorithms, err = v.offer()
	return v, err
}

// confirm asks the person about a host key; nil is a yes.
func (p *Pool) confirm(ctx context.Context, d *doubt) error {
	d.ctx, d.done = ctx, make(chan struct{})
	p.doubts.mu.Lock()
	p.doubts.open = append(p.doubts.open, d)
	if !p.doubts.asking {
		p.doubts.asking = true
		p.wg.Go(p.askAll)
	}
	p.doubts.mu.Unlock()
	select {
	case <-d.done:
		return d.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// askAll asks until no doubt is open.
func (p *Pool) askAll() {
	for {
		p.doubts.gather(p.ctx)
		p.doubts.mu.Lock()
		all := p.doubts.open
		p.doubts.open = nil
		p.doubts.asking = len(all) > 0
		p.doubts.mu.Unlock()
		if len(all) == 0 {
			return
		}
		all = slices.DeleteFunc(all, func(d *doubt) bool {
			err, answered := p.doubts.answers[d.about()]
			if d.ctx.Err() != nil { // nobody waits: it is neither asked about nor answered for others
				err, answered = context.Cause(d.ctx), true
			}
			if answered {
				d.answer(err)
			}
			return answered
		})
		if len(all) == 0 {
			continue
		}
		err := p.question(all)
		for _, d := range all {
			p.doubts.answers[d.about()] = err
			d.answer(err)
		}
	}
}

// gather returns when all attempts under way have arrived, or have had their time.
func (d *doubts) gather(ctx context.Context) {
	look := func() (underway, begun, open int) {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.underway, d.begun, len(d.open)
	}
	for end := time.Now().Add(gatherBound); time.Now().Before(end); {
		before, begun, open := look()
		if open == 0 {
			return
		}
		select {
		case <-time.After(settled):
		case <-ctx.Done():
			return
		}
		if now, again, _ := look(); before == 0 && now == 0 && begun == again {
			return
		}
	}
}

// question asks about all keys at once; nil is a yes.
func (p *Pool) question(all []*doubt) error {
	var lines []string
	seen := map[string]bool{}
	for _, d := range all {
		if who := d.host + " " + d.print; !seen[who] {
			seen[who] = true
			lines = append(lines, fmt.Sprintf("  %s  %s  %s\n", d.host, d.kind, d.print))
		}
	}
	slices.Sort(lines)
	ctx, cancel := context.WithTimeoutCause(p.ctx, answerBound, fmt.Errorf("nobody has answered for %v", answerBound))
	defer cancel()
	text := "These host keys are not known:\n" + strings.Join(lines, "") + "Are they the right ones, to be remembered?"
	yes, err := p.Ask.Confirm(ctx, text)
	switch {
	case ctx.Err() != nil && err != nil:
		return context.Cause(ctx)
	case err != nil:
		return err
	case !yes:
		return errDeclined
	}
	return nil
}
