package inventory_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sparkops/inventory"
	"sparkops/shell/shelltest"
)

// pieces is the alphabet of the random lists.
var pieces = []string{
	"w1", "w2", "W1", "w01", "a.b", "10.0.0.1", "node-7", "u@w1", "x_y", "h", "9", "é",
	" ", " ", " ", "\t", "\n", "\n", "\n", "\n", "#", " # c", "# sparkops: spark_home=/s", "\r\n", "\r",
	"-", "@", ".", ",", "/", ":22", "::1", "*", "?", "[1-3]", "[01-03,7]", "[a]", "[", "]", "$x", "`", "'", `"`, `\`, "{1,2}", "~", "!", "%", "=", ";", "\v",
}

func randomList(r *rand.Rand) string {
	var b strings.Builder
	n, safe := 1+r.IntN(12), r.IntN(3) > 0
	for range n {
		if safe && r.IntN(8) > 0 {
			b.WriteString(pieces[r.IntN(24)])
			continue
		}
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// bashHosts is what the loop of sbin/workers.sh sees of each list. sed works line by line,
// so one bash reads them all, a mark between; set -f stands for "no file here matches".
func bashHosts(tb testing.TB, lists []string) [][]string {
	tb.Helper()
	const mark = "=====next"
	file := filepath.Join(tb.TempDir(), "all")
	if err := os.WriteFile(file, []byte(strings.Join(lists, "\n"+mark+"\n")), 0o600); err != nil {
		tb.Fatal(err)
	}
	const loop = `set -f; for host in $(sed 's/#.*$//;/^$/d' "$1"); do printf '%s\0' "$host"; done`
	cmd := exec.Command("bash", "-c", loop, "bash", file)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.Output()
	if err != nil {
		tb.Fatal(err)
	}
	all := [][]string{nil}
	for word := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if word == mark {
			all = append(all, nil)
		} else if word != "" {
			all[len(all)-1] = append(all[len(all)-1], word)
		}
	}
	if len(all) != len(lists) {
		tb.Fatalf("bash answered %d lists of %d", len(all), len(lists))
	}
	return all
}

var crs = regexp.MustCompile(`\r+(\n|$)`)

// plain are the words that must never be refused.
var plain = regexp.MustCompile(`^([a-z]+@)?[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

func TestListsAsBashReadsThem(t *testing.T) {
	t.Parallel()
	shelltest.Unwatched(t) // one thing after the other
	r := rand.New(rand.NewPCG(17, 4))
	texts, forBash := make([]string, 4000), make([]string, 4000)
	for i := range texts {
		texts[i] = randomList(r)
		forBash[i] = crs.ReplaceAllString(texts[i], "$1") // documented: a CR at the end of a line is read past
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "workers")
	accepted := 0
	for i, words := range bashHosts(t, forBash) {
		if err := os.WriteFile(file, []byte(texts[i]), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := inventory.Load(inventory.Options{ConfDir: dir})
		if err != nil {
			odd := len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return !plain.MatchString(w) })
			if !odd && !strings.Contains(err.Error(), "spark_home") {
				t.Errorf("%q: %v, but bash sees %q", texts[i], err, words)
			}
			continue
		}
		accepted++
		if got, want := names(c), documented(words); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, bash %q", texts[i], got, want)
		}
	}
	if accepted < 1000 {
		t.Errorf("only %d lists were accepted", accepted)
	}
	t.Logf("%d of %d lists accepted", accepted, len(texts))
}

func names(c *inventory.Cluster) []string {
	var all []string
	for _, h := range c.Workers {
		all = append(all, h.Name)
	}
	return all
}

// documented applies what we do beyond Spark to the words that bash sees: ranges are
// written out, a second spelling of a host is dropped.
func documented(words []string) (all []string) {
	seen := map[string]bool{}
	for _, word := range words {
		expanded, err := inventory.Expand(word)
		if err != nil {
			expanded = []string{word}
		}
		for _, name := range expanded {
			user, host, found := strings.Cut(name, "@")
			key := name
			if found {
				key = user + "@" + strings.ToLower(host)
			} else {
				key = strings.ToLower(key)
			}
			if !seen[key] {
				seen[key] = true
				all = append(all, name)
			}
		}
	}
	return all
}

func FuzzLoad(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		f.Add(randomList(r))
	}
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "workers"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := inventory.Load(inventory.Options{ConfDir: dir})
		again, err2 := inventory.Load(inventory.Options{ConfDir: dir})
		if fmt.Sprint(err) != fmt.Sprint(err2) || !reflect.DeepEqual(c, again) {
			t.Fatalf("two answers: %v %v, %v %v", c, err, again, err2)
		}
		if err != nil {
			return
		}
		roundTrip(t, names(c))
		for _, h := range c.Workers {
			if part, err := c.Select(h.Name, ""); err != nil || len(part.Workers) == 0 {
				t.Errorf("%q cannot be selected: %v", h.Name, err)
			}
		}
	})
}

// roundTrip checks that Expand gives back what Fold was given, as a set, each name once.
func roundTrip(t *testing.T, names []string) {
	t.Helper()
	folded := inventory.Fold(names)
	back, err := inventory.Expand(folded)
	if err != nil {
		t.Fatalf("%q, folded to %q: %v", names, folded, err)
	}
	want := slices.Clone(names)
	slices.Sort(want)
	want = slices.Compact(want)
	slices.Sort(back)
	if !slices.Equal(want, back) {
		t.Errorf("%q, folded to %q, is %q", want, folded, back)
	}
}

func FuzzFold(f *testing.F) {
	f.Add("w1 w2 w03 w3 w003 a.b1 10.0.0.1 u@w7")
	f.Add("0 00 1 01 09 10 9")
	f.Add("w w0\x00")
	f.Fuzz(func(t *testing.T, text string) {
		roundTrip(t, strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune("[], \t\n", c) }))
	})
}

func TestFoldAndExpandRandom(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(2, 3))
	parts := []string{"w", "n", "0", "00", "1", "9", "10", "99", "100", ".x", "-", "u@"}
	for range 5000 {
		var names []string
		for range r.IntN(12) {
			name := ""
			for range 1 + r.IntN(4) {
				name += parts[r.IntN(len(parts))]
			}
			names = append(names, name)
		}
		roundTrip(t, names)
	}
}
