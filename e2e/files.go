//go:build linux

package e2e

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Write replaces a file of the host, makes its directory, and gives both to the user.
func (h *Host) Write(user User, name, content string, mode fs.FileMode) error {
	dir := h.path(filepath.Dir(name))
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := os.Chown(dir, user.ID, user.ID); err != nil {
			return err
		}
	}
	if err := os.WriteFile(h.path(name), []byte(content), mode); err != nil {
		return err
	}
	if err := os.Chmod(h.path(name), mode); err != nil {
		return err
	}
	return os.Chown(h.path(name), user.ID, user.ID)
}

// Read is a file of the host.
func (h *Host) Read(name string) (string, error) {
	content, err := os.ReadFile(h.path(name))
	return string(content), err
}

// Remove removes files and directories of the host with all that is in them; a
// missing one is no error.
func (h *Host) Remove(names ...string) error {
	var errs []error
	for _, name := range names {
		errs = append(errs, os.RemoveAll(h.path(name)))
	}
	return errors.Join(errs...)
}

// Empty removes what is in a directory of the host.
func (h *Host) Empty(dir string) error {
	names, err := h.List(dir)
	for _, name := range names {
		err = errors.Join(err, h.Remove(filepath.Join(dir, name)))
	}
	return err
}

// List names what is in a directory of the host; a missing one is empty.
func (h *Host) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(h.path(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names, err
}

// PidFiles are the contents of Spark's pid files in the host's /tmp, by name.
func (h *Host) PidFiles() (map[string]string, error) {
	names, err := h.List("/tmp")
	files := map[string]string{}
	for _, name := range names {
		if strings.HasPrefix(name, "spark-") && strings.HasSuffix(name, ".pid") {
			content, err := h.Read("/tmp/" + name)
			if err != nil {
				return nil, err
			}
			files[name] = strings.TrimSpace(content)
		}
	}
	return files, err
}
