package commands

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"sparkops/keys"
	"sparkops/ssh"
	"sparkops/ssh/config"
)

// A key that is there and that ssh would not use is told, and no other is made beside it; a usable
// one behind it is taken.
func TestKeyThatIsOpenToOthers(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "id_rsa"), filepath.Join(dir, "id_ed25519")
	if _, err := keys.Make(second, "", ""); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(second, 0o644); err != nil {
		t.Fatal(err)
	}
	ring := ssh.NewKeyring()
	defer ring.Close()
	k := (&app{world: World{Stderr: io.Discard}}).keyChoice(settings{yes: true}, nil, ring, "", false, false)
	k.home = filepath.Join(dir, "home") // where another would be made
	for _, only := range []bool{true, false} {
		route := &config.Host{Identities: []string{first, second, filepath.Join(dir, "id_x")}, IdentitiesOnly: only}
		_, err := k.all(t.Context(), &reach{routes: map[string]*config.Host{"w1": route}}, []string{"w1"})
		if code, _ := exitOfError(err); err == nil || !strings.Contains(err.Error(), "chmod 600 "+second) || code != exitUsage {
			t.Errorf("%v", err)
		}
	}
	third := filepath.Join(dir, "third")
	made, err := keys.Make(third, "", "")
	if err != nil {
		t.Fatal(err)
	}
	got, ok, err := k.existing(t.Context(), &config.Host{Identities: []string{second, third}})
	if err != nil || !ok || got.Blob() != made.Blob() {
		t.Errorf("%v, %v, %v", got, ok, err)
	}
}

// A key on a file system that does not answer keeps nobody from interrupting.
func TestLoadKeyEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	release := make(chan struct{})
	defer close(release)
	_, err := loadKey(ctx, "/mnt/id", func(string) (keys.Key, error) {
		cancel(Interrupt{syscall.SIGINT})
		<-release
		return keys.Key{}, nil
	})
	if code, _ := exitOfError(unread(err)); code != exitInterrupted {
		t.Errorf("%d: %v", code, err)
	}
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		_, err := loadKey(t.Context(), "/mnt/id", func(string) (keys.Key, error) {
			<-release
			return keys.Key{}, nil
		})
		code, hint := exitOfError(unread(err))
		if _, wrong := errors.AsType[*mistake](unread(err)); !wrong || code != exitUsage || hint != "ls -l '/mnt/id'" && hint != "ls -l /mnt/id" {
			t.Errorf("%d, %q: %v", code, hint, err)
		}
	})
}
