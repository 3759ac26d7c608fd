package keys

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sparkops/shell/shelltest"
	"sparkops/ssh/config"
)

func TestParseEntry(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"worker.one=10.0.0.11": "worker.one 10.0.0.11", "w=fe80::1": "w fe80::1", "w=[fe80::1]": "w fe80::1", "a_b-c=h.example": "a_b-c h.example",
		"w": "", "=10.0.0.1": "", "w=": "", "w*=10.0.0.1": "", "!w=10.0.0.1": "", "-oProxyCommand=x=10.0.0.1": "", "a b=10.0.0.1": "", "w=-oX": "",
		"w=%h": "", "w=a b": "", "w=a\nProxyCommand x": "", "w=a#b": "", `w="a"`: "",
	} {
		e, err := ParseEntry(word)
		if got := strings.TrimSpace(e.Name + " " + e.Address); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", word, got, err, want)
		}
	}
	for name, want := range map[string]bool{"spark": true, "a.b-c": true, "svc$": true, "": false, "a b": false, "-l": false, "%r": false, "x\ny": false} {
		if IsUser(name) != want {
			t.Errorf("user %q: %v", name, !want)
		}
	}
}

// New blocks stand before all others, under the lines for everybody, and beside no comment that is not theirs.
func TestAddHosts(t *testing.T) {
	t.Parallel()
	const block = "Host new\n    HostName 10.0.0.9\n"
	for name, c := range map[string]struct {
		before, after string
		at            int
	}{
		"nothing":           {"", block, 1},
		"lines for all":     {"User a\n", "User a\n\n" + block, 2},
		"no last newline":   {"User a", "User a\n\n" + block, 2},
		"a block":           {"Host a\n  Port 1\n", block + "\nHost a\n  Port 1\n", 1},
		"its comment":       {"User a\n\n# of a\n  # more\nHOST a\n", "User a\n\n" + block + "\n# of a\n  # more\nHOST a\n", 3},
		"Match, Include":    {"Include x\nmatch=all\nUser a", "Include x\n" + block + "\nmatch=all\nUser a", 2},
		"HostName is none":  {"HostName x\n", "HostName x\n\n" + block, 2},
		"ends in a comment": {"# all\n\n", "# all\n\n" + block, 3},
	} {
		t.Run(name, func(t *testing.T) {
			if got, at := AddHosts(c.before, []Entry{{Name: "new", Address: "10.0.0.9"}}); got != c.after || at != c.at {
				t.Errorf("%q at %d, want %q at %d", got, at, c.after, c.at)
			}
		})
	}
}

// disk is a home with an ssh configuration in it.
func disk(t *testing.T, text string) (home, file string) {
	t.Helper()
	home = t.TempDir()
	file = filepath.Join(home, ".ssh/config")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return home, file
}

func load(t *testing.T, home, file string) *config.Files {
	t.Helper()
	files, err := config.Load(config.Options{File: file, Home: home, User: "me", Env: func(string) (string, bool) { return "", false }})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// What a new block comes to is what was asked for, as ssh -G has it too, and nobody else means
// anything new; else it is refused.
func TestVerify(t *testing.T) {
	t.Parallel()
	ssh := shelltest.Program(t, "ssh")
	for name, c := range map[string]struct{ before, refusal string }{
		"empty":            {"", ""},
		"everybody":        {"Host *\n User other\n Port 99\n IdentityFile ~/.ssh/other\n", ""},
		"one like it":      {"Host n*\n User other\n ProxyJump x\n", ""},
		"before all":       {"User other\nHost *\n Port 1\n", "new would not be what was asked for: its user is other ("},
		"before all, Port": {"Port 99\n", "its port is 99 ("},
		"an Include":       {"Include more\nHost *\n Port 1\n", ""},
		"Match final":      {"Match final all\n User other\nHost a\n HostName b\n", ""},
		"Match by address": {"Match host 10.0.0.9\n Port 98\nHost b\n HostName 10.0.0.9\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home, file := disk(t, c.before)
			e := Entry{Name: "new", Address: "10.0.0.9", User: "spark", Port: 22, IdentityFile: filepath.Join(home, ".ssh/a key"), Home: home}
			edit, err := NewEdit(file, func(text string) string { added, _ := AddHosts(text, []Entry{e}); return added }, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			err = Verify(context.Background(), load(t, home, file), load(t, home, edit.Staged), []Entry{e}, []string{"n2"})
			if (err == nil) != (c.refusal == "") || err != nil && !strings.Contains(err.Error(), c.refusal) {
				t.Errorf("%v, want %q", err, c.refusal)
			}
			out, failed := exec.Command(ssh, "-G", "-F", edit.Staged, "new").Output()
			met := strings.Contains(string(out), "\nhostname 10.0.0.9\n") && strings.Contains(string(out), "user spark\n") && strings.Contains(string(out), "\nport 22\n") && strings.Contains(string(out), "/.ssh/a key\n")
			if failed != nil || met != (c.refusal == "") {
				t.Errorf("ssh -G: %v: %s", failed, out)
			}
		})
	}
	// A block that would change what another name means.
	home, file := disk(t, "Host a\n Port 1\n")
	changed := filepath.Join(home, "changed")
	os.WriteFile(changed, []byte("Host new a\n HostName 10.0.0.9\nHost a\n Port 1\n"), 0o600)
	err := Verify(context.Background(), load(t, home, file), load(t, home, changed), []Entry{{Name: "new", Address: "10.0.0.9"}}, nil)
	if err == nil || !strings.Contains(err.Error(), "what is said about a would change") {
		t.Errorf("%v", err)
	}
}

func TestStanding(t *testing.T) {
	t.Parallel()
	home, file := disk(t, "Host same other\n HostName 10.0.0.9\nHost bare\n Port 22\nHost w*\n User x\n")
	os.WriteFile(filepath.Join(home, ".ssh/more"), []byte("Host far\n HostName 10.0.0.8\n"), 0o600)
	text, _ := os.ReadFile(file)
	os.WriteFile(file, append([]byte("Include "+home+"/.ssh/more\n"), text...), 0o600)
	files := load(t, home, file)
	for word, c := range map[string]struct {
		at     string
		wanted bool
	}{
		"same=10.0.0.9": {file + ":3", true}, "other=10.0.0.1": {file + ":3", false}, "bare=10.0.0.9": {file + ":4", false}, "bare=bare": {file + ":4", true},
		"w9=10.0.0.9": {"", false}, "far=10.0.0.9": {home + "/.ssh/more:2", false}, "new=10.0.0.9": {"", false},
	} {
		e, err := ParseEntry(word)
		if err != nil {
			t.Fatal(err)
		}
		if at, wanted, err := e.Standing(context.Background(), files); at != c.at || wanted != c.wanted || err != nil {
			t.Errorf("%s: %q, %v, %v; want %+v", word, at, wanted, err, c)
		}
	}
}
