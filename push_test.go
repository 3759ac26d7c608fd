package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sparkops/sandbox"
	"sparkops/shell/shelltest"
	"sparkops/ssh/sshtest"
)

// points is how many pushes are killed, and how many cut, at random moments, in so many parts,
// each with a sandbox of its own. The race detector sees in one what it sees in all, and takes
// five times as long; make unit runs these tests without it too.
func points() (all, parts int) {
	switch {
	case shelltest.Watched:
		return 1, 1
	case testing.Short():
		return 40, 4
	}
	return 200, 4
}

// pushBed is a sandbox to push to, and two texts that take turns at being pushed.
type pushBed struct {
	*testing.T
	*sandbox.Cluster
	program string
	env     []string
	texts   [2]string
	next    int // which of texts is pushed next
}

func newPushBed(t *testing.T, seed uint64) *pushBed {
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c, err := sandbox.Start(t.Context(), sandbox.Options{Workers: 1, Dir: dir, Executable: executable, SSH: sshtest.Cheapest})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	b := &pushBed{T: t, Cluster: c, program: filepath.Join(dir, "sparkops")}
	if err := os.Symlink(executable, b.program); err != nil { // by this name the test binary is sparkops
		t.Fatal(err)
	}
	for i := range b.texts { // of lines that nobody else writes, so that a mixture would be seen
		b.texts[i] = fmt.Sprintf("SPARK_MASTER_HOST=127.0.0.1\nTURN=%d\n", i) + strings.Repeat(fmt.Sprintf("# %0180d %d\n", seed, i), 800+i*100)
	}
	b.env = append(c.Env(), "PATH="+os.Getenv("PATH"), "HOME="+dir, shelltest.EndsAtOnce)
	b.mustPush()
	return b
}

// command is a push of the next text, not yet started.
func (b *pushBed) command(ctx context.Context) *exec.Cmd {
	if err := os.WriteFile(b.Dir()+"/conf/spark-env.sh", []byte(b.texts[b.next%2]), 0o644); err != nil {
		b.Fatal(err)
	}
	b.next++
	cmd := exec.CommandContext(ctx, b.program, "push-env", "-o", "json", "--timeout", "20s")
	cmd.Env = b.env
	cmd.WaitDelay = time.Second
	return cmd
}

// mustPush wants a push to succeed everywhere and no file of it to be left.
func (b *pushBed) mustPush() {
	b.Helper()
	for try := 0; ; try++ {
		out, err := b.command(b.Context()).CombinedOutput()
		if err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		left := b.left()
		if len(left) == 0 {
			break
		}
		// A script of the killed one may have begun after this one's look at the directory.
		if try == 2 {
			b.Fatalf("left after the next push: %v", left)
		}
	}
	for _, h := range b.Hosts() {
		if got := b.has(h); got != b.last() {
			b.Fatalf("%s has text %d, want %d", h.Name, got, b.last())
		}
	}
}

func (b *pushBed) left() (all []string) {
	for _, h := range b.Hosts() {
		left, _ := filepath.Glob(h.SparkHome + "/conf/.*sparkops*")
		all = append(all, left...)
	}
	return all
}

// has is which of the texts a host has, whole.
func (b *pushBed) has(h sandbox.Host) int {
	b.Helper()
	text, err := os.ReadFile(h.SparkHome + "/conf/spark-env.sh")
	if err != nil {
		b.Fatal(err)
	}
	i := slices.Index(b.texts[:], string(text))
	if i < 0 {
		b.Fatalf("%s is torn: %d bytes, %.60q ... %.60q", h.Name, len(text), text, text[max(0, len(text)-60):])
	}
	return i
}

// watch reads a host's file all the time, as a daemon that starts would, and fails the test if
// it is ever anything but one of the texts; the returned function ends it.
func (b *pushBed) watch(h sandbox.Host) (end func()) {
	over := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
			}
			text, err := os.ReadFile(h.SparkHome + "/conf/spark-env.sh")
			if err != nil || !slices.Contains(b.texts[:], string(text)) {
				b.Errorf("%s was torn for a moment: %d bytes, %v", h.Name, len(text), err)
				return
			}
			time.Sleep(2 * time.Millisecond) // more would take the processors from the pushes
		}
	})
	return func() { close(over); watching.Wait() }
}

// last is the text that was pushed last.
func (b *pushBed) last() int { return (b.next + 1) % 2 }

// rounds runs the points, each part of them with a sandbox of its own.
func rounds(t *testing.T, do func(b *pushBed, random *rand.Rand, n int)) {
	all, parts := points()
	for part := range parts {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			do(newPushBed(t, seed), rand.New(rand.NewPCG(seed, 0)), all/parts)
		})
	}
}

// However a push is killed, every host has the old file or the new one, whole; the next push
// leaves nothing of it.
func TestPushKilled(t *testing.T) {
	shelltest.Unwatched(t) // what is killed reports no race
	t.Parallel()
	rounds(t, func(b *pushBed, random *rand.Rand, n int) {
		began := time.Now()
		b.mustPush()
		took := time.Since(began)
		defer b.watch(b.Host("worker1"))()
		killed := 0
		for try := 0; killed < n && try < 4*n; try++ {
			cmd := b.command(t.Context())
			if err := cmd.Start(); err != nil {
				b.Fatal(err)
			}
			time.Sleep(time.Duration(random.Int64N(int64(took))))
			cmd.Process.Kill()
			if cmd.Wait() != nil {
				killed++
			} else {
				took -= took / 10 // the machine is faster than it was
			}
			for _, h := range b.Hosts() {
				b.has(h)
			}
			if try%5 == 0 {
				b.mustPush()
			}
		}
		b.mustPush()
		if killed < n {
			b.Errorf("only %d of %d were killed before their end", killed, n)
		}
	})
}

// Wherever the connection is cut, what the report says of a host is true.
func TestPushCut(t *testing.T) {
	shelltest.Unwatched(t) // package ssh's tests cut connections under it
	t.Parallel()
	rounds(t, func(b *pushBed, random *rand.Rand, n int) {
		r := b.behindRelay("worker1")
		b.mustPush()
		total := int(r.passed.Load())
		cut := 0
		for i := range n {
			had := map[string]int{}
			for _, h := range b.Hosts() {
				had[h.Name] = b.has(h)
			}
			if had["worker1"] == b.next%2 {
				b.next++ // what a host has already does not travel
			}
			r.passed.Store(0)
			r.most.Store(int64(random.IntN(total)) + 1)
			out, err := b.command(t.Context()).Output()
			if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
				b.Fatal(err)
			} else if ended {
				cut++
			}
			r.most.Store(0)
			b.judge(out, had)
			if i%5 == 0 {
				b.mustPush()
			}
		}
		b.mustPush()
		if cut < n/2 {
			b.Errorf("only %d of %d met the cut", cut, n)
		}
	})
}

// A push that is interrupted tells the truth about every host.
func TestPushInterrupted(t *testing.T) {
	t.Parallel()
	rounds(t, func(b *pushBed, random *rand.Rand, n int) {
		began := time.Now()
		b.mustPush()
		took := time.Since(began)
		for i := range min(n, max(n/4, 3)) {
			had := map[string]int{}
			for _, h := range b.Hosts() {
				had[h.Name] = b.has(h)
			}
			cmd := b.command(t.Context())
			var out strings.Builder
			cmd.Stdout = &out
			if err := cmd.Start(); err != nil {
				b.Fatal(err)
			}
			time.Sleep(time.Duration(random.Int64N(int64(took))))
			cmd.Process.Signal(os.Interrupt)
			cmd.Wait()
			if out.Len() > 0 { // it had begun to listen to signals
				b.judge([]byte(out.String()), had)
			}
			if i%4 == 0 {
				b.mustPush()
			}
		}
		b.mustPush()
	})
}

// judge compares what a report says of the hosts with what they have, and had. Where something
// is unknown it may happen later: the next push waits for that.
func (b *pushBed) judge(out []byte, had map[string]int) {
	b.Helper()
	var report struct {
		Exit    int
		Results []struct{ Host, Status, Class, Message string }
	}
	if err := json.Unmarshal(out, &report); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	unknown := false
	for _, r := range report.Results {
		has, want := b.has(b.Host(r.Host)), b.last()
		switch r.Status {
		case "changed", "ok":
		case "unknown":
			want, unknown = has, true
		default:
			want = had[r.Host]
		}
		if has != want {
			b.Errorf("%s: %s %s (%s), and it has text %d, want %d", r.Host, r.Status, r.Class, r.Message, has, want)
		}
	}
	if unknown {
		b.mustPush()
	}
}

// relay passes bytes both ways and cuts all its connections when so many have gone, in either
// direction.
type relay struct {
	to           string
	passed, most atomic.Int64
}

// behindRelay has sparkops reach a host through a relay.
func (b *pushBed) behindRelay(name string) *relay {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	r := &relay{to: b.Host(name).SSH}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go r.serve(c)
		}
	}()
	config := filepath.Join(b.Dir(), "ssh", "config")
	text, err := os.ReadFile(config)
	if err != nil {
		b.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	front := fmt.Sprintf("Host %s\n  HostName 127.0.0.1\n  Port %s\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  ConnectTimeout 5\n\n", name, port)
	if err := os.WriteFile(config, append([]byte(front), text...), 0o644); err != nil {
		b.Fatal(err)
	}
	return r
}

func (r *relay) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", r.to)
	if err != nil {
		return
	}
	defer server.Close()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		both.Go(func() {
			defer server.Close()
			defer client.Close()
			io.Copy(counted{way[0], r}, way[1])
		})
	}
	both.Wait()
}

// counted is a writer of a relay.
type counted struct {
	io.Writer
	*relay
}

func (c counted) Write(p []byte) (int, error) {
	n := len(p)
	if most := c.most.Load(); most > 0 {
		n = int(min(int64(n), max(0, most-c.passed.Load())))
	}
	c.passed.Add(int64(n))
	written, err := c.Writer.Write(p[:n])
	if err == nil && written < len(p) {
		err = errors.New("cut")
	}
	return written, err
}

// Two pushes at one moment: the result is one of the two, whole, on every host.
func TestPushTwice(t *testing.T) {
	t.Parallel()
	b := newPushBed(t, 7)
	rounds := 10
	if shelltest.Watched {
		rounds = 1
	}
	for range rounds {
		first := b.command(t.Context())
		conf := filepath.Join(t.TempDir(), "conf")
		if out, err := exec.Command("cp", "-r", b.Dir()+"/conf", conf).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		first.Args = append(first.Args, "--conf-dir", conf)
		second := b.command(t.Context())
		var both sync.WaitGroup
		for _, cmd := range []*exec.Cmd{first, second} {
			both.Go(func() {
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
		both.Wait()
		for _, h := range b.Hosts() {
			b.has(h)
		}
		if left := b.left(); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	}
}
