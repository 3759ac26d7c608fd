package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// prefix begins the name of every sandbox's directory.
const prefix = "sparkops-sandbox-"

// unowned is how long a directory may be without its owner file before it is a leftover:
// between the two steps of makeRoot only moments pass.
const unowned = time.Minute

// makeRoot makes the directory of a sandbox and writes down whose it is.
func makeRoot(dir string) (string, error) {
	root, err := os.MkdirTemp(dir, prefix)
	if err != nil {
		return "", err
	}
	// Symbolic links in the path would make one SPARK_HOME look like two.
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real
	}
	pid := os.Getpid()
	ticks, _ := startTime(pid)
	if err := os.WriteFile(filepath.Join(root, "owner"), fmt.Appendf(nil, "%d %s\n", pid, ticks), 0o644); err != nil {
		return "", errors.Join(err, os.RemoveAll(root))
	}
	return root, nil
}

// CleanUp removes what crashed sandboxes have left in dir: their daemons, then their
// directories. Those of a process that still runs, or of another user, are not touched.
func CleanUp(dir string) error {
	roots, err := filepath.Glob(filepath.Join(dir, prefix+"*"))
	if err != nil {
		return err
	}
	var all []error
	for _, root := range roots {
		if isLeftover(root) {
			all = append(all, removeRoot(root))
		}
	}
	return errors.Join(all...)
}

func isLeftover(root string) bool {
	info, err := os.Lstat(root)
	if err != nil || !info.IsDir() {
		return false
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Uid) != os.Geteuid() {
		return false
	}
	text, err := os.ReadFile(filepath.Join(root, "owner"))
	var pid int
	var ticks string
	if _, scan := fmt.Sscan(string(text), &pid, &ticks); err != nil || scan != nil {
		return time.Since(info.ModTime()) > unowned
	}
	now, ok := startTime(pid)
	return !ok || now != ticks
}

// removeRoot ends the daemons of a sandbox and removes its directory.
func removeRoot(root string) error {
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real
	}
	if err := endDaemons(root); err != nil {
		return err
	}
	for try := 0; ; try++ {
		err := os.RemoveAll(root)
		// A daemon that ends may write its last file while the directory is emptied.
		if err == nil || errors.Is(err, fs.ErrPermission) || try == 10 {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// startTime is field 22 of /proc/PID/stat, in clock ticks since boot: with the pid it names
// a process for as long as this machine is up. It is not there for a process that is not.
func startTime(pid int) (ticks string, ok bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", false
	}
	// The command name, in parentheses, may hold blanks and parentheses.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	const startTimeField = 22 - 3
	if len(fields) <= startTimeField || fields[0] == "Z" {
		return "", false
	}
	return fields[startTimeField], true
}
