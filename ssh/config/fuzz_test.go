package config

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// outside matches what would read files of this machine, run commands or look up names.
var outside = regexp.MustCompile(`(?i)include[^\n]*[/~$]|exec|canonical`)

// FuzzLoad reads anything and asks for anyone: no panic, no hang, and an answer that can be
// used.
func FuzzLoad(f *testing.F) {
	for _, c := range answers {
		f.Add(strings.ReplaceAll(c.text, "|", "\n"), "n1")
	}
	for _, c := range refusals {
		f.Add(strings.ReplaceAll(c.text, "|", "\n"), "u@N1")
	}
	f.Add(strings.ReplaceAll(debian, "DIR/", ""), "10.0.0.1")
	f.Add("Match host n*,!n1 user \"u\" !final\nSendEnv A -B*\nSetEnv A=1\nMatch final all\nCiphers +x\nProxyCommand nc %h %p\n", "u@n2")
	f.Fuzz(func(t *testing.T, text, name string) {
		if outside.MatchString(text) {
			t.Skip()
		}
		file := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		files, err := Load(Options{File: file, Home: "/nowhere", User: "me", Env: envOf([]string{"SHELL=/bin/false", "HOME=/nowhere"})})
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
