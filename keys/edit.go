package keys

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Edit is a file of this machine as it is, and as it is to be. What is new lies beside it under
// a temporary name until it is taken.
type Edit struct {
	Path          string // as it was asked for
	Before, After string
	Staged        string // where the new content lies

	target string // that a symbolic link leads to
	isNew  bool
	made   string // a directory that was made for it
}

// Backup is where the former content is kept.
func (e *Edit) Backup() string { return e.target + ".sparkops-old" }

// IsNew reports that there was no file.
func (e *Edit) IsNew() bool { return e.isNew }

// NewEdit reads a file, a missing one as empty, and lays what change makes of it beside it, with
// its owner and mode: 0600 where there is none.
func NewEdit(path string, change func(string) string, mode fs.FileMode) (*Edit, error) {
	e := &Edit{Path: path, target: path}
	var err error
	if e.target, err = follow(path); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(e.target)
	e.isNew = errors.Is(err, fs.ErrNotExist)
	if err != nil && !e.isNew {
		return nil, err
	}
	e.Before = string(text)
	e.After = change(e.Before)
	dir := filepath.Dir(e.target)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		e.made = dir
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	owner := -1
	group := -1
	if info, err := os.Stat(e.target); err == nil {
		mode = info.Mode().Perm()
		if s, ok := info.Sys().(*syscall.Stat_t); ok {
			owner, group = int(s.Uid), int(s.Gid)
		}
	}
	file, err := os.CreateTemp(dir, filepath.Base(e.target)+".sparkops-*")
	if err != nil {
		return nil, err
	}
	e.Staged = file.Name()
	if owner >= 0 && (owner != os.Getuid() || group != os.Getgid()) {
		err = file.Chown(owner, group)
	}
	err = errors.Join(err, file.Chmod(mode))
	_, wrote := file.WriteString(e.After)
	if err = errors.Join(err, wrote, file.Sync(), file.Close()); err != nil {
		return nil, errors.Join(err, e.Drop())
	}
	return e, nil
}

// follow is the file that symbolic links lead to, whether it is there or not: a link stays one.
func follow(path string) (string, error) {
	const most = 40 // as the kernel has it
	for range most {
		real, err := filepath.EvalSymlinks(path)
		if err == nil {
			return real, nil
		}
		link, no := os.Readlink(path)
		switch {
		case no != nil: // the file itself, which is missing or for open to complain of
			return path, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		case filepath.IsAbs(link):
			path = link
		default:
			dir, _ := filepath.Split(path) // nothing is cleaned: .. is that of the directory a link leads to
			path = dir + link
		}
	}
	return "", &fs.PathError{Op: "following", Path: path, Err: syscall.ELOOP}
}

// Drop leaves everything as it was.
func (e *Edit) Drop() error {
	if e.Staged == "" {
		return nil
	}
	name := e.Staged
	e.Staged = ""
	err := os.Remove(name)
	if e.made != "" && err == nil {
		os.Remove(e.made) // if nobody has put anything into it
	}
	return err
}

// Take puts the new content into its place, and keeps the former one, unless somebody has
// written to the file meanwhile.
func (e *Edit) Take() error {
	now, err := os.ReadFile(e.target)
	if errors.Is(err, fs.ErrNotExist) && e.isNew {
		err = nil
	}
	if err == nil && string(now) != e.Before {
		err = fmt.Errorf("%s has changed meanwhile: nothing was written", e.Path)
	}
	if err == nil && !e.isNew {
		err = e.keep()
	}
	if err != nil {
		return errors.Join(err, e.Drop())
	}
	if err := os.Rename(e.Staged, e.target); err != nil {
		return errors.Join(err, e.Drop())
	}
	e.Staged = ""
	return nil
}

// keep makes the backup: another name of the file that is there, which is about to be replaced.
func (e *Edit) keep() error {
	if err := os.Remove(e.Backup()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Link(e.target, e.Backup())
}

// around is how many equal lines a diff shows before and after what differs.
const around = 3

// Diff is what changes, as diff -u shows it.
func (e *Edit) Diff() string {
	before, after := lines(e.Before), lines(e.After)
	head, tail := 0, 0
	for head < min(len(before), len(after)) && before[head] == after[head] {
		head++
	}
	for tail < min(len(before), len(after))-head && before[len(before)-1-tail] == after[len(after)-1-tail] {
		tail++
	}
	from, last := max(0, head-around), min(tail, around)
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s\n@@ -%d,%d +%d,%d @@\n", e.Path, e.Path,
		from+1, len(before)-tail+last-from, from+1, len(after)-tail+last-from)
	show := func(mark string, part []string) {
		for _, l := range part {
			b.WriteString(mark + l + "\n")
		}
	}
	show(" ", before[from:head])
	show("-", before[head:len(before)-tail])
	show("+", after[head:len(after)-tail])
	show(" ", after[len(after)-tail:len(after)-tail+last])
	return b.String()
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}
