package ssh_test

import (
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

// bridged is a pool's options with OpenSSH's client and with what hands it the pool's own way
// through a bastion: this test's program.
func bridged(t testing.TB, bastions map[string]*config.Host) ssh.Options {
	o := withSSH(t)
	o.Executable, o.Resolve = executable(t), resolve(bastions)
	return o
}

// behind marks a host as one behind bastions.
func behind(h *config.Host, jump ...string) *config.Host {
	h.Jump = jump
	return h
}

// However many hosts behind a bastion only OpenSSH's client can reach, there is one login at the
// bastion, which may be one of those hosts itself; and nothing stays between.
func TestOneBastionOverOpenSSH(t *testing.T) {
	t.Parallel()
	for name, over := range map[string]func(*config.Host) *config.Host{"native": func(h *config.Host) *config.Host { return h }, "OpenSSH": onlySSH} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var known []string
			leavesNothing(t, func(t *testing.T) {
				n := 20
				if shelltest.Watched { // each of them is a process of this program
					n = 4
				}
				bastion := serve(t, sshtest.Options{})
				p := newPool(t, bridged(t, map[string]*config.Host{"b": over(at(t, bastion.Addr()))}))
				var all sync.WaitGroup
				for i := range n {
					h := onlySSH(behind(at(t, serve(t, sshtest.Options{}).Addr()), "b"))
					h.Name = fmt.Sprint("w", i)
					known = append(known, h.KnownHosts[0])
					all.Go(func() {
						conn, err := p.Connect(t.Context(), h)
						if err != nil {
							t.Error(err)
							return
						}
						if out, err := conn.Run(t.Context(), hello); err != nil || string(out.Stdout) != "hello\n" {
							t.Errorf("%q, %v", out.Stdout, err)
						}
					})
				}
				all.Wait()
				if bastion.Connections() != 1 || bastion.Logins() != 1 {
					t.Errorf("%d connections to the bastion, %d logins", bastion.Connections(), bastion.Logins())
				}
				var clients string
				for _, file := range known {
					clients += strings.Join(commandLines(t, file), "\n")
				}
				until(t, "nothing stays between", func() bool {
					return !slices.ContainsFunc(commandLines(t, "/way\x00--ssh-way\x00"), func(line string) bool {
						dir, _, _ := strings.Cut(line, "/way ")
						return strings.Contains(clients, dir)
					})
				})
			})
			for _, file := range known {
				nothingOf(t, file)
			}
		})
	}
}

// A real sshd behind a real one.
func TestBridgeOverSSHD(t *testing.T) {
	t.Parallel()
	leavesNothing(t, func(t *testing.T) {
		bastion := sshd(t)
		p := newPool(t, bridged(t, map[string]*config.Host{"b": bastion}))
		for range 2 {
			conn := connect(t, p, onlySSH(behind(sshd(t), "b")))
			if out, err := conn.Run(t.Context(), shell.Script{Body: "head -c 3000000 /dev/zero | tr '\\0' x"}); err != nil || !strings.HasPrefix(string(out.Stdout), "xxx") {
				t.Errorf("%d bytes, %v", len(out.Stdout), err)
			}
		}
	})
}

// Each bastion of a chain is connected to once, too, in the middle of which one needs
// OpenSSH's client.
func TestChainOverOpenSSH(t *testing.T) {
	t.Parallel()
	first, second := serve(t, sshtest.Options{}), serve(t, sshtest.Options{})
	j1, j2 := at(t, first.Addr()), onlySSH(at(t, second.Addr()))
	j1.Name, j2.Name = "j1", "j2"
	p := newPool(t, bridged(t, map[string]*config.Host{"j1": j1, "j2": j2}))
	for _, jump := range [][]string{{"j1", "j2"}, {"j1", "j2"}, {"j1"}} {
		if _, err := connect(t, p, onlySSH(behind(at(t, serve(t, sshtest.Options{}).Addr()), jump...))).Run(t.Context(), hello); err != nil {
			t.Error(err)
		}
	}
	if first.Connections() != 1 || second.Connections() != 1 {
		t.Errorf("%d connections to the first bastion, %d to the second", first.Connections(), second.Connections())
	}
}

// What is wrong on the way is what it is without a client in between.
func TestBridgeFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		bastion sshtest.Options
		host    func(t *testing.T) string
		class   shell.Class
		says    string
	}{
		{"it forwards nothing", sshtest.Options{RefuseForwarding: true}, func(t *testing.T) string { return serve(t, sshtest.Options{}).Addr() }, shell.ClassRefused, "through the bastion b"},
		{"nobody listens", sshtest.Options{}, func(*testing.T) string { return nobody }, shell.ClassRefused, "through the bastion b"},
		{"silent", sshtest.Options{}, func(t *testing.T) string { return rogue(t, sshtest.Silent).Addr() }, shell.ClassTimeout, "OpenSSH's client was waiting"},
		{"closes", sshtest.Options{}, func(t *testing.T) string { return rogue(t, sshtest.HangUp).Addr() }, shell.ClassClosed, "did not reach w1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bastion := at(t, serve(t, c.bastion).Addr())
			bastion.Name = "b"
			h := onlySSH(behind(at(t, c.host(t)), "b"))
			if c.class == shell.ClassTimeout {
				h.ConnectTimeout = 5 * time.Second // in which OpenSSH's client has begun
			}
			if e := refusal(t, newPool(t, bridged(t, map[string]*config.Host{"b": bastion})), h); e.Class != c.class || !strings.Contains(e.Error(), c.says) {
				t.Errorf("class %s: %v", e.Class, e)
			}
			nothingOf(t, h.KnownHosts[0])
		})
	}
}

// A bastion that goes takes with it the clients behind it, and who waits for them learns of it.
func TestBridgeBreaks(t *testing.T) {
	shelltest.Unwatched(t)
	leavesNothing(t, func(t *testing.T) {
		s := serve(t, sshtest.Options{})
		h := onlySSH(behind(at(t, serve(t, sshtest.Options{}).Addr()), "b"))
		conn := connect(t, newPool(t, bridged(t, map[string]*config.Host{"b": at(t, s.Addr())})), h)
		_, err := conn.Run(t.Context(), shell.Script{Body: "echo begun; sleep 60", Stdout: closing{s}})
		if e := shell.AsError(err, ""); e.Class != shell.ClassLost || !e.Began {
			t.Errorf("class %s, began %v: %v", e.Class, e.Began, e)
		}
		nothingOf(t, h.KnownHosts[0])
	})
}

// Where nobody is there to hand a way over, or to take it, that is an exit code.
func TestNoWay(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("unix", t.TempDir()+"/s")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, socket := range []string{l.Addr().String() + "x", l.Addr().String()} { // the second has no socket for its output
		if code := way(t, socket); code != 1 {
			t.Errorf("%s: exit code %d", socket, code)
		}
	}
}

// way runs this test's program as a client's ProxyCommand, and returns its exit code.
func way(t *testing.T, socket string) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), executable(t), "--ssh-way", socket)
	cmd.Run()
	return cmd.ProcessState.ExitCode()
}
