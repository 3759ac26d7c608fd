//go:build linux

package e2e

import (
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Network is a switch in a network namespace of its own; hosts are plugged into it.
// It has no way to the machine's own network.
type Network struct {
	first *exec.Cmd
	hold  io.WriteCloser
	plugs int
}

// NewNetwork makes the switch.
func NewNetwork() (*Network, error) {
	cmd := exec.Command("cat")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Setsid: true}
	cmd.WaitDelay = time.Second
	hold, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("making a network namespace: %w", err)
	}
	n := &Network{first: cmd, hold: hold}
	if err := n.ip("link add br0 type bridge"); err != nil {
		n.Close()
		return nil, err
	}
	if err := n.ip("link set br0 up"); err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}

// plug gives the host its device eth0.
func (n *Network) plug(h *Host) error {
	n.plugs++
	port := "port" + strconv.Itoa(n.plugs)
	peer := strconv.Itoa(h.first.Process.Pid)
	if err := n.ip("link add " + port + " type veth peer name eth0 netns " + peer); err != nil {
		return err
	}
	return n.ip("link set " + port + " master br0 up")
}

// ip runs iproute2's ip in the switch.
func (n *Network) ip(words string) error {
	args := append([]string{"--target", strconv.Itoa(n.first.Process.Pid), "--net", "ip"}, strings.Fields(words)...)
	out, err := exec.Command("nsenter", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", words, err, out)
	}
	return nil
}

// Close takes the switch away, and with it every cable.
func (n *Network) Close() {
	n.hold.Close()
	n.first.Process.Kill()
	n.first.Wait()
}
