package envfile_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"sparkops/envfile"
	"sparkops/shell/shelltest"
)

// pieces is the alphabet of the random files: what real files are made of, and what
// godotenv and bash take differently. Words that name a program are not in it.
var pieces = []string{
	"A", "B", "SPARK_C", "d", "HOME", "HOSTNAME", "UID", "PATH", "TERM", "ODD",
	"=", "=", "=", "+=", ":", " ", "\t", "1", "x", "/v", "4g", ",", ".", "-D", "*", "?", "[a]", "~", "!", "@", "%", "^",
	"$A", "$B", "${A}", "${SPARK_C}", "$d", "$HOME", "$HOSTNAME", "$ODD", "$NOWHERE", "${A:-2}", "$", "$$", "$1", "$(", ")", "`",
	`"`, `"`, `'`, `'`, `\`, "#", " #", "{", "}", "{1,2}", "(", ";", "&", "|", "<", "é", "\v", "\u00a0", "export ", "export\t",
}

// names are the variables that are compared.
var names = []string{"A", "B", "SPARK_C", "d", "HOME", "PATH", "TERM", "UID", "HOSTNAME", "ODD"}

// randomFile is one to five lines, most of them nearly an assignment.
func randomFile(r *rand.Rand) string {
	var b strings.Builder
	pick := func(from []string) { b.WriteString(from[r.IntN(len(from))]) }
	for range 1 + r.IntN(5) {
		if r.IntN(10) > 0 {
			pick([]string{"", "", "", " ", "export ", "export  "})
			pick([]string{"A", "B", "SPARK_C", "A", "B", "d"})
			b.WriteString("=")
		}
		quote := ""
		if r.IntN(3) == 0 {
			quote = []string{`"`, `'`}[r.IntN(2)]
		}
		b.WriteString(quote)
		for range r.IntN(4) {
			pick(pieces)
		}
		b.WriteString(quote)
		pick([]string{"", "", "", " ", "\t", " # c", " #c # d", "#"})
		b.WriteString("\n")
	}
	return b.String()
}

// batch asks one bash about many files: each is sourced in a subshell of its own with no
// program in reach, and the values of names are told, NUL behind each.
const batch = `
tell() {
  set +aeu; trap - EXIT; IFS=
  declare -n r
  for n in %s; do
    declare -n r=$n
    if [ "${!n+x}" ] && [[ ${r@a} != *a* ]]; then builtin printf '=%%s\0' "${!n}" >&119; else builtin printf '\0' >&119; fi
  done
}
while IFS= read -r file; do
  (exec 119>&1 >/dev/null 2>&1; trap tell EXIT; set -a; . "$file"; exit)
done
`

var randomEnv = []string{"PATH=/nowhere", "HOME=/home/u", "ODD=a b\n# \"$A\" {}"}

// bashValues is what bash makes of each file: the values of names, "=" before each that is set.
func bashValues(tb testing.TB, files []string) [][]string {
	tb.Helper()
	cmd := exec.Command("bash", "--noprofile", "--norc", "-c", fmt.Sprintf(batch, strings.Join(names, " ")))
	cmd.Env, cmd.Dir = append(randomEnv, "SPARK_ENV_LOADED=1"), tb.TempDir()
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n") + "\n")
	out, err := cmd.Output()
	fields := bytes.Split(out, []byte{0})
	if err != nil || len(fields) != len(files)*len(names)+1 {
		tb.Fatalf("bash answered %d fields for %d files: %v", len(fields), len(files), err)
	}
	all := make([][]string, len(files))
	for i := range fields[:len(fields)-1] {
		all[i/len(names)] = append(all[i/len(names)], string(fields[i]))
	}
	return all
}

// ours is what Load makes of a plain file, in the form of bashValues. What bash sets by
// itself is taken from there.
func ours(vars map[string]string, bash []string) []string {
	values := make([]string, len(names))
	for i, name := range names {
		switch value, ok := vars[name]; {
		case ok:
			values[i] = "=" + value
		case name == "TERM" || name == "UID" || name == "HOSTNAME":
			values[i] = bash[i]
		default:
			values[i] = inherited(name)
		}
	}
	return values
}

func inherited(name string) string {
	for _, entry := range randomEnv {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return "=" + value
		}
	}
	return ""
}

// randomFiles is how many random files are held against bash: those that are plain, and some
// of the others, which bash is to read as it reads them here.
const randomFiles = 10_000

func TestPlainIsBash(t *testing.T) {
	shelltest.Unwatched(t)
	t.Parallel()
	const handedOn = 40 // one in so many of those that are not plain
	r := rand.New(rand.NewPCG(31, 8))
	dir := t.TempDir()
	var paths, texts []string
	var read []*envfile.Env
	plain, others := 0, 0
	for i := range randomFiles {
		text := randomFile(r)
		// A file that is not plain must not reach bash before it is chosen to.
		o := envfile.Options{Env: randomEnv, Dir: dir, File: filepath.Join(dir, fmt.Sprintf("%d.sh", i)), Bash: filepath.Join(dir, "no-bash")}
		if err := os.WriteFile(o.File, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		env, err := envfile.Load(t.Context(), o)
		if err == nil {
			plain++
		} else if others++; others%handedOn != 0 || strings.Contains(text, "$$") { // a process's number
			continue
		} else if o.Bash = ""; true {
			if env, err = envfile.Load(t.Context(), o); err != nil {
				t.Fatalf("%q: %v", text, err)
			}
		}
		paths, texts, read = append(paths, o.File), append(texts, text), append(read, env)
	}
	t.Logf("%d of %d files are plain, %d of the others were handed to bash", plain, randomFiles, len(read)-plain)
	if plain < 1000 || len(read)-plain < 100 {
		t.Error("too few of either to mean anything")
	}
	for i, want := range bashValues(t, paths) {
		if got := ours(read[i].Vars, want); strings.Join(got, "\x00") != strings.Join(want, "\x00") {
			t.Errorf("%q, read by %s:\ngot  %q\nbash %q", texts[i], read[i].By, got, want)
		}
	}
}

func FuzzPlain(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		f.Add(randomFile(r))
	}
	f.Add("export A=4g # mem \\\nexport B=2")
	f.Add("\xef\xbb\xbfA=1")
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		o := envfile.Options{Env: randomEnv, File: filepath.Join(dir, "f.sh"), Bash: filepath.Join(dir, "no-bash")}
		if err := os.WriteFile(o.File, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		env, err := envfile.Load(t.Context(), o)
		again, err2 := envfile.Load(t.Context(), o)
		if (err == nil) != (err2 == nil) || err == nil && fmt.Sprint(env.Vars) != fmt.Sprint(again.Vars) {
			t.Fatalf("two answers: %v, %v and %v, %v", env, err, again, err2)
		}
		if err != nil {
			return
		}
		want := bashValues(t, []string{o.File})[0]
		if got := ours(env.Vars, want); strings.Join(got, "\x00") != strings.Join(want, "\x00") {
			t.Errorf("got  %q\nbash %q", got, want)
		}
	})
}

// Not parallel: the others' goroutines would be counted too.
func TestNothingIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	o := options(t, "sleep 60 &\nA=$(echo 1)\n")
	for range 5 {
		env, err := envfile.Load(t.Context(), o)
		if err != nil || env.Vars["A"] != "1" {
			t.Fatal(env, err)
		}
	}
	o = options(t, "sleep 60")
	o.Timeout = 50 * time.Millisecond
	if _, err := envfile.Load(t.Context(), o); err == nil {
		t.Fatal("a hung file was read")
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}
