package envfile_test

import (
	"maps"
	"os"
	"strings"
	"testing"

	"sparkops/envfile"
)

type vars = map[string]string

// Each condition of the strict subset (reference/config-files.md, section 4), from both sides:
// what is just inside godotenv may read, what is just outside is bash's.
func TestStrictSubset(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rule    string
		inside  string
		outside string
		a, b    string // what A is then
	}{
		{"one assignment a statement", "A=1", "A=1 B=2", "1", "1"},
		{"one assignment an export", "export A=1", "export A=1 B=2", "1", "1"},
		{"one statement a line", "A=1\nB=2", "A=1; B=2", "1", "1"},
		{"no NUL", "# é\nA=1", "# \x00\nA=1", "1", "1"},
		{"no backslash on a code line", "# \\x\nA=1", `A=1\2`, "1", "12"},
		{"no comment that ends in a backslash", "# x\\ \nA=1", "# x\\\nA=1", "1", "1"},
		{"wholly single-quoted", `A='a b'`, `A='a 'b`, "a b", "a b"},
		{"wholly double-quoted", `A="a b"`, `A=a"b"`, "a b", "ab"},
		{"no $'...'", `A='a'`, `A=$'a'`, "a", "a"},
		{`no $"..."`, `A="a"`, `A=$"a"`, "a", "a"},
		{"no ~ unquoted", `A="~"`, "A=~", "~", "/home/u"},
		{"no ; behind", `A="1;"`, "A=1;", "1;", "1"},
		{"no leading #", "A=1#", "A=#1", "1#", "#1"},
		{"upper case", "B=1\nA=$B", "b=1\nA=$b", "1", "1"},
		{"$NAME or ${NAME}", "B=1\nA=${B}", "B=1\nA=${B:-2}", "1", "1"},
		{"no $NAME}", "B=1\nA=${B}x", "B=1\nA=$B}x", "1x", "1}x"},
		{"one # behind", "A=1 # x", "A=1 # x # y", "1", "1"},
		{"nothing behind NAME=", "A=", "A= # x", "", ""},
		{"ASCII", "A=o", "A=ö", "o", "ö"},
		{"no { in an unquoted export", `export A="{1,2}"`, "export A={1,2}", "{1,2}", "2"},
		{"none of bash's own variables", "B=1\nA=$B", "A=$SHLVL", "1", ""},
		{"no += ", "A=1\nA=${A}2", "A=1\nA+=2", "12", "12"},
		{"one line", "A='1 2'", "A='1\n2'", "1 2", "1\n2"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			if env := load(t, tt.inside); env.By != "godotenv" || env.Vars["A"] != tt.a {
				t.Errorf("%q: by %s, %q", tt.inside, env.By, env.Vars)
			}
			if env := load(t, tt.outside); env.By != "bash" || tt.outside != "A=$SHLVL" && env.Vars["A"] != tt.b {
				t.Errorf("%q: by %s, %q", tt.outside, env.By, env.Vars)
			}
		})
	}
	// A CR is an error, wherever bash would see it.
	for text, cr := range map[string]bool{"A=1\r\n": true, "A=1\n\r\n": true, "if true; then\r\nA=1\nfi": true, "# x\r\nA=1\n": false, "A='\r'": true} {
		_, err := envfile.Load(t.Context(), options(t, text))
		if (err != nil) != cr || cr && !strings.Contains(err.Error(), "carriage return") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// What real files are made of: each row of the table "Features" of reference/config-files.md.
func TestFeatures(t *testing.T) {
	t.Parallel()
	host, _ := os.Hostname()
	tests := []struct {
		feature, text string
		want          vars
	}{
		{"export", "export A=1", vars{"A": "1"}},
		{"$VAR", "B=1\nA=$B", vars{"A": "1", "B": "1"}},
		{"self reference, not set before", "LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/x", vars{"LD_LIBRARY_PATH": ":/x"}},
		{"self reference, set before", "HOME=$HOME/x", vars{"HOME": "/home/u/x"}},
		{"$(cmd)", "A=$(echo 1)", vars{"A": "1"}},
		{"backticks", "A=`echo 1`", vars{"A": "1"}},
		{"${VAR}", "A=${SPARK_HOME}/x", vars{"A": "/opt/spark/x"}},
		{"same name twice", "A=1\nA=2", vars{"A": "2"}},
		{"set nowhere", "A=$NOWHERE/x", vars{"A": "/x"}},
		{"from outside", "A=$HOME:$USER", vars{"A": "/home/u:u"}},
		{"if", "if true; then A=1; fi", vars{"A": "1"}},
		{"indented", "  A=1", vars{"A": "1"}},
		{"trailing comment", "A=1 # one", vars{"A": "1"}},
		{"[ ]", `[ -z "$A" ] && A=1`, vars{"A": "1"}},
		{"&& || pipe", "true && A=1 || B=2\necho 1 | cat", vars{"A": "1"}},
		{"trailing blanks", "A=1 \t", vars{"A": "1"}},
		{"echo", "A=1\necho $A", vars{"A": "1"}},
		{"[[ ]]", `[[ $A == x* ]] || A=1`, vars{"A": "1"}},
		{"bash's own variables", "A=$HOSTNAME", vars{"A": host}},
		{"ulimit", "ulimit -c 0\nA=1", vars{"A": "1"}},
		{"redirection", "A=1\necho x >/dev/null 2>&1", vars{"A": "1"}},
		{"${VAR:-x}", "A=${A:-1} B=${A:+2}", vars{"A": "1", "B": "2"}},
		{"* in a value", "A=/nowhere/lib/*", vars{"A": "/nowhere/lib/*"}},
		{"export NAME", "A=1\nexport A B", vars{"A": "1"}},
		{"exit", "A=1\nexit 0\nA=2", vars{"A": "1"}},
		{"cd", "cd /\nA=$(pwd)", vars{"A": "/"}},
		{"typographic quotes", "A=“1”", vars{"A": "“1”"}},
		{"source", "source /dev/null\n. /dev/null\nA=1", vars{"A": "1"}},
		{"for", "for i in 1 2; do A=$A$i; done", vars{"A": "12", "i": "2"}},
		{"$(( ))", "A=$((1 + 1))", vars{"A": "2"}},
		{"+=", "A=1\nA+=2", vars{"A": "12"}},
		{"continuation", "A=1\\\n2", vars{"A": "12"}},
		{"~ in a value", "A=~/x", vars{"A": "/home/u/x"}},
		{"array", "A=(1 2)\nB=${A[1]}", vars{"B": "2"}},
		{"function", "f() { A=$1; }\nf 1", vars{"A": "1"}},
		{"several in one export", "export A=1 B=2", vars{"A": "1", "B": "2"}},
		{"quoted over several lines", "A='1\n2'", vars{"A": "1\n2"}},
		{"unquoted spaces", "A=1 true", vars{}},
		{"BOM", "\ufeffA=1\nB=2", vars{"B": "2"}},
	}
	for _, tt := range tests {
		t.Run(tt.feature, func(t *testing.T) {
			t.Parallel()
			if env := load(t, tt.text); !maps.Equal(env.Vars, tt.want) {
				t.Errorf("%q: by %s, %q, want %q", tt.text, env.By, env.Vars, tt.want)
			}
		})
	}
}
