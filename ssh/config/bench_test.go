package config

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sparkops/shell/shelltest"
)

// thousand is a config of 1,000 Host blocks, and options that would note an ssh.
func thousand(t testing.TB) (o Options, mark string) {
	t.Helper()
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "Host worker%d w%d.*\n  HostName 10.0.%d.%d\n  Port %d\n  IdentityFile ~/.ssh/k%d\n", i, i, i/256, i%256, 2000+i, i%7)
	}
	text.WriteString("Host *\n  User spark\n  StrictHostKeyChecking accept-new\n")
	dir := write(t, map[string]string{"config": text.String(), "ssh": "#!/bin/sh\n: >'DIR/mark'\nexit 1\n"})
	if err := os.Chmod(filepath.Join(dir, "ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	o = Options{File: filepath.Join(dir, "config"), Home: dir, User: "me", LocalHost: "launcher", Env: envOf(nil), SSH: filepath.Join(dir, "ssh")}
	return o, filepath.Join(dir, "mark")
}

func askThousand(t testing.TB, o Options) {
	t.Helper()
	files, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		if h, err := files.Host(context.Background(), fmt.Sprintf("worker%d", i)); err != nil || h.Port != 2000+i || h.User != "spark" {
			t.Fatal(h, err)
		}
	}
}

// BenchmarkThousand reads a config of 1,000 Host blocks and asks for 1,000 names, which is
// to take less than 0.3 s and 60 MB; one ssh -G answers for a single name.
func BenchmarkThousand(b *testing.B) {
	o, _ := thousand(b)
	b.Run("names", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			askThousand(b, o)
		}
	})
	b.Run("ssh", func(b *testing.B) {
		ssh := findSSH(b)
		for b.Loop() {
			if _, err := ssh.print(b.Context(), o.Home, "-F", o.File, "worker999"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// TestThousandStartsNoProcess: an ssh -G for each of many hosts would take seconds. The mark
// is seen to work by a keyword that only ssh may know.
func TestThousandStartsNoProcess(t *testing.T) {
	shelltest.Unwatched(t) // one thing after the other
	o, mark := thousand(t)
	askThousand(t, o)
	if _, err := os.Stat(mark); err == nil {
		t.Error("ssh was started for names that need none")
	}
	put(t, o.File, "Host new\nNotKnownToUs yes\n")
	files, err := Load(o)
	if err == nil {
		_, err = files.Host(context.Background(), "new")
	}
	if _, missing := os.Stat(mark); err == nil || missing != nil {
		t.Errorf("ssh was not asked: %v, %v", err, missing)
	}
}
