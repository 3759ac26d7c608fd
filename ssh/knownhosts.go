package ssh

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh/config"
)

// KnownHosts are the known_hosts files, each read once in a run. x/crypto's own reader is
// not used: it refuses a whole file for one line that it does not know, and gives another
// verdict than OpenSSH on ports, patterns and certificates.
type KnownHosts struct {
	mu    sync.Mutex
	files map[string][]knownKey
}

// NewKnownHosts returns known hosts with no file read yet.
func NewKnownHosts() *KnownHosts { return &KnownHosts{files: map[string][]knownKey{}} }

// knownKey is one line of a known_hosts file; see sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
type knownKey struct {
	marker string // "", "@cert-authority", "@revoked"
	names  string // patterns, or one hashed name
	key    gossh.PublicKey
	file   string
	line   int
}

func (k knownKey) at() string { return fmt.Sprintf("%s:%d", k.file, k.line) }

// lines are the known keys of a file; a line that cannot be read is skipped, as by OpenSSH,
// and a file that is not there is empty. Callers hold mu.
func (k *KnownHosts) lines(file string) ([]knownKey, error) {
	if known, ok := k.files[file]; ok {
		return known, nil
	}
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var known []knownKey
	scanner := bufio.NewScanner(bytes.NewReader(text))
	scanner.Buffer(nil, len(text)+1)
	for n := 1; scanner.Scan(); n++ {
		if key, ok := parseKnown(scanner.Text()); ok {
			key.file, key.line = file, n
			known = append(known, key)
		}
	}
	k.files[file] = known
	return known, nil
}

func parseKnown(line string) (knownKey, bool) {
	var k knownKey
	fields := strings.Fields(line)
	if len(fields) > 0 && strings.HasPrefix(fields[0], "@") {
		k.marker, fields = fields[0], fields[1:]
	}
	if len(fields) < 3 || strings.HasPrefix(fields[0], "#") || k.marker != "" && k.marker != "@cert-authority" && k.marker != "@revoked" {
		return k, false
	}
	blob, err := base64.StdEncoding.DecodeString(fields[2])
	if err != nil {
		return k, false
	}
	k.names = fields[0]
	k.key, err = gossh.ParsePublicKey(blob)
	return k, err == nil && k.key.Type() == fields[1]
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

// about are the lines about a name, in all files of the host.
func (k *KnownHosts) about(h *config.Host, name string) ([]knownKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var found []knownKey
	for _, file := range append(append([]string{}, h.KnownHosts...), h.GlobalKnownHosts...) {
		lines, err := k.lines(file)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		for _, line := range lines {
			if line.matches(name) {
				found = append(found, line)
			}
		}
	}
	return found, nil
}
