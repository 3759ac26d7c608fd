// Package regular reads files, and nothing that may keep its reader waiting: no pipe and no device.
// [Read] is all there is.
package regular

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Read returns a file's content, at most the first bytes of it where most is above 0. What is no
// regular file, behind all links, is refused with an [fs.PathError].
func Read(path string, most int64) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "read", Path: path, Err: errors.New("it is no regular file")}
	}
	if err != nil {
		return nil, err
	}
	if most > 0 {
		return io.ReadAll(io.LimitReader(file, most))
	}
	return io.ReadAll(file)
}
