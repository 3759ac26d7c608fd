package keys

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell/shelltest"
)

// A pipe that nobody writes to keeps nobody waiting, in place of either half.
func TestLoadAPipe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "id")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	pair := filepath.Join(t.TempDir(), "id")
	if _, err := Make(pair, "", ""); err != nil {
		t.Fatal(err)
	}
	os.Remove(pair + ".pub")
	if err := syscall.Mkfifo(pair+".pub", 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan [2]error, 1)
	go func() {
		_, pipe := Load(path)
		_, beside := Load(pair)
		done <- [2]error{pipe, beside}
	}()
	select {
	case got := <-done:
		if got[0] == nil || !strings.Contains(got[0].Error(), "no regular file") || got[1] != nil {
			t.Error(got)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("still reading")
	}
}

// A pair is what ssh-keygen would have made: it reads both halves and finds them one.
func TestMake(t *testing.T) {
	shelltest.Unwatched(t) // ssh-keygen and bcrypt, one after the other
	t.Parallel()
	keygen := shelltest.Program(t, "ssh-keygen")
	for _, passphrase := range []string{"", "a secret"} {
		path := filepath.Join(t.TempDir(), "new dir/id")
		k, err := Make(path, "me@here\nssh-rsa x", passphrase)
		if err != nil {
			t.Fatal(err)
		}
		for name, mode := range map[string]os.FileMode{path: 0o600, path + ".pub": 0o644, filepath.Dir(path): 0o700} {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
		}
		derived, err := exec.Command(keygen, "-y", "-P", passphrase, "-f", path).Output()
		if err != nil || !strings.HasPrefix(string(derived), k.Type()+" "+k.Blob()) {
			t.Errorf("%v: %s, want %s", err, derived, k.Line())
		}
		listed, err := exec.Command(keygen, "-l", "-f", path+".pub").Output()
		if err != nil || !strings.Contains(string(listed), k.Fingerprint()) {
			t.Errorf("%v: %s, want %s", err, listed, k.Fingerprint())
		}
		for _, name := range []string{path, path + ".pub"} {
			got, err := Load(name)
			if err != nil || got.Line() != k.Line() && got.Comment != "" || got.Fingerprint() != k.Fingerprint() || got.Private != path {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
		if _, err := Make(path, "again", ""); err == nil {
			t.Error("a pair was replaced")
		}
		if text, _ := os.ReadFile(path); passphrase != "" && strings.Contains(string(text), passphrase) {
			t.Error("the passphrase is in the file")
		}
		os.Remove(path)
		if _, err := Make(path, "again", ""); err == nil {
			t.Error("a public half was replaced")
		}
		if got, err := Load(path + ".pub"); err != nil || got.Private != "" {
			t.Errorf("without its private half: %+v, %v", got, err)
		}
	}
}

// Every kind of file that ssh-keygen makes is read; one in an old format, encrypted, by its .pub.
func TestLoad(t *testing.T) {
	shelltest.Unwatched(t) // ssh-keygen and bcrypt, one after the other
	t.Parallel()
	keygen := shelltest.Program(t, "ssh-keygen")
	for name, args := range map[string][]string{
		"ed25519": {"-t", "ed25519", "-N", ""}, "ecdsa": {"-t", "ecdsa", "-N", ""}, "rsa": {"-t", "rsa", "-N", ""},
		"encrypted": {"-t", "ed25519", "-N", "secret"}, "old": {"-t", "rsa", "-m", "PEM", "-N", ""}, "old, encrypted": {"-t", "rsa", "-m", "PEM", "-N", "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "id")
			if out, err := exec.Command(keygen, append(args, "-q", "-C", "me", "-f", path)...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			public, _ := os.ReadFile(path + ".pub")
			want, _, _, _, _ := gossh.ParseAuthorizedKey(public)
			k, err := Load(path)
			if err != nil || k.Fingerprint() != gossh.FingerprintSHA256(want) || k.Private != path || k.Comment != "me" {
				t.Errorf("%+v, %v", k, err)
			}
			os.Remove(path + ".pub")
			k, err = Load(path)
			if old := name == "old, encrypted"; old != (err != nil) || !old && k.Comment != "" {
				t.Errorf("without .pub: %+v, %v", k, err)
			}
			os.Chmod(path, 0o640)
			if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "chmod 600 ") && name != "old, encrypted" {
				t.Errorf("open to others: %v", err)
			}
		})
	}
	for _, name := range []string{"/dev/null", "/nowhere", "key_test.go"} {
		if _, err := Load(name); err == nil {
			t.Errorf("%s is a key", name)
		}
	}
}
