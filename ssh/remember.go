package ssh

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh/config"
)

// add remembers the key of a host that was not known: one line in the first of its
// known_hosts files. The line is written at once and under a lock, and a file that lacks its
// last newline gets it first, so that any number of writers at a time, ssh among them, lose
// and tear nothing.
func (k *KnownHosts) add(h *config.Host, key gossh.PublicKey) error {
	if len(h.KnownHosts) == 0 {
		return errors.New("UserKnownHostsFile is none")
	}
	file := h.KnownHosts[0]
	name := names(h)[0]
	k.mu.Lock()
	defer k.mu.Unlock()
	lines, err := k.lines(file)
	if err != nil {
		return err
	}
	for _, line := range lines {
		if line.marker == "" && line.matches(name) && same(line.key, key) {
			return nil // another name of the host was first
		}
	}
	written := name
	if h.HashKnownHosts {
		salt := make([]byte, 20)
		rand.Read(salt)
		written = "|1|" + base64.StdEncoding.EncodeToString(salt) + "|" + base64.StdEncoding.EncodeToString(hashName(salt, name))
	}
	if err := appendLine(file, written+" "+strings.TrimSpace(string(gossh.MarshalAuthorizedKey(key)))); err != nil {
		return err
	}
	k.files[file] = append(lines, knownKey{names: written, key: key, file: file})
	return nil
}

func appendLine(file, line string) (err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("locking %s: %w", file, err)
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	text := line + "\n"
	last := []byte{'\n'}
	if end > 0 {
		if _, err := f.ReadAt(last, end-1); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && last[0] != '\n' {
		text = "\n" + text
	}
	_, err = f.WriteString(text)
	return err
}
