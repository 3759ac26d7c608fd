package keys

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sparkops/shell/shelltest"
)

func staged(t *testing.T, path, after string) *Edit {
	t.Helper()
	e, err := NewEdit(path, func(string) string { return after }, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A file behind a link is replaced as a whole, with its mode, and the former one is kept.
func TestEdit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	real, link := filepath.Join(dir, "dotfiles/config"), filepath.Join(dir, "config")
	os.Mkdir(filepath.Dir(real), 0o755)
	os.WriteFile(real, []byte("old\n"), 0o640)
	os.Symlink("dotfiles/config", link)
	for _, step := range []struct{ after, kept string }{{"new\n", "old\n"}, {"newer\n", "new\n"}} {
		e := staged(t, link, step.after)
		if text, _ := os.ReadFile(real); string(text) == step.after {
			t.Error("written before it was taken")
		}
		if err := e.Take(); err != nil {
			t.Fatal(err)
		}
		text, _ := os.ReadFile(real)
		kept, _ := os.ReadFile(e.Backup())
		info, _ := os.Lstat(link)
		mode, _ := os.Stat(real)
		if string(text) != step.after || string(kept) != step.kept || info.Mode()&os.ModeSymlink == 0 || mode.Mode().Perm() != 0o640 {
			t.Errorf("%q, kept %q, %v, %v", text, kept, info.Mode(), mode.Mode())
		}
	}
	e := staged(t, link, "newest\n")
	os.WriteFile(real, []byte("somebody else's\n"), 0o640)
	if err := e.Take(); err == nil || !strings.Contains(err.Error(), "has changed meanwhile") {
		t.Errorf("%v", err)
	}
	for _, path := range []string{link, dir + "/ssh/config"} {
		if err := staged(t, path, "x").Drop(); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(dir + "/ssh"); err == nil {
		t.Error("its directory is left")
	}
	fresh := staged(t, filepath.Join(dir, "new/dir/config"), "x\n")
	if err := fresh.Take(); err != nil || !fresh.IsNew() {
		t.Error(err)
	}
	if info, err := os.Stat(fresh.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if names, _ := filepath.Glob(dir + "/*/*"); len(names) != 3 { // config, its backup, new/dir
		t.Errorf("left: %v", names)
	}
}

// A link that leads to a file that is not there yet stays a link, and the file is made.
func TestEditThroughADanglingLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	os.MkdirAll(dir+"/home/.ssh", 0o700)
	os.MkdirAll(dir+"/stow/ssh", 0o700)
	os.Symlink("../../stow/ssh", dir+"/home/.ssh/d") // .. of what is behind it is stow
	os.Symlink("d/../link", dir+"/home/.ssh/config")
	os.Symlink(dir+"/stow/new/config", dir+"/stow/link")
	e := staged(t, dir+"/home/.ssh/config", "x\n")
	if err := e.Take(); err != nil || !e.IsNew() {
		t.Error(err)
	}
	info, err := os.Lstat(dir + "/home/.ssh/config")
	if text, _ := os.ReadFile(dir + "/stow/new/config"); err != nil || info.Mode()&os.ModeSymlink == 0 || string(text) != "x\n" {
		t.Errorf("%q behind %v, %v", text, info.Mode(), err)
	}
	os.Symlink("loop", dir+"/loop")
	if e, err := NewEdit(dir+"/loop", func(string) string { return "x" }, 0o600); err == nil {
		e.Drop()
		t.Error("a loop of links was replaced")
	}
}

// A diff is one that patch applies.
func TestDiff(t *testing.T) {
	t.Parallel()
	patch := shelltest.Program(t, "patch")
	var many []string
	for i := range 20 {
		many = append(many, fmt.Sprint("line ", i))
	}
	all := strings.Join(many, "\n") + "\n"
	for i, c := range []struct{ before, after string }{
		{all, "first\n" + all}, {all, all + "last\n"}, {all, strings.Replace(all, "line 9\n", "new\nline 9\n", 1)},
		{"a\n", "a\nb\n"}, {"a\n", "b\na\n"}, {"", "a\nb\n"}, {"a\na\n", "a\na\na\n"},
	} {
		path := filepath.Join(t.TempDir(), "file")
		os.WriteFile(path, []byte(c.before), 0o600)
		e := staged(t, path, c.after)
		diff := e.Diff()
		e.Drop()
		cmd := exec.Command(patch, "-s", path)
		cmd.Stdin = strings.NewReader(diff)
		out, err := cmd.CombinedOutput()
		if got, _ := os.ReadFile(path); err != nil || string(got) != c.after {
			t.Errorf("%d: %v: %s: %q from\n%s", i, err, out, got, diff)
		}
	}
}
