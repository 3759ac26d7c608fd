package ssh_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sparkops/ssh/config"
)

// person answers questions, and keeps them. Two at a time are a mistake of who asks.
type person struct {
	passphrase string
	passwords  []string // in turn; the last one again and again
	share      bool     // one password for all hosts
	wait       chan struct{}

	mu    sync.Mutex
	asked []string
	busy  bool
	both  bool // two questions at a time
}

func (p *person) begin(question string) {
	p.mu.Lock()
	p.asked = append(p.asked, question)
	p.both = p.both || p.busy
	p.busy = true
	p.mu.Unlock()
}

func (p *person) end(ctx context.Context) error {
	var err error
	if p.wait != nil {
		select {
		case <-p.wait:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	p.mu.Lock()
	p.busy = false
	p.mu.Unlock()
	return err
}

func (p *person) Secret(ctx context.Context, question string) (string, error) {
	p.begin(question)
	if err := p.end(ctx); err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if strings.HasPrefix(question, "passphrase") {
		return p.passphrase, nil
	}
	if len(p.passwords) == 0 {
		return "", errors.New("interrupted")
	}
	answer := p.passwords[0]
	if len(p.passwords) > 1 {
		p.passwords = p.passwords[1:]
	}
	return answer, nil
}

func (p *person) Confirm(ctx context.Context, question string) (bool, error) {
	p.begin(question)
	return p.share, p.end(ctx)
}

// questions are those asked so far.
func (p *person) questions(t *testing.T) []string {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.both {
		t.Error("two questions at a time")
	}
	return append([]string(nil), p.asked...)
}

func addressOf(h *config.Host) string { return h.HostName + ":" + strconv.Itoa(h.Port) }
