package ssh

import (
	"fmt"
	"net"
	"sync"
)

// maxHeard is how much of what a server said first is kept for an error message, in bytes.
const maxHeard = 200

// hearing remembers the first bytes that a server sends: an HTTP server, or an sshd that
// says why it closes, can then be told of.
type hearing struct {
	net.Conn
	mu    sync.Mutex
	first []byte
	ended bool
}

func (h *hearing) Read(p []byte) (int, error) {
	n, err := h.Conn.Read(p)
	h.mu.Lock()
	h.first = append(h.first, p[:min(n, maxHeard-len(h.first))]...)
	h.ended = h.ended || err != nil
	h.mu.Unlock()
	return n, err
}

// over reports whether the server has ended the connection.
func (h *hearing) over() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ended
}

// said is the text that came first, "" if it was none: an SSH version line is not told.
func (h *hearing) said() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.first) == 0 || len(h.first) >= 4 && string(h.first[:4]) == "SSH-" {
		return ""
	}
	return string(h.first)
}

func (h *hearing) quote() string {
	if said := h.said(); said != "" {
		return fmt.Sprintf("; it said %q", said)
	}
	return ""
}
