package config

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// including matches what would read files of this machine.
var including = regexp.MustCompile(`(?i)include[^\n]*[/~]`)

// harmless has a shell that runs nothing, for Match exec.
func harmless(name string) (string, bool) {
	if name == "SHELL" {
		return "/bin/true", true
	}
	return os.LookupEnv(name)
}

func nobody(context.Context, string) (string, error) { return "", errors.New("no such host") }

// FuzzLoad reads anything and asks for anyone: no panic, no hang, and an answer that can be
// used.
func FuzzLoad(f *testing.F) {
	for _, c := range answers {
		f.Add(strings.ReplaceAll(c.text, "|", "\n"), "n1")
	}
	for _, c := range matches {
		f.Add(strings.ReplaceAll(c.text, "|", "\n"), cmp.Or(c.host, "n1"))
	}
	for _, c := range refusals {
		f.Add(strings.ReplaceAll(c.text, "|", "\n"), "u@N1")
	}
	f.Add(strings.ReplaceAll(debian, "DIR/", ""), "10.0.0.1")
	f.Fuzz(func(t *testing.T, text, name string) {
		if including.MatchString(text) {
			t.Skip()
		}
		file := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		files, err := Load(Options{File: file, Home: "/nowhere", User: "me", Env: harmless, Canonical: nobody})
		if err != nil {
			if e, ok := err.(*Error); !ok || e.Err == nil || e.File == "" {
				t.Fatalf("%#v", err)
			}
			return
		}
		h, err := files.Host(context.Background(), name)
		if took := time.Since(began); took > 10*time.Second {
			t.Fatalf("it took %v", took)
		}
		if err != nil {
			return
		}
		if h.Port < 1 || h.Port > 65535 || h.HostName != strings.ToLower(h.HostName) || h.ConnectTimeout < 0 || h.AliveInterval < 0 {
			t.Fatalf("%+v", h)
		}
		for _, hop := range h.Jump {
			if _, _, _, err := cutHop(hop); err != nil {
				t.Fatalf("hop %q: %v", hop, err)
			}
		}
	})
}
