//go:build linux

package e2e

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

//go:embed host.sh
var hostScript string

// startLimit bounds how long a host may take to come up.
const startLimit = 30 * time.Second

// Host is one machine: namespaces held by a first process.
type Host struct {
	Name    string
	Address string // IPv4, without prefix length

	first *exec.Cmd
	hold  io.WriteCloser // its end ends the host
	says  *bufio.Reader
	errs  *strings.Builder
}

// hostConfig is what host.sh is told.
type hostConfig struct {
	name, address, hostsFile, sparkFrom, tools, authorizedKey string
}

// begin starts the first process of a host in namespaces of its own. The host is
// not up before [Host.connect] has given it a network device.
func begin(c hostConfig) (*Host, error) {
	h := &Host{Name: c.name, Address: c.address, errs: new(strings.Builder)}
	cmd := exec.Command("bash", "-c", hostScript, "host.sh")
	cmd.Env = []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOST_NAME=" + c.name, "HOST_ADDRESS=" + c.address + "/24", "HOSTS_FILE=" + c.hostsFile,
		"SPARK_FROM=" + c.sparkFrom, "TOOLS=" + c.tools, "AUTHORIZED_KEY=" + c.authorizedKey,
	}
	cmd.Dir = "/"
	cmd.Stderr = h.errs
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNET,
		Setsid:     true, // a Ctrl-C in the terminal is for the test, not for its hosts
	}
	if err := h.launch(cmd); err != nil {
		return nil, fmt.Errorf("starting host %s: %w", c.name, err)
	}
	return h, nil
}

func (h *Host) launch(cmd *exec.Cmd) error {
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	// Daemons of the host inherit standard error; without a bound, Wait would wait for them.
	cmd.WaitDelay = time.Second
	h.first, h.hold, h.says = cmd, in, bufio.NewReader(out)
	return cmd.Start()
}

// connect plugs the host into the network and waits until its sshd answers.
func (h *Host) connect(network *Network) error {
	if err := network.plug(h); err != nil {
		return err
	}
	if _, err := io.WriteString(h.hold, "eth0\n"); err != nil {
		return fmt.Errorf("host %s: %w: %s", h.Name, err, h.errs)
	}
	limit := time.AfterFunc(startLimit, func() { h.first.Process.Kill() })
	defer limit.Stop()
	line, err := h.says.ReadString('\n')
	if err != nil || line != "ready\n" {
		h.Close()
		return fmt.Errorf("host %s did not come up: %q, %v: %s", h.Name, line, err, h.errs)
	}
	return nil
}

// Close ends the host with every process in it.
func (h *Host) Close() {
	h.hold.Close()
	h.first.Process.Kill()
	h.first.Wait()
}

// path is a file of the host, as this process sees it.
func (h *Host) path(name string) string {
	return fmt.Sprintf("/proc/%d/root%s", h.first.Process.Pid, name)
}

// proc is the /proc entry of the host's first process.
func (h *Host) proc(name string) string {
	return fmt.Sprintf("/proc/%d/%s", h.first.Process.Pid, name)
}

// Up tells whether the host's first process lives.
func (h *Host) Up() bool {
	_, err := os.Stat(h.proc("ns/pid"))
	return err == nil
}
