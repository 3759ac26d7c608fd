package config

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkThousand reads a config of 1,000 Host blocks and asks for 1,000 names, which is
// to take less than 0.3 s; one ssh -G answers for a single name.
func BenchmarkThousand(b *testing.B) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "Host worker%d w%d.*\n  HostName 10.0.%d.%d\n  Port %d\n  IdentityFile ~/.ssh/k%d\n", i, i, i/256, i%256, 2000+i, i%7)
	}
	text.WriteString("Host *\n  User spark\n  StrictHostKeyChecking accept-new\n")
	file := filepath.Join(b.TempDir(), "config")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	o := options(b)
	o.File = file
	b.Run("names", func(b *testing.B) {
		for b.Loop() {
			files, err := Load(o)
			if err != nil {
				b.Fatal(err)
			}
			for i := range 1000 {
				if h, err := files.Host(context.Background(), fmt.Sprintf("worker%d", i)); err != nil || h.Port != 2000+i {
					b.Fatal(h, err)
				}
			}
		}
	})
	b.Run("ssh", func(b *testing.B) {
		ssh := findSSH(b)
		for b.Loop() {
			if _, err := ssh.ask(b.Context(), o.Home, "-F", file, "worker999"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
