package config

import (
	flags "flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"sparkops/shell/shelltest"
)

// casesDir has files of cases; its README says how one is written.
const casesDir = "../../testdata/ssh_config"

var update = flags.Bool("update", false, "record what ssh -G says of the cases in "+casesDir)

// theCase is a configuration and what is asked of it.
type theCase struct {
	name, file string // of the txtar archive
	files      map[string]string
	env        []string
	only       string // the version of OpenSSH that the recording is true of; "" for all
	apart      string // why our answer is another one
	asks       []*ask
}

// ask is one command line and its recorded answer.
type ask struct {
	args string
	want string
	at   *txtar.File
}

// readCases reads all archives. The sections of a case are named CASE: WHAT.
func readCases(t *testing.T) (all []*theCase, archives map[string]*txtar.Archive) {
	t.Helper()
	names, err := filepath.Glob(casesDir + "/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	archives = map[string]*txtar.Archive{}
	seen := map[string]bool{}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		archives[name] = archive
		var c *theCase
		for i := range archive.Files {
			f := &archive.Files[i]
			id, what, ok := strings.Cut(f.Name, ": ")
			if !ok {
				t.Fatalf("%s: -- %s -- is not CASE: WHAT", name, f.Name)
			}
			if c == nil || c.name != id {
				if seen[id] {
					t.Fatalf("%s: %s is there twice", name, id)
				}
				seen[id] = true
				c = &theCase{name: id, file: name, files: map[string]string{}}
				all = append(all, c)
			}
			c.section(what, f)
		}
	}
	return all, archives
}

func (c *theCase) section(what string, f *txtar.File) {
	text := string(f.Data)
	if args, ok := strings.CutPrefix(what, "ssh "); ok {
		c.asks = append(c.asks, &ask{args, text, f})
		return
	}
	switch what {
	case "env":
		c.env = strings.Split(strings.TrimSpace(text), "\n")
	case "apart":
		c.apart = strings.TrimSpace(text)
	case "only":
		c.only = strings.TrimSpace(text)
	default:
		c.files[what] = text
	}
}

// isolated reports whether ssh can be asked only with a home and an /etc/ssh of our own.
func (c *theCase) isolated() bool {
	for name := range c.files {
		if name == "system" || strings.HasPrefix(name, "~/") || strings.HasPrefix(name, "/etc/ssh/") {
			return true
		}
	}
	return false
}

// sectionPath is the path of a section. The user's directory is home, /etc/ssh is etc.
func sectionPath(dir, name string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		return filepath.Join(dir, "home", rest)
	}
	if rest, ok := strings.CutPrefix(name, "/etc/ssh/"); ok {
		return filepath.Join(dir, "etc", rest)
	}
	switch name {
	case "config":
		return filepath.Join(dir, "home/.ssh/config")
	case "system":
		return filepath.Join(dir, "etc/ssh_config")
	}
	return filepath.Join(dir, name)
}

// set writes the files of a case, with escapes for what an editor would spoil.
func (c *theCase) set(t *testing.T) (dir string) {
	t.Helper()
	return c.setIn(t, t.TempDir(), "")
}

// setIn does so in a directory, with another name for /etc/ssh where ssh cannot have it
// replaced.
func (c *theCase) setIn(t *testing.T, dir, etc string) string {
	t.Helper()
	for _, sub := range []string{"home/.ssh", "etc"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range c.files {
		text = strings.NewReplacer("$DIR", dir, "<CR>", "\r", "<TAB>", "\t", "<FF>", "\f", "<NUL>", "\x00", "<BLANK>", " ", "<BOM>", "\ufeff", "<EOF>\n", "").Replace(text)
		if etc != "" {
			text = strings.ReplaceAll(text, "Include /etc/ssh/", "Include "+etc+"/")
		}
		put(t, sectionPath(dir, name), text)
	}
	return dir
}

// TestCases holds the resolver against the recordings; no ssh is needed.
func TestCases(t *testing.T) {
	shelltest.Unwatched(t) // one thing after the other
	all, _ := readCases(t)
	defaults := recordedDefaults(t)
	asks, apart := 0, 0
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.setIn(t, dir, dir+"/etc")
			for _, variable := range c.env { // for the commands of Match exec
				name, value, _ := strings.Cut(variable, "=")
				t.Setenv(name, value)
			}
			p := place{dir: dir, Options: Options{Home: dir + "/home", User: "me", UID: 1234, LocalHost: "launcher.example.org"}}
			p.UserFile, p.SystemFile = sectionPath(dir, "config"), sectionPath(dir, "system")
			p.Env = envOf(append(slices.Clone(c.env), cleanEnv(p.Home)...))
			for _, a := range c.asks {
				asks++
				got := p.ours(a.args, defaults)
				want := p.fill(a.want)
				differs := !agree(got, want)
				if differs && c.apart == "" {
					t.Errorf("%s: ssh %s\n%srecorded:\n%sours:\n%s", c.file, a.args, c.text(), want, got)
				}
				if !differs && c.apart != "" {
					t.Errorf("%s: ssh %s\n%sis not apart any more:\n%s", c.file, a.args, c.text(), got)
				}
			}
			if c.apart != "" {
				apart++
			}
		})
	}
	if len(all) < 120 {
		t.Errorf("%d cases only", len(all))
	}
	t.Logf("%d cases, %d questions; %d cases are apart from ssh on purpose", len(all), asks, apart)
}

// agree compares an answer with a recording: where ssh refuses without a line, any line will
// do.
func agree(got, want string) bool {
	if strings.HasPrefix(want, "refused") {
		got, _, _ = strings.Cut(got, ": ")
		return strings.HasPrefix(got, strings.TrimSpace(want))
	}
	return got == want
}

func (c *theCase) text() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		fmt.Fprintf(&b, "%s:\n%s", name, c.files[name])
	}
	return b.String()
}
