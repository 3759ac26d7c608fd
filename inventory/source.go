package inventory

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"sparkops/shell"
)

// maxBytes bounds a host list: 100,000 names of 160 bytes.
const maxBytes = 16 << 20

// source is a text with host names; the zero value is a file that does not exist.
type source struct {
	name string // for messages: the path as the user gave it, or the variable
	file string // the path, "" if it is no file
	text []byte
}

// read reads a regular file. One that does not exist, and what is no regular file, is the
// zero source, as for the test -f of Spark's scripts.
func (r *reading) read(path string) source {
	if path == "" {
		return source{}
	}
	stat, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return source{}
	}
	if err == nil && !stat.Mode().IsRegular() {
		r.warn(path, "read past, as by Spark's scripts: it is no regular file")
		return source{}
	}
	var text []byte
	if err == nil {
		text, err = readFile(path)
	}
	if err != nil {
		if pe, ok := errors.AsType[*fs.PathError](err); ok {
			err = pe.Err // the path is in our own text
		}
		r.refuse(shell.Errorf(shell.ClassConfig, "ls -l "+path, "reading %s: %w", path, err))
		return source{}
	}
	return source{name: path, file: path, text: text}
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if len(text) > maxBytes {
		return nil, errors.New("more than 16 MiB: that is no list of hosts")
	}
	return text, err
}
