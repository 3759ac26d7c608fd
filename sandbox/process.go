package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// How long daemons may take to end after TERM, and after KILL.
const (
	termGrace = 5 * time.Second
	killGrace = 3 * time.Second
	pollEvery = 20 * time.Millisecond
)

// endDaemons ends every Spark process whose SPARK_HOME lies in root: TERM, then KILL. One
// that comes up meanwhile is ended as well.
func endDaemons(root string) error {
	told := map[int]bool{}
	begun := time.Now()
	for {
		pids := sparkProcesses(root)
		spent := time.Since(begun)
		switch {
		case len(pids) == 0:
			return nil
		case spent > termGrace+killGrace:
			return fmt.Errorf("processes of the sandbox that do not end: %v", pids)
		}
		for _, pid := range pids {
			if spent > termGrace {
				signalIf(root, pid, syscall.SIGKILL)
			} else if !told[pid] {
				told[pid] = true
				signalIf(root, pid, syscall.SIGTERM)
			}
		}
		time.Sleep(pollEvery)
	}
}

// signalIf signals a process that still is one of root's: the handle is taken first, so
// that a pid that changes hands meanwhile is not hit.
func signalIf(root string, pid int, s os.Signal) {
	p, err := os.FindProcess(pid)
	if err != nil {
		return
	}
	defer p.Release()
	if isSparkProcess(root, pid) {
		p.Signal(s) // gone already is fine
	}
}

// sparkProcesses are the pids of root's Spark processes: daemons, scripts that are about to
// become one, and executors.
func sparkProcesses(root string) []int {
	dirs, _ := filepath.Glob("/proc/[0-9]*") // the pattern is good
	var pids []int
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err == nil && isSparkProcess(root, pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// isSparkProcess reports whether a Spark class is an argument of the process and its
// SPARK_HOME lies in root.
func isSparkProcess(root string, pid int) bool {
	class := func(arg string) bool { return strings.HasPrefix(arg, "org.apache.spark.") }
	home := func(entry string) bool {
		value, ok := strings.CutPrefix(entry, "SPARK_HOME=")
		return ok && strings.HasPrefix(value, root+"/")
	}
	return procHas(pid, "cmdline", class) && procHas(pid, "environ", home)
}

// procHas reports whether one of the NUL-separated strings of a file below /proc/PID is as asked.
func procHas(pid int, file string, is func(string) bool) bool {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), file))
	if err != nil {
		return false
	}
	for _, word := range bytes.Split(text, []byte{0}) {
		if is(string(word)) {
			return true
		}
	}
	return false
}
