package envfile_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sparkops/envfile"
	"sparkops/shell/shelltest"
)

func TestLines(t *testing.T) {
	t.Parallel()
	type lines = map[string]int
	tests := []struct {
		text string
		want lines
	}{
		{"A=1\nB=2\nA=3", lines{"A": 3, "B": 2}},
		{"export A=1 \\\n B=$(hostname)\necho x >/dev/null", lines{"A": 1, "B": 2}},
		{"A=1\nexport A\nif [ -d / ]; then B=2; fi\nC=3", lines{"A": 1, "C": 4}},
		{"A=1\nif [ -d /nowhere ]; then A=2; fi\nB=1", lines{"B": 3}},
		{"A=1\n: ${A:=2} ${B:=3}\nC=$((A=5))", lines{}},
		{"f() { A=2; }\nA=1\nf\nB=3", lines{"B": 4}},
		{"f() { A=2; }\nA=1\nB=$(f)", lines{"A": 2, "B": 3}},
		{"A=1\n. /dev/null\nB=2\n/bin/true", lines{"B": 3}},
		{"A=1\nfor A in 2 3; do B=$A; done\nC=4", lines{"C": 3}},
		{"A=1\nread A </dev/null\nB=2\nprintf -v B 3", lines{}},
		{"A=1\nunset A\nB=1\nB=(2)", lines{}},
		{"A=1\nA+=2\nB=1\n(B=2)\nC=1 true", lines{"B": 3}},
		{"A=1\neval 'A=2'", lines{}},
		{"A=1\n[ -d / ] && return\nA=2", lines{}},
		{"A=1\nset -e\nB=2", lines{"A": 1, "B": 3}},
		{"A=1\ntrap 'A=2' DEBUG\n:", lines{}},
		{"A=1\nUID=5\nA=2", lines{}},
		{"A=1\nif then\nA=2", lines{}},
		{"A=1\nexit 1\nA=2", lines{}},
		{"A=1\n$X return\nA=2", lines{}},
		{"A=1\n${HOME%/*} ret\nA=2", lines{}},
		{"A=1\n$HOME/x\nA=2", lines{"A": 3}},
		{"[ -d /nowhere ] && A=1\nA=2 &\nB=1 C=2", lines{"B": 3, "C": 3}},
		{"declare -n A=B\nA=5", lines{}},
	}
	for _, tt := range tests {
		env := load(t, tt.text)
		if !maps.Equal(env.Lines, tt.want) {
			t.Errorf("%q: lines %v, want %v (of %q)", tt.text, env.Lines, tt.want, env.Vars)
		}
	}
	o := options(t, "A=1\nf\nB=2")
	o.Env = append(o.Env, "BASH_FUNC_f%%=() { A=3; }")
	if env, err := envfile.Load(t.Context(), o); err != nil || env.Vars["A"] != "3" || env.Lines["A"] != 0 || env.Lines["B"] != 3 {
		t.Errorf("a function of the environment: %v, %v", env, err)
	}
}

// clauses are what the lines of random programs are made of; N is a name, V a value.
var clauses = []string{
	"N=V", "N=V", "N=V", "export N=V", "N=V N=V", "N+=V", "export N", "unset N", "(N=V)", "N=V true", ": ${N:=V}", "N=$(echo V)",
	"if [ V = 1 ]; then N=V; else N=V; fi", "[ $N = 1 ] && N=V", "for N in V V; do N=V; done", "f() { N=V; }", "f", "g() { f; }", "g",
	"read N <<< V", "eval 'N=V'", "N=V | :", "true && return", "[ $N = 1 ] && return", "N=V; N=V", "{ N=V; }", "while N=V; do break; done",
	"printf -v N V", "case V in 1) N=V;; esac", "set -u", "trap 'N=V' RETURN", "N=$((V+1))", "echo V", "N=\"$N V\"", "command return", "! N=V",
	"exit", "readonly N", "$N return", "N[0]=V", "local N=V", "N=V >/dev/null", "let N=V", "shift", "[ ${N:-V} = V ] || N=V", "$(N=V)",
}

// A told line is held against bash by changing the value there: what the file sets must follow.
func TestToldLinesAreTrue(t *testing.T) {
	shelltest.Unwatched(t)
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 1))
	fill := func(clause string) string {
		for strings.Contains(clause, "N") {
			clause = strings.Replace(clause, "N", string("AB"[r.IntN(2)]), 1)
		}
		for strings.Contains(clause, "V") {
			clause = strings.Replace(clause, "V", fmt.Sprint(r.IntN(4)), 1)
		}
		return clause
	}
	o := envfile.Options{Env: randomEnv, Dir: t.TempDir(), File: filepath.Join(t.TempDir(), "f.sh")}
	read := func(lines []string) *envfile.Env {
		if err := os.WriteFile(o.File, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		env, err := envfile.Load(t.Context(), o)
		if err != nil {
			return &envfile.Env{} // an exec or the like
		}
		return env
	}
	told := 0
	for range 400 {
		lines := make([]string, 2+r.IntN(5))
		for i := range lines {
			lines[i] = fill(clauses[r.IntN(len(clauses))])
			if r.IntN(2) == 0 {
				lines[i] = fill("N=V")
			}
		}
		for name, line := range read(lines).Lines {
			told++
			marked := append([]string{}, lines...)
			// The last assignment to the name on the line gets another value behind its own.
			at := strings.LastIndex(marked[line-1], name+"=") + len(name) + 1
			marked[line-1] = marked[line-1][:at] + "mark" + marked[line-1][at:]
			if got := read(marked).Vars[name]; !strings.HasPrefix(got, "mark") {
				t.Errorf("%q: %s is said to come from line %d, but with a mark there it is %q", lines, name, line, got)
			}
		}
	}
	t.Logf("%d lines were told", told)
	if told < 150 {
		t.Error("too few to mean anything")
	}
}
