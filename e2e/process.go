//go:build linux

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Classes of Spark's daemons.
const (
	MasterClass = "org.apache.spark.deploy.master.Master"
	WorkerClass = "org.apache.spark.deploy.worker.Worker"
)

// Process is a process of a host, zombies excluded.
type Process struct {
	PID  int // as the host counts
	Args []string

	outer int // as this machine counts
}

// Processes are those of the host; its first process and its sshd are among them.
func (h *Host) Processes() ([]Process, error) {
	namespace, err := os.Readlink(h.proc("ns/pid"))
	if err != nil {
		return nil, fmt.Errorf("host %s is gone: %w", h.Name, err)
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var found []Process
	for _, entry := range entries {
		outer, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if of, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", outer)); err != nil || of != namespace {
			continue
		}
		p := Process{PID: innerPID(outer), outer: outer}
		if p.Args = p.args(); p.Args != nil {
			found = append(found, p)
		}
	}
	return found, nil
}

// args is the command line, nil if the process has ended. One that is about to end
// has lost its command line but may hold its ports still: it goes by its short name.
func (p Process) args() []string {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.outer))
	if err == nil && len(line) > 0 {
		return strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
	}
	stat := p.stat()
	state, threads := stat[0], stat[20-3]
	if ended := state == "Z" && threads == "1"; ended || state == "X" || state == "" {
		return nil
	}
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", p.outer))
	if err != nil {
		return nil
	}
	return []string{strings.TrimSpace(string(name))}
}

// innerPID is a process's number in its innermost namespace, 0 if it has ended.
func innerPID(outer int) int {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", outer))
	for line := range strings.Lines(string(status)) {
		if numbers, ok := strings.CutPrefix(line, "NSpid:"); ok {
			fields := strings.Fields(numbers)
			pid, _ := strconv.Atoi(fields[len(fields)-1])
			return pid
		}
	}
	return 0
}

// Java tells whether the process is a JVM.
func (p Process) Java() bool { return filepath.Base(p.Args[0]) == "java" }

// Class is the daemon that a JVM runs, "" for all else. The JVM that only computes
// a daemon's command line names the class too and is not the daemon.
func (p Process) Class() string {
	if !p.Java() || slices.Contains(p.Args, "org.apache.spark.launcher.Main") {
		return ""
	}
	for _, class := range []string{MasterClass, WorkerClass} {
		if slices.Contains(p.Args, class) {
			return class
		}
	}
	return ""
}

// Environ is the environment the process was started with.
func (p Process) Environ() (map[string]string, error) {
	block, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.outer))
	env := map[string]string{}
	for _, entry := range strings.Split(string(block), "\x00") {
		if name, value, ok := strings.Cut(entry, "="); ok {
			env[name] = value
		}
	}
	return env, err
}

// stat are the fields of /proc/PID/stat behind the command name, from field 3 on.
func (p Process) stat() []string {
	line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.outer))
	_, rest, _ := strings.Cut(string(line), ") ")
	return append(strings.Fields(rest), make([]string, 52)...)
}

// user is the number of the user whose process it is, -1 if it has ended.
func (p Process) user() int {
	var status syscall.Stat_t
	if err := syscall.Stat(fmt.Sprintf("/proc/%d", p.outer), &status); err != nil {
		return -1
	}
	return int(status.Uid)
}

// Nice is the process's niceness.
func (p Process) Nice() int {
	nice, _ := strconv.Atoi(p.stat()[19-3])
	return nice
}

// CPU is the processor time that the process and the children it has waited for
// have used, at the resolution of the kernel's clock tick of 10 ms.
func (p Process) CPU() time.Duration {
	var ticks int
	for _, field := range p.stat()[14-3 : 18-3] {
		n, _ := strconv.Atoi(field)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// Signal sends a signal to the process.
func (p Process) Signal(signal syscall.Signal) error { return syscall.Kill(p.outer, signal) }

// Daemons are the host's Spark daemons.
func (h *Host) Daemons() ([]Process, error) {
	return h.matching(func(p Process) bool { return p.Class() != "" })
}

// JVMs are all of the host's Java processes.
func (h *Host) JVMs() ([]Process, error) { return h.matching(Process.Java) }

// Named are the processes whose program has that base name.
func (h *Host) Named(name string) ([]Process, error) {
	return h.matching(func(p Process) bool { return filepath.Base(p.Args[0]) == name })
}

func (h *Host) matching(want func(Process) bool) ([]Process, error) {
	all, err := h.Processes()
	return slices.DeleteFunc(all, func(p Process) bool { return !want(p) }), err
}

// killUser kills all that user spark runs, sshd's session processes among it.
func (h *Host) killUser() error {
	running, err := h.matching(leftover)
	for _, p := range running {
		p.Signal(syscall.SIGKILL)
	}
	return err
}
