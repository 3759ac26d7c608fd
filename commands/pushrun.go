package commands

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"strings"

	"sparkops/spark"
)

// newRun names this run.
func newRun() spark.Run {
	began, _ := startTicks(os.Getpid())
	return spark.Run{Launcher: launcher(), PID: os.Getpid(), Began: began, Nonce: "x" + strings.ToLower(rand.Text()[:8])}
}

// launcher names this machine since it was booted, and the name space of its processes.
func launcher() string {
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	pids, _ := os.Readlink("/proc/self/ns/pid")
	return sum(append(boot, pids...))[:12]
}

// lives reports whether the process with that number and start time is there.
func lives(pid int, began string) bool {
	now, ok := startTicks(pid)
	return ok && now == began
}

// startTicks is field 22 of /proc/PID/stat: with the pid it names a process for as long as
// this machine is up.
func startTicks(pid int) (string, bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", false
	}
	// The command name, in parentheses, may hold blanks and parentheses.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	const field = 22 - 3
	if len(fields) <= field || fields[0] == "Z" {
		return "", false
	}
	return fields[field], true
}
