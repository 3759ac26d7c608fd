package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What is no file does what it does under ssh, and in the end there is an answer: a pipe is
// read, one that nobody writes to is given up, a device no more than
// a file may.
func TestWhatIsNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		if text != "" {
			go os.WriteFile(path, []byte(text), 0o600) // waits for its reader
		}
		t.Cleanup(func() { // who still reads it is let go
			if f, err := os.OpenFile(path, os.O_RDWR, 0); err == nil {
				f.Close()
			}
		})
		return path
	}
	big := filepath.Join(dir, "big")
	if err := os.WriteFile(big, []byte(strings.Repeat("# x\n", maxFile/4+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	nested := filepath.Join(dir, "nested")
	if err := os.WriteFile(nested, []byte("Include "+pipe("included", "")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, file string
		port       int
		says       string // by the error, "" if there is none
	}{
		{"a pipe", pipe("written", "Port 77\n"), 77, ""},
		{"a pipe that nobody writes to", pipe("silent", ""), 0, "nothing came"},
		{"such a pipe, included", nested, 0, "included: nothing came"},
		{"a directory", dir, 0, "is a directory"},
		{"an empty device", "/dev/null", 22, ""},
		{"an endless device", "/dev/zero", 0, "more than 16 MiB"},
		{"an endless file", big, 0, "more than 16 MiB"},
		{"not there", filepath.Join(dir, "none"), 0, "no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bound := 10 * time.Second
			if strings.Contains(c.says, "nothing came") {
				bound = 200 * time.Millisecond
			}
			f, err := Load(Options{File: c.file, FileBound: bound})
			if c.says != "" {
				if e, ok := errors.AsType[*Error](err); !ok || !strings.Contains(e.Error(), c.says) || e.Hint == "" {
					t.Errorf("%#v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if h, err := f.Host(t.Context(), "w1"); err != nil || h.Port != c.port {
				t.Errorf("%+v, %v", h, err)
			}
		})
	}
}

// A directory in the place of ~/.ssh/config holds nothing, as for ssh.
func TestUserFileIsADirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := Load(Options{UserFile: dir})
	if err != nil || len(f.Warnings) != 1 || !strings.Contains(f.Warnings[0], dir+" is a directory") {
		t.Fatalf("%v, %+v", err, f)
	}
}
