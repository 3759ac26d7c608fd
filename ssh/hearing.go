package ssh

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"sync"
)

// maxHeard is how much of what a server said first is kept for an error message, in bytes.
const maxHeard = 200

// maxBanner is how much of its banners is kept, in bytes.
const maxBanner = 8 << 10

// hearing remembers the first bytes that a server sends and its banners: an HTTP server, or
// an sshd that says why it closes or refuses a login, can then be told of.
type hearing struct {
	net.Conn
	mu     sync.Mutex
	first  []byte
	banner []byte
	ended  bool
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

// heed keeps a banner, once if it comes again: a server may send it with every answer.
func (h *hearing) heed(text string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	text = text[:min(len(text), maxBanner-len(h.banner))]
	if !bytes.Contains(h.banner, []byte(text)) {
		h.banner = append(h.banner, text...)
	}
	return nil
}

// banners is the text of all banners, in whole lines.
func (h *hearing) banners() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	text := bytes.Clone(h.banner)
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	return text
}

// said is the text that came first; or, where that is an SSH version, the end of the
// banners, which gives the reason after the usual; "" if there is none.
func (h *hearing) said() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.first) > 0 && !bytes.HasPrefix(h.first, []byte("SSH-")) {
		return string(h.first)
	}
	text := bytes.TrimSpace(h.banner)
	return strings.ToValidUTF8(string(text[max(0, len(text)-maxHeard):]), "")
}

func (h *hearing) quote() string {
	if said := h.said(); said != "" {
		return fmt.Sprintf("; it said %q", said)
	}
	return ""
}
