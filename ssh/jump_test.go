package ssh_test

import (
	"errors"
	"fmt"
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

func TestTwoHundredWorkersBehindABastion(t *testing.T) {
	leavesNothing(t, func(t *testing.T) {
		bastion, worker := serve(t, sshtest.Options{}), serve(t, sshtest.Options{})
		p := newPool(t, ssh.Options{Resolve: resolve(map[string]*config.Host{"b": at(t, bastion.Addr())})})
		var all sync.WaitGroup
		n := 200
		if shelltest.Watched { // a handshake is ten times the work there
			n = 50
		}
		for i := range n {
			h := at(t, worker.Addr())
			h.Name, h.User, h.Jump = fmt.Sprintf("w%d", i), fmt.Sprintf("u%d", i), []string{"b"}
			all.Go(func() {
				conn, err := p.Connect(t.Context(), h)
				if err != nil {
					t.Error(err)
					return
				}
				if i%10 > 0 {
					return
				}
				if out, err := conn.Run(t.Context(), shell.Script{Body: `echo "$USER"`}); err != nil || string(out.Stdout) != h.User+"\n" {
					t.Errorf("%s: %q, %v", h.Name, out.Stdout, err)
				}
			})
		}
		all.Wait()
		if bastion.Connections() != 1 || worker.Connections() != n {
			t.Errorf("%d connections to the bastion, %d to the workers", bastion.Connections(), worker.Connections())
		}
	})
}

func TestSeveralBastions(t *testing.T) {
	a, b, w := serve(t, sshtest.Options{}), serve(t, sshtest.Options{}), serve(t, sshtest.Options{})
	p := newPool(t, ssh.Options{Resolve: resolve(map[string]*config.Host{"a": at(t, a.Addr()), "b": at(t, b.Addr())})})
	h := at(t, w.Addr())
	h.Jump = []string{"a", "b"}
	if _, err := connect(t, p, h).Run(t.Context(), hello); err != nil {
		t.Error(err)
	}
	if a.Connections() != 1 || b.Connections() != 1 || w.Connections() != 1 {
		t.Errorf("%d, %d, %d connections", a.Connections(), b.Connections(), w.Connections())
	}
}

// Hosts that are each other's bastion are refused at once, also where both are asked for at
// a time and would wait for each other.
func TestJumpLoop(t *testing.T) {
	leavesNothing(t, func(t *testing.T) {
		s := serve(t, sshtest.Options{})
		hosts := map[string]*config.Host{}
		for name, jump := range map[string]string{"a": "b", "b": "c", "c": "a", "own": "own", "outside": "a"} {
			h := at(t, s.Addr())
			h.Name, h.User, h.Jump = name, name, []string{jump}
			hosts[name] = h
		}
		p := newPool(t, ssh.Options{Resolve: resolve(hosts)})
		var all sync.WaitGroup
		begin := time.Now()
		for _, name := range []string{"a", "b", "c", "outside"} {
			all.Go(func() {
				_, err := p.Connect(t.Context(), hosts[name])
				if e := shell.AsError(err, ""); e.Class != shell.ClassConfig || !strings.Contains(e.Error(), "through itself") {
					t.Errorf("%s: class %s: %v", name, e.Class, err)
				}
			})
		}
		all.Wait()
		if took := time.Since(begin); took > patience/2 {
			t.Errorf("it took %v", took)
		}
		direct := *hosts["own"]
		direct.Name, direct.User, direct.Jump = "behind", "behind", []string{"own"}
		connect(t, p, &direct) // the bastion own is its own bastion, which is none
	})
}

func TestBastionFails(t *testing.T) {
	t.Parallel()
	strict, open, worker := serve(t, sshtest.Options{RefuseForwarding: true}), serve(t, sshtest.Options{}), serve(t, sshtest.Options{})
	silent, relay := rogue(t, sshtest.Silent), &sshtest.Relay{To: open.Addr()}
	stopped := rogue(t, relay.Serve)
	bounded := func(h *config.Host) *config.Host {
		h.ConnectTimeout = time.Second
		return h
	}
	named := at(t, strict.Addr())
	named.Name = "strict"
	p := newPool(t, ssh.Options{Resolve: resolve(map[string]*config.Host{
		"strict": named, "open": at(t, open.Addr()), "silent": bounded(at(t, silent.Addr())), "stopped": at(t, stopped.Addr()),
	})})
	through := func(bastion, address string) *config.Host {
		h := at(t, address)
		h.Jump = []string{bastion}
		return h
	}
	if e := refusal(t, p, through("strict", worker.Addr())); e.Class != shell.ClassRefused || !errors.Is(e, ssh.ErrForwardingRefused) || !strings.Contains(e.Hint, "AllowTcpForwarding yes") || !strings.Contains(e.Hint, "of strict;") || !strings.HasSuffix(e.Hint, "ssh -J strict w1 true") {
		t.Errorf("forwarding is off: class %s, hint %q: %v", e.Class, e.Hint, e)
	}
	if e := refusal(t, p, through("open", nobody)); e.Class != shell.ClassRefused || errors.Is(e, ssh.ErrForwardingRefused) || e.Hint != "ssh -J open w1 true" {
		t.Errorf("nobody listens: class %s, hint %q: %v", e.Class, e.Hint, e)
	}
	if e := refusal(t, p, through("open", "no-such-host.invalid:22")); e.Class != shell.ClassDNS {
		t.Errorf("no such host: class %s: %v", e.Class, e)
	}
	if e := refusal(t, p, through("nobody", worker.Addr())); e.Class != shell.ClassConfig || !strings.Contains(e.Error(), "nobody") {
		t.Errorf("no such bastion: class %s: %v", e.Class, e)
	}
	if e := refusal(t, p, bounded(through("open", silent.Addr()))); e.Class != shell.ClassTimeout || !strings.Contains(e.Error(), silent.Addr()) {
		t.Errorf("a silent worker: class %s: %v", e.Class, e)
	}
	if e := refusal(t, p, through("silent", worker.Addr())); e.Class != shell.ClassTimeout || !strings.Contains(e.Error(), "no answer from "+silent.Addr()) {
		t.Errorf("a silent bastion: class %s: %v", e.Class, e)
	}
	connect(t, p, through("stopped", worker.Addr()))
	relay.Stop()
	begin := time.Now()
	if e := refusal(t, p, bounded(through("stopped", open.Addr()))); e.Class != shell.ClassTimeout {
		t.Errorf("a bastion that has stopped: class %s: %v", e.Class, e)
	}
	p.Close() // though neither bastion nor worker says goodbye
	if took := time.Since(begin); took > patience {
		t.Errorf("it took %v", took)
	}
}
