package ssh_test

import (
	"path/filepath"
	"testing"
	"time"

	"sparkops/shell/shelltest"
	"sparkops/ssh"
)

// A device without an end, or a directory, in the place of a key, and a device in that of
// known_hosts, cost neither the memory nor the answer.
func TestDevicesAsFiles(t *testing.T) {
	shelltest.Unwatched(t) // it reads 16 MiB of zeros, several times
	t.Parallel()
	dir := t.TempDir()
	private, signer := newKey(t)
	key := writeKey(t, filepath.Join(t.TempDir(), "id"), private)
	s := authorized(t, signer)
	for _, file := range []string{"/dev/zero", "/dev/null"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			h := at(t, s.Addr())
			h.User, h.Identities, h.IdentitiesSet = "u", []string{file, dir, key}, true
			h.Certificates, h.GlobalKnownHosts = []string{file, dir}, []string{file}
			connect(t, newPool(t, ssh.Options{ConnectTimeout: time.Minute}), h)
		})
	}
}
