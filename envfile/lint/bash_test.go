package lint

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sparkops/envfile"
)

// asSpark reads a file as Spark's own scripts do.
func asSpark(t *testing.T, text string) *envfile.Env {
	t.Helper()
	file := filepath.Join(t.TempDir(), "spark-env.sh")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	env, err := envfile.Load(t.Context(), envfile.Options{
		File: file, Env: []string{"PATH=" + os.Getenv("PATH"), "HOME=/home/u"}, SparkHome: "/opt/spark", ConfDir: "/opt/spark/conf",
	})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return env
}

// Every line that is said to assign nothing, or not what it looks like, does so in bash; the
// line of the hint does assign it.
func TestNoAssignmentIsOneInBash(t *testing.T) {
	t.Parallel()
	held := 0
	for _, tt := range faults {
		if !strings.HasPrefix(tt.want[0], "env.assignment 1") || len(tt.want) > 1 && !strings.HasPrefix(tt.text, "$") {
			continue
		}
		held++
		f := Check(Input{Text: []byte(tt.text)})[0]
		name, value, _ := strings.Cut(strings.TrimPrefix(f.Hint, "export "), "=")
		value = strings.Trim(value, `"`)
		if got, ok := asSpark(t, tt.text+"AFTER=1\n").Vars[name]; ok && got == value {
			t.Errorf("%q does set %s=%s", tt.text, name, got)
		}
		after := asSpark(t, f.Hint+"\nAFTER=1\n")
		if after.Vars[name] != value || value == "" || after.Vars["AFTER"] != "1" || len(after.Output) > 0 {
			t.Errorf("%q, as it should be: %q sets %q", tt.text, f.Hint, after.Vars)
		}
	}
	if held < 12 {
		t.Errorf("only %d were held against bash", held)
	}
	// The effect, word by word: a command that is not found, and the script goes on.
	env := asSpark(t, "SPARK_MASTER_HOST = h1\nAFTER=1\n")
	if env.Vars["AFTER"] != "1" || !strings.Contains(string(env.Output), "SPARK_MASTER_HOST: command not found") {
		t.Errorf("got %q, %q", env.Vars, env.Output)
	}
	env = asSpark(t, "\ufeffSPARK_MASTER_HOST=h1\nAFTER=1\n")
	if _, set := env.Vars["SPARK_MASTER_HOST"]; set || env.Vars["AFTER"] != "1" || !strings.Contains(string(env.Output), "command not found") {
		t.Errorf("got %q, %q", env.Vars, env.Output)
	}
}

// What is said of other lines, as bash has it.
func TestEffectsInBash(t *testing.T) {
	t.Parallel()
	tests := []struct {
		id, text string
		vars     map[string]string
	}{
		{"env.unset", "SPARK_LOG_DIR=$NOWHERE/logs", map[string]string{"SPARK_LOG_DIR": "/logs"}},
		{"env.bare-name", "SPARK_MANAGER_IP=h1\nSPARK_MASTER_IP=SPARK_MANAGER_IP", map[string]string{"SPARK_MASTER_IP": "SPARK_MANAGER_IP", "SPARK_MANAGER_IP": "h1"}},
		{"env.relative-dir", "SPARK_LOG_DIR='~/logs'", map[string]string{"SPARK_LOG_DIR": "~/logs"}},
		{"env.relative-dir", "SPARK_LOCAL_DIRS=/a,~/b", map[string]string{"SPARK_LOCAL_DIRS": "/a,~/b"}},
		{"env.comma-dir", "SPARK_WORKER_DIR=/a,/b", map[string]string{"SPARK_WORKER_DIR": "/a,/b"}},
		{"env.no-daemonize", "SPARK_NO_DAEMONIZE=", map[string]string{"SPARK_NO_DAEMONIZE": ""}},
		{"env.syntax", "A=1\nif then\nB=2", map[string]string{"A": "1"}},
	}
	for _, tt := range tests {
		env := asSpark(t, tt.text)
		if !maps.Equal(env.Vars, tt.vars) {
			t.Errorf("%s: %q sets %q, want %q", tt.id, tt.text, env.Vars, tt.vars)
		}
		// With bash's own words and values at hand, as without.
		all := Check(Input{Text: []byte(tt.text), Vars: env.Vars, Faults: env.Faults})
		if !slices.ContainsFunc(all, func(f Finding) bool { return f.ID == tt.id }) {
			t.Errorf("%s is not found in %q: %v", tt.id, tt.text, all)
		}
	}
}

// bash's values, and its verdict on what it can parse, change no clean file into one with
// findings.
func TestCleanFilesAsBashHasThem(t *testing.T) {
	t.Parallel()
	for _, tt := range clean {
		if len(tt.want) > 0 || strings.Contains(tt.text, "read -r") || tt.in.Vars != nil || tt.in.Env != nil {
			continue
		}
		env := asSpark(t, tt.text)
		in := tt.in
		in.Text, in.Vars, in.Faults = []byte(tt.text), env.Vars, env.Faults
		if all := Check(in); len(all) > 0 {
			t.Errorf("%q, %q: %v", tt.text, env.Vars, all)
		}
	}
}
