package regular

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	file, link, pipe := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "pipe")
	if err := os.WriteFile(file, []byte("four"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path string
		most int64
		want string
	}{{file, 0, "four"}, {link, 0, "four"}, {file, 2, "fo"}, {file, 9, "four"}} {
		if got, err := Read(tt.path, tt.most); err != nil || string(got) != tt.want {
			t.Errorf("%s, %d: %q, %v", tt.path, tt.most, got, err)
		}
	}
	for _, path := range []string{pipe, dir, "/dev/zero", filepath.Join(dir, "none")} {
		if got, err := Read(path, 0); err == nil {
			t.Errorf("%s: %q", path, got)
		} else if _, ok := err.(*fs.PathError); !ok {
			t.Errorf("%s: %T", path, err)
		}
	}
}
