package commands

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"sparkops/spark"
)

// The families of verbs that may be at work on one cluster at the same moment: on the hosts, two
// starts never make a second daemon. A restart has no family: it does both.
const (
	starts = "start"
	stops  = "stop"
)

// heldError says that another sparkops is at work on the cluster.
type heldError struct{ holder string }

func (e *heldError) Error() string { return "another sparkops is at work on this cluster: " + e.holder }

// alone takes the cluster's lock, unless this is a dry run. The caller is to call release.
func (j *job) alone(c *cli.Context, family string) (release func(), err error) {
	if c.Bool("dry-run") {
		return func() {}, nil
	}
	return j.take(lockDir, family)
}

// lockDir is where the lock is: the one place that a login, cron and a unit of systemd share,
// whatever they have in TMPDIR and XDG_RUNTIME_DIR.
const lockDir = "/tmp"

// take takes the lock that this user's launchers on this machine share, whatever conf directory
// they were told. It is flock's, so that it ends with its holder; a machine without such locks
// goes on with a warning.
func (j *job) take(dir, family string) (release func(), err error) {
	path := j.lockPath(dir)
	file, err := openLock(path)
	for err == nil {
		if err = takeLock(file, family, j.verb); err == nil && stands(file, path) {
			break
		}
		file.Close() // held, or its last holder has removed it meanwhile
		if err == nil {
			file, err = openLock(path)
		}
	}
	if _, held := errors.AsType[*heldError](err); held {
		return nil, err
	}
	if err != nil {
		if !j.quiet {
			fmt.Fprintf(j.world.Stderr, "warning: nothing keeps another sparkops from the cluster meanwhile: %v\n", err)
		}
		return func() {}, nil
	}
	return func() {
		if flock(file, syscall.LOCK_EX) == nil { // nobody of the family is left
			os.Remove(path)
		}
		file.Close()
	}, nil
}

// stands reports whether the path still leads to the file.
func stands(file *os.File, path string) bool {
	was, err := file.Stat()
	if err != nil {
		return false
	}
	is, err := os.Lstat(path)
	return err == nil && os.SameFile(was, is)
}

// lockPath is the file of this user and these masters.
func (j *job) lockPath(dir string) string {
	sum := fnv.New64a()
	io.WriteString(sum, spark.URL(j.cluster.Addresses))
	return filepath.Join(dir, fmt.Sprintf("sparkops-%d-%x.lock", os.Geteuid(), sum.Sum64()))
}

// openLock opens the file of a lock. In a directory that everybody may write to, it has to be
// this user's own and no link.
func openLock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && (!info.Mode().IsRegular() || info.Sys().(*syscall.Stat_t).Uid != uint32(os.Geteuid())) {
		err = fmt.Errorf("%s is not a file of this user", path)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// takeLock takes it for itself, notes who it is, and shares it with its family. Whoever has it may
// have come at this very moment, and not have noted or shared it yet.
func takeLock(file *os.File, family, verb string) error {
	for end := time.Now().Add(moment); ; time.Sleep(10 * time.Millisecond) {
		err := tryLock(file, family, verb)
		if _, held := errors.AsType[*heldError](err); !held || time.Now().After(end) {
			return err
		}
	}
}

// moment is how long noting and sharing may take.
const moment = 500 * time.Millisecond

func tryLock(file *os.File, family, verb string) error {
	err := flock(file, syscall.LOCK_EX)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		theirs, holder := noted(file)
		if family == "" || theirs != family || flock(file, syscall.LOCK_SH) != nil {
			return &heldError{cmp.Or(holder, "it has just begun")}
		}
		if theirs, holder = noted(file); theirs != family { // what stood there was of one that has ended
			flock(file, syscall.LOCK_UN)
			return &heldError{holder}
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("locking %s: %w", file.Name(), err)
	}
	file.Truncate(0)
	file.WriteAt(fmt.Appendf(nil, "%s %s, pid %d\n", cmp.Or(family, "-"), verb, os.Getpid()), 0)
	if family != "" && flock(file, syscall.LOCK_SH) != nil { // the moment between was another's
		return &heldError{"it has just begun"}
	}
	return nil
}

// noted is the family that has the lock, and who took it.
func noted(file *os.File) (family, holder string) {
	said := make([]byte, 256)
	n, _ := file.ReadAt(said, 0)
	family, holder, _ = strings.Cut(strings.TrimSpace(string(said[:n])), " ")
	return family, holder
}

// flock takes a lock without waiting, or says EWOULDBLOCK.
func flock(file *os.File, how int) error {
	for {
		err := syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
