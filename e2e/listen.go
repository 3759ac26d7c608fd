//go:build linux

package e2e

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// stateListen is TCP_LISTEN in /proc/net/tcp.
const stateListen = "0A"

// Listening are the TCP ports on which something in the host listens, in order.
func (h *Host) Listening() ([]int, error) {
	var ports []int
	for _, table := range []string{"net/tcp", "net/tcp6"} {
		rows, err := os.ReadFile(h.proc(table))
		if err != nil {
			return nil, err
		}
		for row := range strings.Lines(string(rows)) {
			fields := strings.Fields(row)
			if len(fields) < 4 || fields[3] != stateListen {
				continue
			}
			_, hex, _ := strings.Cut(fields[1], ":")
			port, err := strconv.ParseInt(hex, 16, 32)
			if err != nil {
				return nil, fmt.Errorf("reading %s: %w", table, err)
			}
			ports = append(ports, int(port))
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports), nil
}

// Dial opens a TCP connection as a process of the host would; address is an IP
// address and a port.
func (h *Host) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	type dialed struct {
		conn net.Conn
		err  error
	}
	done := make(chan dialed, 1)
	go func() {
		// Never unlocked: the thread is in the host's network for good and ends with this goroutine.
		runtime.LockOSThread()
		conn, err := h.dialHere(ctx, network, address)
		done <- dialed{conn, err}
	}()
	d := <-done
	return d.conn, d.err
}

func (h *Host) dialHere(ctx context.Context, network, address string) (net.Conn, error) {
	namespace, err := os.Open(h.proc("ns/net"))
	if err != nil {
		return nil, err
	}
	defer namespace.Close()
	if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("entering the network of %s: %w", h.Name, err)
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, network, address)
}
