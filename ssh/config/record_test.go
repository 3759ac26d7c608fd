package config

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"sparkops/shell/shelltest"
)

// defaultsFile has the lists of algorithms of the ssh that the cases were recorded with.
const defaultsFile = casesDir + "/defaults"

func recordedDefaults(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(defaultsFile)
	if err != nil {
		t.Fatal(err)
	}
	return lists(string(text))
}

// sheetFor loads the files and asks for a name.
func sheetFor(o Options, name string, defaults map[string]string) (sheet, error) {
	files, err := Load(o)
	if err != nil {
		return nil, err
	}
	h, err := files.Host(context.Background(), name)
	if err != nil {
		return nil, err
	}
	return sheetOf(h, defaults), nil
}

// TestCasesAgainstSSH asks the ssh of this machine about the cases, and compares what it says
// with the recordings, or records it.
func TestCasesAgainstSSH(t *testing.T) {
	shelltest.Unwatched(t)
	ssh, o := findSSH(t), options(t)
	all, archives := readCases(t)
	placed := ssh.placeable(t, o)
	version, _ := exec.Command(string(ssh), "-V").CombinedOutput() // it goes to stderr
	var defaults map[string]string
	skipped := 0
	for _, c := range all {
		if !strings.Contains(string(version), "_"+c.only) || !placed && c.isolated() {
			skipped++
			continue
		}
		dir := c.set(t)
		p := place{dir: dir, Options: o}
		if p.UserFile = sectionPath(dir, "config"); c.files["config"] == "" {
			p.UserFile = ""
		}
		p.Env = envOf(append(slices.Clone(c.env), cleanEnv(o.Home)...))
		s, err := ssh.start(t, o, dir, placed, c.env...)
		if err != nil {
			t.Fatal(err)
		}
		if defaults == nil {
			defaults = s.defaults(t)
		}
		for _, a := range c.asks {
			got, reason := p.theirs(s, a.args, defaults)
			if *update {
				a.at.Data = []byte(strings.ReplaceAll(p.blank(got), "$DIR/home/", "$HOME/"))
			} else if want := p.fill(a.want); got != want {
				t.Errorf("%s: %s: ssh %s\n%srecorded:\n%sssh:\n%s%v", c.file, c.name, a.args, c.text(), want, got, reason)
			}
		}
		s.close()
	}
	if skipped > 0 {
		t.Logf("NOT TESTED: %d of %d cases: no unshare here, or another version of ssh", skipped, len(all))
	}
	if *update {
		record(t, archives, defaults)
	}
}

func record(t *testing.T, archives map[string]*txtar.Archive, defaults map[string]string) {
	t.Helper()
	var text strings.Builder
	for _, k := range slices.Sorted(maps.Keys(defaults)) {
		text.WriteString(k + " " + defaults[k] + "\n")
	}
	put(t, defaultsFile, text.String())
	for name, archive := range archives {
		if err := os.WriteFile(filepath.Clean(name), txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
