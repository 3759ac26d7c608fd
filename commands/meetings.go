package commands

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh/config"
)

// meetings are the host keys that were met for the first time. What a password is typed for is
// looked at first: where the configuration does not say what to do with a new host key, and
// somebody is there, they are asked, once for all hosts, as ssh asks; where nobody is or
// accept-new is configured, the keys are shown.
type meetings struct {
	mu    sync.Mutex
	lines []string
}

// greet makes a reach show new host keys. To be called before the first connection.
func (m *meetings) greet(r *reach) {
	shown := func(h *config.Host) *config.Host {
		if r.person == nil || h.Strict != config.AcceptNew || h.From["stricthostkeychecking"] != "" {
			return h
		}
		asked := *h
		asked.Strict = config.Ask
		return &asked
	}
	for name, route := range r.routes {
		r.routes[name] = shown(route)
	}
	resolve := r.pool.Resolve
	r.pool.Resolve = func(ctx context.Context, name string) (*config.Host, error) {
		h, err := resolve(ctx, name)
		if err != nil {
			return nil, err
		}
		return shown(h), nil
	}
	r.pool.Met = func(h *config.Host, key gossh.PublicKey) {
		m.mu.Lock()
		defer m.mu.Unlock()
		line := fmt.Sprintf("  %s  %s  %s\n", h.Name, key.Type(), gossh.FingerprintSHA256(key))
		if !slices.Contains(m.lines, line) {
			m.lines = append(m.lines, line)
		}
	}
}

// tell shows the keys that were taken unasked.
func (m *meetings) tell(w io.Writer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.lines) == 0 {
		return
	}
	slices.Sort(m.lines)
	fmt.Fprintf(w, "host keys that were not known, and are remembered now:\n%s", strings.Join(m.lines, ""))
}
