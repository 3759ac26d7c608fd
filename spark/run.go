package spark

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Run names one run of push-env, everywhere and for ever, in the names of its temporary files:
// so a later run can tell what a killed one has left from what a live one needs.
type Run struct {
	Launcher string // the machine, as long as it is up, and its processes' name space; no hyphen
	PID      int
	Began    string // of the process: its start time in clock ticks
	Nonce    string
}

func (r Run) String() string {
	return fmt.Sprintf("%s-%d-%s%s", r.Launcher, r.PID, r.Began, r.Nonce)
}

// foreign is how old a temporary file of another launcher is before it is a leftover: no run
// takes that long between staging and switching.
const foreign = 6 * time.Hour

// IsLeft reports whether a temporary file of that path and age is nobody's any more: of a run
// of this launcher that does not live, or of another's that is long past.
func (r Run) IsLeft(path string, age time.Duration, lives func(pid int, began string) bool) bool {
	_, name, _ := strings.Cut(path[strings.LastIndexByte(path, '/')+1:], ".sparkops-")
	parts := strings.Split(strings.TrimSuffix(name, ".old"), "-")
	if len(parts) != 3 || parts[0] != r.Launcher {
		return age > foreign
	}
	pid, err := strconv.Atoi(parts[1])
	began, _, _ := strings.Cut(parts[2], "x") // the nonce begins with it
	return err == nil && !lives(pid, began)
}
