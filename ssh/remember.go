package ssh

import (
	"context"
	cryptorand "crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh/config"
)

const (
	// lockBound is how long another program may hold the lock of a known_hosts file.
	lockBound = 5 * time.Second
	// queueBound is how long many of them may, one after the other.
	queueBound = 4 * lockBound
)

// addition is the key of a host, to be remembered.
type addition struct {
	name, line string
	key        gossh.PublicKey
	done       chan struct{} // closed once err is known
	err        error
}

// add remembers the key of a host that was not known: one line in the first of its
// known_hosts files. Lines are written at once and under a lock, and a file that lacks its
// last newline gets it first, so that any number of writers at a time, ssh among them, lose
// and tear nothing. Those who wait for the lock are served together: a lock that somebody
// does not let go costs them all its bound once.
func (k *KnownHosts) add(ctx context.Context, h *config.Host, key gossh.PublicKey) error {
	if len(h.KnownHosts) == 0 {
		return errors.New("UserKnownHostsFile is none")
	}
	name := names(h)[0]
	written := name
	if h.HashKnownHosts {
		salt := make([]byte, 20)
		cryptorand.Read(salt)
		written = "|1|" + base64.StdEncoding.EncodeToString(salt) + "|" + base64.StdEncoding.EncodeToString(hashName(salt, name))
	}
	a := &addition{name: name, key: key, line: written + " " + string(gossh.MarshalAuthorizedKey(key)), done: make(chan struct{})}
	file, err := k.file(ctx, h.KnownHosts[0])
	if err == nil {
		err = file.err
	}
	if err != nil {
		return err
	}
	k.mu.Lock()
	file.pending = append(file.pending, a)
	k.mu.Unlock()
	select {
	case file.turn <- struct{}{}:
		k.write(file)
		<-file.turn
	case <-a.done:
	}
	<-a.done
	return a.err
}

// write writes what is pending. The caller has the turn.
func (k *KnownHosts) write(f *knownFile) {
	locked, err := lock(f.path)
	k.mu.Lock()
	defer k.mu.Unlock()
	all := f.pending
	f.pending = nil
	if err == nil {
		err = errors.Join(f.append(locked, all), locked.Close())
	}
	for _, a := range all {
		a.err = err
		close(a.done)
	}
}

// append adds what nobody has added yet: another name of the host may have been first, or
// another process.
func (f *knownFile) append(locked *os.File, all []*addition) error {
	if err := f.read(locked); err != nil {
		return err
	}
	var text strings.Builder
	var added []*addition
	for _, a := range all {
		known := slices.ContainsFunc(f.keys, func(k knownKey) bool { return k.marker == "" && same(k.key, a.key) && k.matches(a.name) })
		if !known && !slices.ContainsFunc(added, func(b *addition) bool { return b.name == a.name && same(b.key, a.key) }) {
			text.WriteString(a.line)
			added = append(added, a)
		}
	}
	if text.Len() == 0 {
		return nil
	}
	written := text.String()
	if f.open {
		written = "\n" + written
	}
	n, err := locked.WriteString(written)
	f.take(written[:n])
	return err
}

// lock opens a file and takes its lock. As long as the file grows, others take their turns.
// A file system that has no locks is written to without, as ssh does always.
func lock(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	begin := time.Now()
	size, grown := int64(-1), begin
	for {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		held := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(held, syscall.EWOULDBLOCK) && !errors.Is(held, syscall.EINTR) && stands(file, path) {
			return file, nil
		}
		if info, err := file.Stat(); err == nil && info.Size() != size {
			size, grown = info.Size(), time.Now()
		}
		file.Close()
		if time.Since(grown) > lockBound || time.Since(begin) > queueBound {
			return nil, fmt.Errorf("another program has held the lock of %s for %v", path, time.Since(begin).Round(time.Second))
		}
		time.Sleep(time.Millisecond + rand.N(20*time.Millisecond))
	}
}

// stands reports whether the path still leads to the file: ssh-keygen -R replaces it.
func stands(file *os.File, path string) bool {
	was, err := file.Stat()
	if err != nil {
		return false
	}
	is, err := os.Stat(path)
	return err == nil && os.SameFile(was, is)
}
