package ssh_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

// onlySSH marks a host as one that only OpenSSH's client can reach.
func onlySSH(h *config.Host) *config.Host {
	h.NeedSSH = []string{"gssapiauthentication"}
	return commanded(h)
}

// withSSH is a pool's options with OpenSSH's client.
func withSSH(t testing.TB) ssh.Options { return ssh.Options{SSH: shelltest.Program(t, "ssh")} }

// commandLines are the command lines, of all processes, that have text in them.
func commandLines(t testing.TB, text string) []string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(all) == 0 {
		t.Skip("NOT TESTED: no /proc on this machine")
	}
	var found []string
	for _, file := range all {
		if line, _ := os.ReadFile(file); strings.Contains(string(line), text) {
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

// nothingOf fails the test if a process with text in its command line stays.
func nothingOf(t testing.TB, text string) {
	t.Helper()
	until(t, "no process of "+text, func() bool { return len(commandLines(t, text)) == 0 })
}

// What holds for every runner holds with OpenSSH's client in between; and at the end there is
// neither a process of it nor its directory.
func runnerOverOpenSSH(t *testing.T) {
	var known string
	t.Run("all", func(t *testing.T) {
		s := serve(t, sshtest.Options{Dir: t.TempDir()})
		h := onlySSH(at(t, s.Addr()))
		known = h.KnownHosts[0]
		o := withSSH(t)
		p := newPool(t, o)
		conn := connect(t, p, h)
		clients := commandLines(t, known)
		if len(clients) == 0 {
			t.Fatal("no client runs")
		}
		_, rest, _ := strings.Cut(clients[0], "ControlPath=")
		socket, _, _ := strings.Cut(rest, " ")
		if i, err := os.Stat(filepath.Dir(socket)); err != nil || i.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", socket, i, err)
		}
		shelltest.Beside(t, conn)
		if s.Connections() != 1 || s.Logins() != 1 {
			t.Errorf("%d connections, %d logins", s.Connections(), s.Logins())
		}
		p.Close()
		if _, err := os.Stat(filepath.Dir(socket)); err == nil {
			t.Errorf("%s is left", socket)
		}
	})
	nothingOf(t, known)
}

// A script that is cut short, on a connection that still lives, is told from a lost connection.
func TestOpenSSHIsAskedForLife(t *testing.T) {
	h := onlySSH(at(t, serve(t, sshtest.Options{}).Addr()))
	h.AliveInterval = 10 * time.Millisecond // no keepalives of our own: they would end the client
	conn := connect(t, newPool(t, withSSH(t)), h)
	time.Sleep(100 * time.Millisecond)
	_, err := conn.Run(t.Context(), shell.Script{Body: "kill -9 $$"})
	if e := shell.AsError(err, ""); e.Class != shell.ClassLost || strings.Contains(e.Error(), "the connection") {
		t.Errorf("class %s: %v", e.Class, e)
	}
	if _, err := conn.Run(t.Context(), hello); err != nil {
		t.Errorf("after that: %v", err)
	}
}

// The client is gone: whoever uses the connection learns of it.
func TestOpenSSHDies(t *testing.T) {
	leavesNothing(t, func(t *testing.T) {
		s := serve(t, sshtest.Options{})
		conn := connect(t, newPool(t, withSSH(t)), onlySSH(at(t, s.Addr())))
		_, err := conn.Run(t.Context(), shell.Script{Body: "echo begun; sleep 60", Stdout: closing{s}})
		if e := shell.AsError(err, ""); e.Class != shell.ClassLost || !e.Began {
			t.Errorf("class %s, began %v: %v", e.Class, e.Began, e)
		}
	})
}

// closing ends the server when a script speaks.
type closing struct{ s *sshtest.Server }

func (c closing) Write(b []byte) (int, error) { go c.s.Close(); return len(b), nil }

// Real sshd: commands, connections from there, and that it forwards nothing.
func TestOpenSSHToSSHD(t *testing.T) {
	t.Parallel()
	leavesNothing(t, func(t *testing.T) {
		there, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer there.Close()
		open, strict := connect(t, newPool(t, withSSH(t)), onlySSH(sshd(t))), connect(t, newPool(t, withSSH(t)), onlySSH(sshd(t, "AllowTcpForwarding no")))
		for _, conn := range []*ssh.Conn{open, strict} {
			if out, err := conn.Run(t.Context(), hello); err != nil || string(out.Stdout) != "hello\n" {
				t.Errorf("%q, %v", out.Stdout, err)
			}
		}
		raw, err := open.DialContext(t.Context(), "tcp", there.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		raw.Close()
		if _, err := strict.DialContext(t.Context(), "tcp", there.Addr().String()); !errors.Is(err, ssh.ErrForwardingRefused) {
			t.Errorf("forwarding is off: %v", err)
		}
		if _, err := open.DialContext(t.Context(), "tcp", nobody); err == nil || errors.Is(err, ssh.ErrForwardingRefused) {
			t.Errorf("nobody listens: %v", err)
		}
		for _, conn := range []*ssh.Conn{open, strict} { // no refusal has ended the client
			if _, err := conn.Run(t.Context(), hello); err != nil {
				t.Error(err)
			}
		}
	})
}

// A bastion that only OpenSSH's client can reach is a bastion all the same.
func TestBastionOverOpenSSH(t *testing.T) {
	t.Parallel()
	bastion, worker := onlySSH(sshd(t)), serve(t, sshtest.Options{})
	o := withSSH(t)
	o.Resolve = resolve(map[string]*config.Host{"b": bastion})
	h := at(t, worker.Addr())
	h.Jump = []string{"b"}
	if _, err := connect(t, newPool(t, o), h).Run(t.Context(), hello); err != nil {
		t.Error(err)
	}
}

func TestOpenSSHFails(t *testing.T) {
	t.Parallel()
	stranger, _ := newKey(t)
	for _, c := range []struct {
		name  string
		host  func(t *testing.T) *config.Host
		class shell.Class
		says  string
	}{
		{"nobody listens", func(t *testing.T) *config.Host { return at(t, nobody) }, shell.ClassRefused, "Connection refused"},
		{"no such name", func(t *testing.T) *config.Host {
			h := at(t, nobody)
			h.HostName = "no-such-host.invalid"
			return h
		}, shell.ClassDNS, "Could not resolve hostname"},
		{"silent", func(t *testing.T) *config.Host { return at(t, rogue(t, sshtest.Silent).Addr()) }, shell.ClassTimeout, ""},
		{"closes", func(t *testing.T) *config.Host { return at(t, rogue(t, sshtest.HangUp).Addr()) }, shell.ClassClosed, "kex_exchange_identification"},
		{"the wrong key", func(t *testing.T) *config.Host {
			h := sshd(t)
			h.Identities = []string{writeKey(t, filepath.Join(t.TempDir(), "other"), stranger)}
			return h
		}, shell.ClassAuth, "Permission denied (publickey"},
		{"an unknown host key", func(t *testing.T) *config.Host {
			h := sshd(t)
			h.Strict = config.Yes
			return h
		}, shell.ClassHostKey, "Host key verification failed"},
		{"a changed host key", func(t *testing.T) *config.Host {
			h := sshd(t)
			_, other := newKey(t)
			write(t, h.KnownHosts[0], "["+h.HostName+"]:"+fmt.Sprint(h.Port)+" "+string(gossh.MarshalAuthorizedKey(other.PublicKey())))
			return h
		}, shell.ClassHostKey, "verification failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := withSSH(t)
			bound := 3 * patience
			if c.class == shell.ClassTimeout {
				bound = 3 * time.Second
			}
			o.ConnectTimeout = bound
			h := onlySSH(c.host(t))
			begin := time.Now()
			e := refusal(t, newPool(t, o), h)
			if e.Class != c.class || !strings.Contains(e.Error(), c.says) || time.Since(begin) > bound+patience {
				t.Errorf("class %s after %v: %v", e.Class, time.Since(begin), e)
			}
			nothingOf(t, h.KnownHosts[0])
		})
	}
}

// Without OpenSSH's client, what it is needed for is named.
func TestNoOpenSSH(t *testing.T) {
	t.Parallel()
	s := serve(t, sshtest.Options{Config: func(c *gossh.ServerConfig) { c.Ciphers = []string{gossh.InsecureCipherAES128CBC} }})
	for _, c := range []struct {
		change func(h *config.Host)
		says   string
	}{
		{func(h *config.Host) { h.NeedSSH = []string{"pkcs11provider"} }, "pkcs11provider"},
		{func(h *config.Host) { h.KexAlgorithms = "sntrup761x25519-sha512" }, "KexAlgorithms sntrup761x25519-sha512"},
		{func(h *config.Host) {}, "aes128-cbc"},
	} {
		h := at(t, s.Addr())
		c.change(h)
		if e := refusal(t, newPool(t, ssh.Options{}), h); e.Class != shell.ClassConfig || !strings.Contains(e.Error(), c.says) {
			t.Errorf("class %s: %v", e.Class, e)
		}
	}
}

// What x/crypto lacks, and OpenSSH's client has, is left to it: told beforehand, or found out.
func TestAlgorithmsOfOpenSSH(t *testing.T) {
	shelltest.Unwatched(t) // it holds setting after setting against ssh
	t.Parallel()
	for _, c := range []struct {
		name    string
		setting string
		change  func(h *config.Host)
	}{
		{"the configuration asks for it", "", func(h *config.Host) {
			h.KexAlgorithms = "sntrup761x25519-sha512@openssh.com"
			h.Command = slices.Insert(h.Command, 1, "-o", "KexAlgorithms="+h.KexAlgorithms)
		}},
		{"the server asks for it", "KexAlgorithms sntrup761x25519-sha512@openssh.com", func(*config.Host) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := sshd(t, c.setting)
			c.change(h)
			if _, err := connect(t, newPool(t, withSSH(t)), h).Run(t.Context(), hello); err != nil {
				t.Error(err)
			}
		})
	}
}

// startMaster starts a master as a user does, which looks after its connection by no means.
func startMaster(t *testing.T, h *config.Host) *exec.Cmd {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "master-") // a short path: it is one of a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	h.ControlPath = filepath.Join(dir, "s")
	args := append([]string{"-M", "-N", "-S", h.ControlPath, "-o", "ServerAliveInterval=0", "-o", "StrictHostKeyChecking=accept-new"}, h.Command[1:]...)
	master := exec.Command(shelltest.Program(t, "ssh"), args...)
	master.Stderr = io.Discard
	if err := master.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Process.Kill(); master.Wait() })
	until(t, "the master is there", func() bool { _, err := os.Stat(h.ControlPath); return err == nil })
	return master
}

// The network behind a live master of the user's goes: whoever waits for the end of a script
// learns of it, and the master has borne being asked until then.
func networkBehindAMasterGoes(t *testing.T) {
	t.Run("all", func(t *testing.T) {
		h := sshd(t)
		relay := &sshtest.Relay{To: net.JoinHostPort(h.HostName, fmt.Sprint(h.Port))}
		way := at(t, rogue(t, relay.Serve).Addr())
		way.User, way.Identities, way.IdentitiesSet = h.User, h.Identities, true
		startMaster(t, commanded(way))
		way.AliveInterval, way.AliveMax = 100*time.Millisecond, 40
		conn := connect(t, newPool(t, ssh.Options{}), way)
		time.Sleep(10 * way.AliveInterval)
		if out, err := conn.Run(t.Context(), hello); err != nil || string(out.Stdout) != "hello\n" {
			t.Fatalf("%q, %v", out.Stdout, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
		defer cancel()
		_, err := conn.Run(ctx, shell.Script{Body: "echo begun; exec sleep 100", Stdout: stopping{relay}})
		if e := shell.AsError(err, ""); e.Class != shell.ClassLost || !e.Began || ctx.Err() != nil {
			t.Errorf("class %s, began %v: %v", e.Class, e.Began, e)
		}
	})
}

// A live master of the user's is used, and stays; a stale socket is passed over.
func TestControlPath(t *testing.T) {
	leavesNothing(t, func(t *testing.T) {
		s := serve(t, sshtest.Options{})
		h := commanded(at(t, s.Addr()))
		master := startMaster(t, h)
		for range 2 {
			p := newPool(t, ssh.Options{})
			if _, err := connect(t, p, h).Run(t.Context(), hello); err != nil {
				t.Error(err)
			}
			p.Close()
		}
		if s.Connections() != 1 {
			t.Errorf("%d connections", s.Connections())
		}
		master.Process.Kill() // its socket stays
		master.Wait()
		if _, err := os.Stat(h.ControlPath); err != nil {
			t.Fatal(err)
		}
		if _, err := connect(t, newPool(t, ssh.Options{}), h).Run(t.Context(), hello); err != nil || s.Connections() != 2 {
			t.Errorf("%d connections: %v", s.Connections(), err)
		}
	})
}

// A master outlives us, whatever the host still sends for what we have left.
func TestMasterOutlivesUs(t *testing.T) {
	t.Parallel()
	endless := shell.Script{Body: "while :; do echo more; done"}
	for name, do := range map[string]func(*testing.T, *ssh.Conn){
		"interrupted": func(t *testing.T, conn *ssh.Conn) {
			ctx, cancel := context.WithCancel(t.Context())
			s := endless
			s.Stdout = &cancelling{cancel: cancel}
			conn.Run(ctx, s)
		},
		"left": func(t *testing.T, conn *ssh.Conn) {
			begun := make(chan struct{})
			s := endless
			s.Stdout = &firstWrite{then: func() { close(begun) }}
			go conn.Run(t.Context(), s)
			<-begun
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, sshtest.Options{})
			h := commanded(at(t, s.Addr()))
			master := startMaster(t, h)
			rounds := 20
			if shelltest.Watched {
				rounds = 3
			}
			for range rounds {
				p := newPool(t, ssh.Options{})
				do(t, connect(t, p, h))
				p.Close()
			}
			master.Process.Kill()
			if master.Wait(); master.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Errorf("the master: %v", master.ProcessState)
			}
			if s.Connections() != 1 {
				t.Errorf("%d connections", s.Connections())
			}
		})
	}
}

// What takes the place of a master and is none is passed over too.
func TestControlPathOfAnother(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // it accepts nobody
	h := at(t, serve(t, sshtest.Options{}).Addr())
	h.ControlPath = l.Addr().String()
	connect(t, newPool(t, ssh.Options{}), h)
}

// answering answers questions and keeps them.
type answering struct {
	secret string
	mu     sync.Mutex
	asked  []string
}

func (a *answering) Secret(_ context.Context, question string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, question)
	if a.secret == "" {
		return "", errors.New("nobody answers")
	}
	return a.secret, nil
}

func (a *answering) Confirm(_ context.Context, question string) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, question)
	return true, nil
}

// The passphrase of a key is asked for once in a run, however many hosts are reached with
// OpenSSH's client or without it, and though it was wrong at first.
func TestOpenSSHAsksOnce(t *testing.T) {
	t.Parallel()
	private, signer := newKey(t)
	identity := lock(t, writeKey(t, filepath.Join(t.TempDir(), "id"), private), "right")
	who := &typing{answers: []string{"wrong", "right"}}
	o := withSSH(t)
	o.Ask = who
	p := newPool(t, o)
	var all sync.WaitGroup
	for i := range 6 {
		h := at(t, serve(t, sshtest.Options{AuthorizedKeys: []gossh.PublicKey{signer.PublicKey()}}).Addr())
		h.Identities, h.IdentitiesSet, h.Prompts = []string{identity}, true, 3
		if i < 5 {
			onlySSH(h)
		}
		all.Go(func() {
			if _, err := p.Connect(t.Context(), h); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if who.asked != 2 || who.together {
		t.Errorf("asked %d times, at a time: %v", who.asked, who.together)
	}
}

// A person who gives no passphrase for a key is asked for it once too.
func TestOpenSSHIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	private, signer := newKey(t)
	identity := lock(t, writeKey(t, filepath.Join(t.TempDir(), "id"), private), "right")
	who := &answering{}
	o := withSSH(t)
	o.Ask = who
	p := newPool(t, o)
	for range 3 {
		h := at(t, serve(t, sshtest.Options{AuthorizedKeys: []gossh.PublicKey{signer.PublicKey()}}).Addr())
		h.Identities = []string{identity}
		if e := refusal(t, p, onlySSH(h)); e.Class != shell.ClassAuth {
			t.Errorf("class %s: %v", e.Class, e)
		}
	}
	if len(who.asked) != 1 {
		t.Errorf("asked %q", who.asked)
	}
}

// typing types its answers one after the other, the last one from then on.
type typing struct {
	answering
	mu       sync.Mutex
	answers  []string
	asked    int
	busy     bool
	together bool // it was asked two questions at a time
}

func (p *typing) Secret(context.Context, string) (string, error) {
	p.mu.Lock()
	p.asked++
	p.together = p.together || p.busy
	p.busy = true
	answer := p.answers[min(p.asked, len(p.answers))-1]
	p.mu.Unlock()
	time.Sleep(50 * time.Millisecond)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy = false
	return answer, nil
}

// What OpenSSH's client asks, the person is asked, unless BatchMode forbids it.
func TestOpenSSHAsks(t *testing.T) {
	shelltest.Unwatched(t)
	t.Parallel()
	for _, c := range []struct {
		name   string
		secret string
		change func(h *config.Host)
		asked  []string
		class  shell.Class // "" if it is reached
	}{
		{"passphrase", "it's $a \\secret", func(*config.Host) {}, []string{"passphrase for "}, ""},
		{"passphrase and host key", "it's $a \\secret", func(h *config.Host) { h.Strict = config.Ask }, []string{"These host keys are not known", "passphrase for "}, ""},
		{"nobody answers", "", func(*config.Host) {}, []string{"passphrase for "}, shell.ClassAuth},
		{"BatchMode", "it's $a \\secret", func(h *config.Host) { h.Batch = true }, nil, shell.ClassAuth},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			private, signer := newKey(t)
			s := serve(t, sshtest.Options{AuthorizedKeys: []gossh.PublicKey{signer.PublicKey()}})
			h := at(t, s.Addr())
			h.Identities = []string{lock(t, writeKey(t, filepath.Join(t.TempDir(), "id"), private), "it's $a \\secret")}
			c.change(h)
			who := &answering{secret: c.secret}
			o := withSSH(t)
			o.Ask = who
			program, mark := filepath.Join(t.TempDir(), "askpass"), newMark(t) // of the user, at a desktop
			write(t, program, "#!/bin/sh\n: > "+mark+"\nexit 1\n")
			os.Chmod(program, 0o700)
			o.Environ = []string{"PATH=/usr/bin:/bin", "DISPLAY=:", "SSH_ASKPASS=" + program, "SSH_ASKPASS_REQUIRE=force"}
			p := newPool(t, o)
			if onlySSH(h); c.class != "" {
				if e := refusal(t, p, h); e.Class != c.class {
					t.Errorf("class %s: %v", e.Class, e)
				}
			} else if _, err := connect(t, p, h).Run(t.Context(), hello); err != nil {
				t.Error(err)
			}
			p.Close()
			if _, err := os.Stat(mark); err == nil {
				t.Error("another program has asked")
			}
			if len(who.asked) != len(c.asked) {
				t.Fatalf("asked %q", who.asked)
			}
			for i, text := range c.asked {
				if !strings.Contains(who.asked[i], text) {
					t.Errorf("asked %q", who.asked)
				}
			}
			nothingOf(t, h.KnownHosts[0])
		})
	}
}

// A bastion that only OpenSSH's client can reach is reached through the ones before it, not by
// its own ProxyJump; one that is its own bastion is reached directly.
func TestJumpsOverOpenSSH(t *testing.T) {
	for _, c := range []struct {
		name, own string // the bastion's own ProxyJump
		jump      []string
		first     int // connections to the bastion before it
	}{
		{"a chain", "none", []string{"j1", "j2"}, 1},
		{"its own bastion", "j2", []string{"j2"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, second, worker := serve(t, sshtest.Options{}), serve(t, sshtest.Options{}), serve(t, sshtest.Options{})
			j1, j2, h := at(t, first.Addr()), at(t, second.Addr()), at(t, worker.Addr())
			file := write(t, filepath.Join(t.TempDir(), "config"), fmt.Sprintf(
				"Host *\n User spark\n StrictHostKeyChecking no\n UserKnownHostsFile %s\n GlobalKnownHostsFile /dev/null\n"+
					"Host j1\n HostName %s\n Port %d\nHost j2\n HostName %s\n Port %d\n ProxyJump %s\n",
				j1.KnownHosts[0], j1.HostName, j1.Port, j2.HostName, j2.Port, c.own))
			j2.Name, j2.NeedSSH, j2.Command = "j2", []string{"gssapiauthentication"}, []string{"ssh", "-F", file, "j2"}
			if c.own != "none" {
				j2.Jump = []string{c.own}
			}
			o := withSSH(t)
			o.Resolve = resolve(map[string]*config.Host{"j1": j1, "j2": j2})
			h.Jump = c.jump
			if _, err := connect(t, newPool(t, o), h).Run(t.Context(), hello); err != nil {
				t.Error(err)
			}
			if first.Connections() != c.first || second.Connections() != 1 {
				t.Errorf("%d connections to the first bastion, %d to the second", first.Connections(), second.Connections())
			}
			if len(j2.Command) != 4 {
				t.Errorf("the configuration was changed: %q", j2.Command)
			}
		})
	}
}
