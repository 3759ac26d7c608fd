package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// maxFile bounds a file, which may be a device without an end.
const maxFile = 16 << 20

var errDirectory = errors.New("is a directory")

// readFile is the text of a file, or of a pipe, which ssh reads as well: `-F <(...)`. A pipe
// that nobody writes to, and a mount whose server is gone, are given up after the bound; the one
// who reads waits there, as nothing can end that.
func readFile(name string, bound time.Duration) ([]byte, error) {
	type content struct {
		text []byte
		err  error
	}
	read := make(chan content, 1)
	go func() {
		text, err := readAll(name)
		read <- content{text, err}
	}()
	select {
	case c := <-read:
		return c.text, c.err
	case <-time.After(bound):
		return nil, fmt.Errorf("nothing came in %v: is it a pipe that nobody writes to, or a dead mount?", bound)
	}
}

func readAll(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, errDirectory
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if len(text) > maxFile {
		return nil, fmt.Errorf("more than %d MiB: that is no configuration", maxFile>>20)
	}
	return text, err
}
