package ssh

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh/config"
)

// KnownHosts are the known_hosts files, each read once in a run. x/crypto's own reader is
// not used: it refuses a whole file for one line that it does not know, and gives another
// verdict than OpenSSH on ports, patterns and certificates.
type KnownHosts struct {
	mu      sync.Mutex
	files   map[string]*reading[*knownFile]
	revoked map[string]*reading[*revocations]
}

// NewKnownHosts returns known hosts with no file read yet.
func NewKnownHosts() *KnownHosts {
	return &KnownHosts{files: map[string]*reading[*knownFile]{}, revoked: map[string]*reading[*revocations]{}}
}

const (
	authorityMarker = "@cert-authority"
	revokedMarker   = "@revoked"
)

// knownKey is one line of a known_hosts file; see sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
type knownKey struct {
	marker string // "", authorityMarker, revokedMarker
	names  string // patterns, or one hashed name
	key    gossh.PublicKey
	file   string
	line   int
}

func (k knownKey) at() string { return fmt.Sprintf("%s:%d", k.file, k.line) }

// maxPiped is how much is read of what is no file: a device may have no end.
const maxPiped = 16 << 20

// knownFile is one file, as far as it is read: others add to it meanwhile.
type knownFile struct {
	path  string
	keys  []knownKey
	info  fs.FileInfo // what was read, nil if it was not there
	size  int64       // how much of it was
	lines int
	open  bool  // the last line has no newline yet
	err   error // why it could not be read

	turn    chan struct{} // held by who writes
	pending []*addition   // by whose turn it is next
}

// file is a known_hosts file; one that is not there is empty. ctx bounds the waiting for it.
func (k *KnownHosts) file(ctx context.Context, path string) (*knownFile, error) {
	k.mu.Lock()
	r, ok := k.files[path]
	if !ok {
		r = startReading(func() *knownFile { return readKnown(path) })
		k.files[path] = r
	}
	k.mu.Unlock()
	return r.wait(ctx, path)
}

func readKnown(path string) *knownFile {
	f := &knownFile{path: path, turn: make(chan struct{}, 1)}
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // of a pipe that nobody writes to: empty
	if err == nil {
		err = f.read(file)
		file.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.err = err
	}
	return f
}

// read reads what was not read yet, and all of a file that was replaced.
func (f *knownFile) read(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if f.info != nil && (!os.SameFile(f.info, info) || info.Size() < f.size) {
		f.keys, f.size, f.lines, f.open = nil, 0, 0, false
	}
	f.info = info
	if f.size > 0 {
		if _, err := file.Seek(f.size, io.SeekStart); err != nil {
			return err
		}
	}
	var from io.Reader = file
	if !info.Mode().IsRegular() {
		from = io.LimitReader(file, maxPiped)
	}
	text, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	f.take(string(text))
	return nil
}

// take takes the text that follows; a line that cannot be read is skipped, as by OpenSSH.
func (f *knownFile) take(text string) {
	if f.info.Mode().IsRegular() {
		f.size += int64(len(text))
	}
	for text != "" {
		line, rest, ended := strings.Cut(text, "\n")
		if !f.open {
			f.lines++
			if key, ok := parseKnown(line); ok {
				key.file, key.line = f.path, f.lines
				f.keys = append(f.keys, key)
			}
		}
		text, f.open = rest, !ended
	}
}

func parseKnown(line string) (knownKey, bool) {
	var k knownKey
	fields := strings.Fields(line)
	if len(fields) > 0 && strings.HasPrefix(fields[0], "@") {
		k.marker, fields = fields[0], fields[1:]
	}
	if len(fields) < 3 || strings.HasPrefix(fields[0], "#") || k.marker != "" && k.marker != authorityMarker && k.marker != revokedMarker {
		return k, false
	}
	k.names = fields[0]
	var err error
	k.key, err = parseKey(fields[1:])
	return k, err == nil
}

// parseKey reads a public key: its type, then its blob.
func parseKey(fields []string) (gossh.PublicKey, error) {
	if len(fields) < 2 {
		return nil, errors.New("no public key")
	}
	blob, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil {
		return nil, err
	}
	key, err := gossh.ParsePublicKey(blob)
	if err == nil && key.Type() != fields[0] {
		err = fmt.Errorf("a key of type %s, not %s", key.Type(), fields[0])
	}
	return key, err
}

// matches reports whether the line is about a name, as OpenSSH's match_hostlist has it.
func (k knownKey) matches(name string) bool {
	if rest, hashed := strings.CutPrefix(k.names, "|1|"); hashed {
		salt, sum, _ := strings.Cut(rest, "|")
		key, err := base64.StdEncoding.DecodeString(salt)
		want, err2 := base64.StdEncoding.DecodeString(sum)
		return err == nil && err2 == nil && hmac.Equal(want, hashName(key, name))
	}
	found := false
	for pattern := range strings.SplitSeq(strings.ToLower(k.names), ",") {
		negated := strings.HasPrefix(pattern, "!")
		if config.Glob(strings.TrimPrefix(pattern, "!"), name) {
			if negated {
				return false
			}
			found = true
		}
	}
	return found
}

func hashName(salt []byte, name string) []byte {
	mac := hmac.New(sha1.New, salt)
	mac.Write([]byte(name))
	return mac.Sum(nil)
}

// names are the names under which a host's key may be known: with its port first. An alias
// has no port.
func names(h *config.Host) []string {
	if h.HostKeyAlias != "" {
		return []string{strings.ToLower(h.HostKeyAlias)}
	}
	host := strings.ToLower(h.HostName)
	if h.Port == 22 {
		return []string{host}
	}
	return []string{fmt.Sprintf("[%s]:%d", host, h.Port), host}
}

// filesOf are the known_hosts files of a host, all of them read.
func (k *KnownHosts) filesOf(ctx context.Context, h *config.Host) ([]*knownFile, error) {
	var all []*knownFile
	for _, path := range slices.Concat(h.KnownHosts, h.GlobalKnownHosts) {
		file, err := k.file(ctx, path)
		if err != nil {
			return nil, err
		}
		all = append(all, file)
	}
	return all, nil
}

// about are the lines about a name. A file that cannot be read is empty, and told of.
func (k *KnownHosts) about(name string, files []*knownFile) (found []knownKey, unread error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, file := range files {
		if file.err != nil {
			unread = fmt.Errorf("reading %s: %w", file.path, file.err)
			continue
		}
		for _, line := range file.keys {
			if line.matches(name) {
				found = append(found, line)
			}
		}
	}
	return found, unread
}
