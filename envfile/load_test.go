package envfile_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sparkops/envfile"
)

// surroundings of every test: what reference/config-files.md section 1 was measured in.
func options(t *testing.T, text string) envfile.Options {
	t.Helper()
	file := filepath.Join(t.TempDir(), "spark-env.sh")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return envfile.Options{
		File:      file,
		Env:       []string{"PATH=" + os.Getenv("PATH"), "HOME=/home/u", "USER=u"},
		SparkHome: "/opt/spark",
		ConfDir:   "/opt/spark/conf",
	}
}

func load(t *testing.T, text string) *envfile.Env {
	t.Helper()
	env, err := envfile.Load(t.Context(), options(t, text))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return env
}

func TestLoad(t *testing.T) {
	t.Parallel()
	host, _ := os.Hostname()

	tests := []struct {
		text string
		by   string
		want vars
	}{
		// The table "Minimal examples", row by row; A = 4g with a CR is in TestCarriageReturn.
		{"A=$SPARK_HOME/work", "godotenv", vars{"A": "/opt/spark/work"}},
		{"A=$HOSTNAME", "bash", vars{"A": host}},
		{"A=$(hostname)", "bash", vars{"A": host}},
		{"A=${A:-2}", "bash", vars{"A": "2"}},
		{"export \\\n A=1 \\\n B=2", "bash", vars{"A": "1", "B": "2"}},
		{"A=1; B=2", "bash", vars{"A": "1", "B": "2"}},
		{"export A=1 B=2", "bash", vars{"A": "1", "B": "2"}},
		{"A=4g # cores # all", "bash", vars{"A": "4g"}},
		{"A= # unset", "bash", vars{"A": ""}},
		{"A=~/logs", "bash", vars{"A": "/home/u/logs"}},
		{`A=a\ b`, "bash", vars{"A": "a b"}},
		{`A="a\nb"`, "bash", vars{"A": `a\nb`}},
		{"A=\"x \\\ny\"", "bash", vars{"A": "x y"}},
		{"A=-Dp='x y'", "bash", vars{"A": "-Dp=x y"}},
		{`A="-Da"-x`, "bash", vars{"A": "-Da-x"}},
		{"dir=/d\nA=$dir/x", "bash", vars{"dir": "/d", "A": "/d/x"}},
		{"B=1\nC=$B}y", "bash", vars{"B": "1", "C": "1}y"}},
		{"A: 5", "bash", vars{}},
		{"A = 5", "bash", vars{}},
		{"export A=1 B=$A", "bash", vars{"A": "1", "B": ""}},
		{"export A=/mnt{1,2}/s", "bash", vars{"A": "/mnt2/s"}},
		{"export A=4g # mem \\\nexport B=2", "bash", vars{"A": "4g", "B": "2"}},
		{"A=x:~", "bash", vars{"A": "x:/home/u"}},
		// Plain forms of real files.
		{"", "godotenv", vars{}},
		{"# A=1\n\n  export SPARK_MASTER_HOST=h1 # ours\n\tB='a $b \"c'\nC=\"${B}x # y\"", "godotenv",
			vars{"SPARK_MASTER_HOST": "h1", "B": `a $b "c`, "C": `a $b "cx # y`}},
		{"# Größe\nA=1\nA=$A,2\nA=$A,$NOWHERE", "godotenv", vars{"A": "1,2,"}},
		{"PATH=/x\nUSER=u", "godotenv", vars{"PATH": "/x", "USER": "u"}},
		{"A=/x/*\nB=a#b", "godotenv", vars{"A": "/x/*", "B": "a#b"}},
		// What only bash knows.
		{"if [ -d / ]; then A=1; fi", "bash", vars{"A": "1"}},
		{"A=größe", "bash", vars{"A": "größe"}},
		{"A=1\nexport B", "bash", vars{"A": "1"}},
		{"A=1\nunset A HOME", "bash", vars{}},
		{"set +a\nA=1\nexport B=2", "bash", vars{"B": "2"}},
		{"A=(1 2)\nf() { :; }\nB=3", "bash", vars{"B": "3"}},
		{"A=$'1\\n2'", "bash", vars{"A": "1\n2"}},
		{"cd /tmp\nA=$PWD", "bash", vars{"A": "/tmp"}},
		{"A=$#$1$SPARK_CONF_DIR$SPARK_ENV_LOADED", "bash", vars{"A": "0/opt/spark/conf1"}},
		{"A=$BASH_SOURCE", "bash", nil},
		{"read A\nB=x$A", "bash", vars{"A": "", "B": "x"}},
		// Nothing that the file does keeps the answer back.
		{"A=1\nset -eu\nfalse\nB=2", "bash", vars{"A": "1"}},
		{"A=1\nset -u\nB=$NOWHERE\nC=3", "bash", vars{"A": "1"}},
		{"A=1\nexit 3\nB=2", "bash", vars{"A": "1"}},
		{"A=1\ntrap 'echo bye' EXIT\nexec >/dev/null 2>&1\nPATH=/nowhere", "bash", vars{"A": "1", "PATH": "/nowhere"}},
		{"A=1\nreturn 2\nB=2", "bash", vars{"A": "1"}},
		{"A=1\nif then\nB=2", "bash", vars{"A": "1"}},
		{"printf() { :; }\nIFS=/\nset -xeuo noclobber\nA=1", "bash", vars{"A": "1", "IFS": "/"}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			env := load(t, tt.text)
			if env.By != tt.by || (env.Why == "") != (tt.by == "godotenv") {
				t.Errorf("read by %s (%s), want %s", env.By, env.Why, tt.by)
			}
			if tt.want != nil && !maps.Equal(env.Vars, tt.want) {
				t.Errorf("got %q, want %q; it wrote %q", env.Vars, tt.want, env.Output)
			}
		})
	}
}

func TestWhatElseIsTold(t *testing.T) {
	t.Parallel()
	env := load(t, "A=1\nB=2\necho hello; echo there >&2\nA=3\nexit 4\n")
	if len(env.Lines) != 0 {
		t.Errorf("lines of a file that stopped somewhere: %v", env.Lines)
	}
	if string(env.Output) != "hello\nthere\n" || env.Stopped != "exit status 4" || env.Why != "line 3: the command echo" {
		t.Errorf("output %q, stopped %q, why %q", env.Output, env.Stopped, env.Why)
	}
	if env = load(t, "SPARK_HOME=/opt/spark\necho"); env.Vars["SPARK_HOME"] != "/opt/spark" || env.Stopped != "" {
		t.Errorf("an assignment of the same value: %q, stopped %q", env.Vars, env.Stopped)
	}
	if env = load(t, "yes | head -c 200000\nA=1\n"); len(env.Output) != 64<<10 || env.Vars["A"] != "1" {
		t.Errorf("kept %d bytes of output, vars %q", len(env.Output), env.Vars)
	}
}

func TestMissingFile(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"", filepath.Join(t.TempDir(), "spark-env.sh"), t.TempDir(), "/dev/null"} {
		env, err := envfile.Load(t.Context(), envfile.Options{File: file})
		if err != nil || len(env.Vars) != 0 || env.By != "" {
			t.Errorf("%s: got %v, %v", file, env, err)
		}
	}
}

func TestEnvironmentWithOddValues(t *testing.T) {
	t.Parallel()
	for value, by := range map[string]string{
		"a b\n$C # \"d": "godotenv", "": "godotenv", "it's": "bash", `c:\`: "bash", "a\r\nb": "bash",
	} {
		o := options(t, "A=$ODD,\nB=\"$ODD\"")
		o.Env = append(o.Env, "ODD="+value)
		env, err := envfile.Load(t.Context(), o)
		if err != nil || env.By != by || env.Vars["A"] != value+"," || env.Vars["B"] != value {
			t.Errorf("%q: %+v, %v", value, env, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		change     func(*envfile.Options)
		want       string // of the error behind the file's name
		hint       string // a part of it
	}{
		{name: "CR", text: "# fine\r\nA=1\nB=4g\r\n", want: ":3: a carriage return (CR), which bash would put into the value", hint: `sed -i 's/\r$//'`},
		{name: "no bash", text: "A=$(x)", change: func(o *envfile.Options) { o.Bash = "/nowhere/bash" }, want: ": starting bash: fork/exec /nowhere/bash: no such file or directory"},
		{name: "exec", text: "A=1\nexec true", want: ": bash did not come to its end (exit status 0)", hint: "bash -x"},
		{name: "hung", text: "echo wait\nsleep 60 & sleep 60", change: func(o *envfile.Options) { o.Timeout = 200 * time.Millisecond },
			want: `: it did not come to its end within 200ms; it said "wait"`, hint: "bash -x"},
		{name: "no directory", change: func(o *envfile.Options) { o.File += "/x" }, want: ": not a directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := options(t, tt.text)
			if tt.change != nil {
				tt.change(&o)
			}
			began := time.Now()
			_, err := envfile.Load(t.Context(), o)
			e, ok := errors.AsType[*envfile.Error](err)
			if !ok || err.Error() != "reading "+o.File+tt.want || !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	_, err := envfile.Load(ctx, options(t, "sleep 60"))
	if !errors.Is(err, context.Canceled) || !strings.HasSuffix(err.Error(), ": interrupted: context canceled") {
		t.Errorf("got %v", err)
	}
}

// What a file with the line ends of Windows means is told, where that is asked for: plain or not.
func TestPastCR(t *testing.T) {
	for _, text := range []string{"A=1\r\nB='x y'\r\n", "A=1\r\nif true; then\r\nB='x y'\r\nfi\r\n", "A=$(echo 1)\r\nB='x y'\r\nexit 0\r\n"} {
		file := filepath.Join(t.TempDir(), "spark-env.sh")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		o := envfile.Options{File: file, Env: []string{"PATH=" + os.Getenv("PATH")}}
		if _, err := envfile.Load(t.Context(), o); !errors.Is(err, envfile.ErrCR) {
			t.Errorf("%q: %v", text, err)
		}
		o.PastCR = true
		if env, err := envfile.Load(t.Context(), o); err != nil || env.Vars["A"] != "1" || env.Vars["B"] != "x y" || len(env.Faults) > 0 {
			t.Errorf("%q: %v, %+v", text, err, env)
		}
	}
}
