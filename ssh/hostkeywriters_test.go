package ssh

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell/shelltest"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

const processes = 4

// writers are in each of the processes. Each reads what the others have written, so that their
// work grows with the square of them: what the race detector can see, fewer of them show it.
func writers() int {
	if shelltest.Watched {
		return 10
	}
	return 100
}

// writer is the name of a host that one of them remembers.
func writer(process, i int) string { return fmt.Sprintf("w%d-%d.example", process, i) }

// TestWriterProcess is one process of the test below: file, key, number and hash come in the
// environment, and it begins when its standard input ends.
func TestWriterProcess(t *testing.T) {
	file := os.Getenv("WRITER_FILE")
	if file == "" {
		t.Skip("it is run by TestManyWriters")
	}
	key, _, _, _, err := gossh.ParseAuthorizedKey([]byte(os.Getenv("WRITER_KEY")))
	if err != nil {
		t.Fatal(err)
	}
	var process int
	fmt.Sscan(os.Getenv("WRITER_NUMBER"), &process)
	shared := NewKnownHosts()
	os.Stdin.Read(make([]byte, 1))
	var all sync.WaitGroup
	for i := range writers() {
		known := shared
		if i%2 == 1 {
			known = NewKnownHosts() // as yet another process
		}
		h := &config.Host{HostName: writer(process, i), Port: 22, KnownHosts: []string{file}, HashKnownHosts: os.Getenv("WRITER_HASH") != ""}
		all.Go(func() {
			if err := known.add(t.Context(), h, key); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// Hundreds of writers at a time, in several processes, and ssh beside them, lose and tear nothing,
// and an unfinished last line stays what it is.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, before string
		hash         bool
		ssh          int // so many of them
	}{
		{"new file", "", false, 10},
		{"new file, hashed", "", true, 10},
		{"unfinished line", "# a comment without a newline", false, 0}, // ssh would go on in that line
	} {
		t.Run(c.name, func(t *testing.T) {
			binary := ""
			if c.ssh > 0 {
				binary = shelltest.Program(t, "ssh")
			}
			s, err := sshtest.Start(sshtest.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			file := filepath.Join(t.TempDir(), "known_hosts")
			if c.before != "" {
				if err := os.WriteFile(file, []byte(c.before), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var names []string
			var all sync.WaitGroup
			defer all.Wait()
			read, release, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer read.Close()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			for process := range processes {
				for i := range writers() {
					names = append(names, writer(process, i))
				}
				command := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestWriterProcess$")
				command.Env = append(os.Environ(), shelltest.EndsAtOnce, "WRITER_FILE="+file, "WRITER_KEY="+string(gossh.MarshalAuthorizedKey(s.HostKey())), fmt.Sprint("WRITER_NUMBER=", process))
				if c.hash {
					command.Env = append(command.Env, "WRITER_HASH=yes")
				}
				command.Stdin = read
				all.Go(func() {
					if out, err := command.CombinedOutput(); err != nil {
						t.Errorf("%v: %s", err, out)
					}
				})
			}
			time.Sleep(200 * time.Millisecond) // the more of them are there, the harder it is
			release.Close()
			for i := range c.ssh {
				names = append(names, fmt.Sprintf("ssh%d", i))
				all.Go(func() { remembersBySSH(ctx, t, binary, s.Addr(), file, fmt.Sprintf("ssh%d", i), c.hash) })
			}
			all.Wait()
			judge(t, file, c.before, names, s.HostKey(), c.hash)
		})
	}
}

// remembersBySSH has ssh itself remember the key of a host under an alias.
func remembersBySSH(ctx context.Context, t *testing.T, binary, address, file, alias string, hash bool) {
	_, port, _ := strings.Cut(address, ":")
	hashed := "no"
	if hash {
		hashed = "yes"
	}
	out, err := exec.CommandContext(ctx, binary, "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new", "-o", "UserKnownHostsFile="+file,
		"-o", "GlobalKnownHostsFile=/dev/null", "-o", "UpdateHostKeys=no", "-o", "IdentityAgent=none", "-o", "IdentityFile=none",
		"-o", "HostKeyAlias="+alias, "-o", "HashKnownHosts="+hashed, "-p", port, "127.0.0.1", "true").CombinedOutput()
	if err != nil {
		t.Errorf("ssh: %v: %s", err, out)
	}
}

// judge reads the file as it is: one line for each name, and nothing else.
func judge(t *testing.T, file, before string, names []string, key gossh.PublicKey, hash bool) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if before != "" {
		if lines[0] != before {
			t.Errorf("the first line is now %q", lines[0])
		}
		lines = lines[1:]
	}
	if len(lines) != len(names) || !strings.HasSuffix(string(text), "\n") {
		t.Errorf("%d lines for %d names", len(lines), len(names))
	}
	for _, line := range lines {
		known, ok := parseKnown(line)
		if !ok || !same(known.key, key) || strings.HasPrefix(known.names, "|1|") != hash {
			t.Errorf("torn: %q", line)
			continue
		}
		i := slices.IndexFunc(names, known.matches)
		if i < 0 {
			t.Errorf("twice, or not asked for: %q", line)
			continue
		}
		names = slices.Delete(names, i, i+1)
	}
	if len(names) > 0 {
		t.Errorf("lost: %q", names)
	}
}

// A file that was replaced between opening and locking it is no longer the one to write to.
func TestStands(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "known_hosts")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if !stands(file, path) {
		t.Error("it is in its place")
	}
	if err := os.Rename(path, path+".old"); err != nil || stands(file, path) {
		t.Errorf("it is gone: %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil || stands(file, path) {
		t.Errorf("another one is there: %v", err)
	}
}
