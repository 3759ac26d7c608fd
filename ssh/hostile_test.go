package ssh_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/sshtest"
)

const http = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n400 Bad Request"

// margin is what a verdict may take beyond its bound.
const margin = 500 * time.Millisecond

// hostile is a server that misbehaves, and what is to be said of it.
type hostile struct {
	name    string
	conduct sshtest.Conduct
	class   shell.Class // "" if the script ends well
	says    string
	began   string // "no", "yes": it may have; "": either, for it is a race
	once    bool   // it must not be tried again
}

// verdict is what a script comes to within its bound and half a second. This machine may be
// late by itself: so lateness is counted from when a timer went off that was set for the same
// moment, and being late twice is put down to chance. Code that waits for something other
// than its bound is late every time.
func verdict(t *testing.T, c hostile, s shell.Script, bound time.Duration) (e *shell.Error, connections int) {
	t.Helper()
	for n := 1; ; n++ {
		r := rogue(t, c.conduct)
		h := at(t, r.Addr())
		h.ConnectTimeout = bound
		p := newPool(t, ssh.Options{})
		control := make(chan time.Duration, 1)
		begin := time.Now()
		time.AfterFunc(bound, func() { control <- time.Since(begin) })
		ctx, cancel := context.WithTimeout(t.Context(), bound)
		conn, err := p.Connect(t.Context(), h)
		if err == nil {
			_, err = conn.Run(ctx, s)
		}
		took := time.Since(begin)
		cancel()
		p.Close()
		if took > bound+margin {
			if late := <-control; took > late+margin {
				t.Logf("the verdict took %v, a timer %v: %v", took, late, err)
				if n < 3 {
					continue
				}
				t.Errorf("the verdict is always late")
			}
		}
		if err == nil {
			return nil, r.Connections()
		}
		e, ok := err.(*shell.Error)
		if !ok {
			t.Fatalf("%v (a %T)", err, err)
		}
		return e, r.Connections()
	}
}

// judge runs a script against each server, side by side. Where it is the bound that ended it
// too early to be met by what the server does, or a sign of life came too late, on a slow
// machine, it has more time.
func judge(t *testing.T, all []hostile, s shell.Script, bound time.Duration) {
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for bound := bound; ; bound *= 3 {
				e, connections := verdict(t, c, s, bound)
				wrong := c.wrong(e, connections)
				if wrong == "" {
					return
				}
				late := e != nil && (e.Class == shell.ClassTimeout || e.Class == shell.ClassLost)
				if !late || bound > patience {
					t.Fatal(wrong)
				}
			}
		})
	}
}

// wrong says what is wrong with a verdict, "" if nothing is.
func (c hostile) wrong(e *shell.Error, connections int) string {
	switch {
	case e == nil && c.class == "":
		return ""
	case e == nil:
		return "it ended well"
	case e.Class != c.class || !strings.Contains(e.Error(), c.says) || e.Hint == "":
		return fmt.Sprintf("class %s, hint %q: %v", e.Class, e.Hint, e)
	case c.began != "" && e.Began != (c.began == "yes"):
		return fmt.Sprintf("began %v: %v", e.Began, e)
	case c.once && connections > 1:
		return fmt.Sprintf("it was tried %d times: %v", connections, e)
	}
	return ""
}

// breath is between the words of a server that never ends. Under the race detector none would be
// the work of all processors until the bound.
func breath() time.Duration {
	if shelltest.Watched {
		return time.Millisecond
	}
	return 0
}

// However a server misbehaves, there is an answer within the bound, and it says what was met.
func hostileServers(t *testing.T) {
	const timeout, closed, lost = shell.ClassTimeout, shell.ClassClosed, shell.ClassLost
	all := []hostile{
		{"another greeting", sshtest.Say("220 mail ESMTP\r\n"), timeout, "220 mail ESMTP", "no", true},
		{"says why it closes", sshtest.Leave("Exceeded MaxStartups\r\n"), closed, "Exceeded MaxStartups", "no", false},
		{"http", sshtest.Leave(http), closed, "HTTP/1.1 400 Bad Request", "no", false},
		{"endless lines", sshtest.Babble("Welcome!\r\n"), closed, "Welcome!", "no", true},
		{"endless line", sshtest.Babble("x"), closed, "xxx", "no", true},
		{"garbage", sshtest.Babble("SSH-2.0-rogue\r\n\xff\xff\xff\xff\x00garbage"), closed, "does not speak SSH", "no", true},
		{"drip of one byte a second", sshtest.Drip("SSH-2.0-rogue\r\n"), timeout, "no answer", "no", true},
		{"drip of another greeting", sshtest.Drip("220 mail ESMTP\r\n"), timeout, "no answer", "no", true},
		{"endless banner", sshtest.EndlessBanner("Welcome!\n", breath()), timeout, "Welcome!", "no", true},
		{"endless large banner", sshtest.EndlessBanner(strings.Repeat("Welcome!\n", 20_000), 50*breath()), timeout, "Welcome!", "no", true},
	}
	silent := map[sshtest.Phase]string{sshtest.Granted: "yes", sshtest.MidOutput: "yes"}
	for _, phase := range sshtest.Phases {
		began := cmp.Or(silent[phase], "no")
		all = append(all, hostile{"silent after " + string(phase), sshtest.Until(phase, sshtest.Mute), timeout, "", began, true})
	}
	for _, c := range []hostile{
		{string(sshtest.Accepted), nil, closed, "closed the connection", "no", false},
		{string(sshtest.Version), nil, closed, "closed the connection", "no", false},
		{string(sshtest.Exchanged), nil, closed, "during the login", "no", true},
		{string(sshtest.LoggedIn), nil, lost, "the connection to w1 ", "no", true},
		{string(sshtest.Opened), nil, lost, "the connection to w1 ", "no", true},
		{string(sshtest.Granted), nil, lost, "the connection to w1 ", "", true},
		{string(sshtest.MidOutput), nil, lost, "the connection to w1 ", "yes", true}, // dies in mid output
	} {
		c.conduct = sshtest.Until(sshtest.Phase(c.name), sshtest.HangUp)
		c.name = "closes after " + c.name
		all = append(all, c)
	}
	t.Run("all", func(t *testing.T) { judge(t, all, hello, 2*time.Second) })
}

// A server that lives, but does not open a session or grant the command, is not waited for,
// however long the script may take.
func muteServers(t *testing.T) {
	shelltest.Unwatched(t) // eight seconds of waiting
	t.Run("all", func(t *testing.T) {
		for _, phase := range []sshtest.Phase{sshtest.LoggedIn, sshtest.Opened} {
			t.Run(string(phase), func(t *testing.T) {
				t.Parallel()
				h := at(t, rogue(t, sshtest.Until(phase, sshtest.Mute)).Addr())
				h.ConnectTimeout = 8 * time.Second // in which it has connected
				_, err := connect(t, newPool(t, ssh.Options{}), h).Run(t.Context(), hello)
				e := shell.AsError(err, "")
				if e.Class != shell.ClassTimeout || e.Began || e.Hint == "" || !strings.Contains(e.Error(), "in 8s") {
					t.Errorf("class %s, began %v, hint %q: %v", e.Class, e.Began, e.Hint, e)
				}
			})
		}
	})
}

func TestNobodyThere(t *testing.T) {
	h := at(t, nobody)
	p := newPool(t, ssh.Options{ConnectTimeout: patience})
	if e := refusal(t, p, h); e.Class != shell.ClassRefused {
		t.Errorf("class %s: %v", e.Class, e)
	}
	h.HostName = "no-such-host.invalid"
	if e := refusal(t, p, h); e.Class != shell.ClassDNS || !strings.Contains(e.Error(), h.HostName) {
		t.Errorf("class %s: %v", e.Class, e)
	}
}

// boundOf is short where the bound is what ends the script.
func boundOf(class shell.Class) time.Duration {
	if class == shell.ClassTimeout {
		return 3 * time.Second
	}
	return patience
}

// babble writes text to a channel until it is closed.
func babble(text string, pause time.Duration) func(gossh.Channel) {
	return func(c gossh.Channel) {
		for {
			if _, err := io.WriteString(c, text); err != nil {
				return
			}
			time.Sleep(pause)
		}
	}
}

func hostileSessions(t *testing.T) {
	const timeout, noShell = shell.ClassTimeout, shell.ClassShell
	status := gossh.Marshal(struct{ Status uint32 }{0})
	signal := gossh.Marshal(struct {
		Name       string
		Core       bool
		Text, Lang string
	}{Name: "SEGV"})
	granted := func(then func(gossh.Channel)) sshtest.Conduct { return sshtest.Sessions(sshtest.Grant(then)) }
	t.Run("all", func(t *testing.T) {
		judge(t, []hostile{
			{"sealed", sshtest.Sealed, timeout, "", "no", true},
			{"channel refused", sshtest.RefuseSessions, noShell, "w1 opens no session", "no", true},
			{"exec refused", sshtest.Sessions(func(_ gossh.Channel, requests <-chan *gossh.Request) { gossh.DiscardRequests(requests) }), noShell, "w1 runs no commands", "no", true},
			{"no answer to exec", sshtest.Sessions(func(_ gossh.Channel, requests <-chan *gossh.Request) {
				for range requests {
				}
			}), timeout, "", "no", true},
			{"closes instead of exec", sshtest.Sessions(func(c gossh.Channel, _ <-chan *gossh.Request) { c.Close() }), noShell, "did not run", "no", true},
			{"no exit-status", sshtest.Sessions(sshtest.NoStatus), "", "", "", true},
			{"nothing at all", granted(func(gossh.Channel) {}), timeout, "no answer", "yes", true},
			{"nothing but the end", granted(func(c gossh.Channel) { c.Close() }), noShell, "did not run", "no", true},
			{"exit-signal", granted(func(c gossh.Channel) { c.SendRequest("exit-signal", false, signal) }), noShell, "signal SEGV", "no", true},
			{"broken and many statuses", granted(func(c gossh.Channel) {
				for range 100 {
					c.SendRequest("exit-status", false, []byte{0})
					c.SendRequest("exit-signal", true, []byte{0})
					c.SendRequest("no-such-request", true, nil)
				}
				c.Close()
			}), noShell, "did not run", "no", true},
			{"endless noise", granted(babble(strings.Repeat("noise\n", 1000), breath())), timeout, "no answer", "yes", true},
			{"drip of one byte a second", granted(babble("x", time.Second)), timeout, "no answer", "yes", true},
			{"leaves the script unread", granted(func(c gossh.Channel) { c.CloseWrite() }), noShell, "may have run or not", "yes", true},
		}, hello, 3*time.Second)
	})
	t.Run("longer", func(t *testing.T) { // an answer may come for 15 s behind a status
		shelltest.Unwatched(t)
		judge(t, []hostile{
			{"nothing but a status", granted(func(c gossh.Channel) { c.SendRequest("exit-status", false, status) }), noShell, "with status 0", "no", true},
		}, hello, patience)
	})
}

// A server that takes the beginning of a script and no more does not hold the writer.
func windowNeverOpened(t *testing.T) {
	big := shell.Script{Vars: []shell.Var{{Name: "big", Value: strings.Repeat("x", 8<<20)}}, Body: ":"}
	t.Run("all", func(t *testing.T) {
		judge(t, []hostile{
			{"window never opened", sshtest.Sessions(sshtest.Grant(func(gossh.Channel) {})), shell.ClassTimeout, "no answer", "yes", true},
			{"never opened, and closed", sshtest.Sessions(sshtest.Grant(func(c gossh.Channel) { c.Close() })), shell.ClassShell, "did not run", "no", true},
		}, big, 2*time.Second)
	})
}

// What nobody reads is not fetched: a script may write any amount.
func TestOutputIsBoundedInMemory(t *testing.T) {
	shelltest.Unwatched(t) // it is a matter of bytes
	leavesNothing(t, func(t *testing.T) {
		relay := &sshtest.Relay{To: serve(t, sshtest.Options{}).Addr()}
		conn := connect(t, newPool(t, ssh.Options{}), at(t, rogue(t, relay.Serve).Addr()))
		const size, most = 32 << 20, 4 << 20 // the window of a channel is 2 MiB
		out := &holding{begun: make(chan struct{}), proceed: make(chan struct{})}
		ended := make(chan error, 1)
		go func() {
			_, err := conn.Run(t.Context(), shell.Script{Body: fmt.Sprintf("head -c %d /dev/zero", size), Stdout: out})
			ended <- err
		}()
		<-out.begun
		for last := -1; last != relay.Passed(); time.Sleep(200 * time.Millisecond) {
			last = relay.Passed()
		}
		if n := relay.Passed(); n > most {
			t.Errorf("%d bytes have come", n)
		}
		close(out.proceed)
		if err := <-ended; err != nil || out.n != size {
			t.Errorf("%d bytes: %v", out.n, err)
		}
	})
}

// holding is a writer that does not return before it may.
type holding struct {
	begun, proceed chan struct{}
	once           sync.Once
	n              int
}

func (h *holding) Write(b []byte) (int, error) {
	h.once.Do(func() { close(h.begun) })
	<-h.proceed
	h.n += len(b)
	return len(b), nil
}

func TestExecRefused(t *testing.T) {
	_, e := attempt(t, at(t, serve(t, sshtest.Options{RefuseExec: true}).Addr()), hello, patience)
	if e == nil || e.Class != shell.ClassShell || e.Began || !strings.Contains(e.Error(), "runs no commands") {
		t.Errorf("%+v", e)
	}
}

// sshd's MaxSessions counts, so there are never more at a time than it allows.
func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	conn := connect(t, newPool(t, ssh.Options{}), at(t, serve(t, sshtest.Options{}).Addr()))
	dir := shell.Var{Name: "dir", Value: t.TempDir()}
	running := shell.Script{Vars: []shell.Var{dir}, Body: `mkdir "$dir/$$"; ls "$dir" | wc -l; sleep 0.05; rmdir "$dir/$$"`}
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			out, err := conn.Run(t.Context(), running)
			if n, _ := strconv.Atoi(strings.TrimSpace(string(out.Stdout))); err != nil || n < 1 || n > 8 {
				t.Errorf("%d at a time, %v", n, err)
			}
		})
	}
	all.Wait()
}

// A script that a signal has ended is not a script that has ended.
func TestExitSignal(t *testing.T) {
	_, e := attempt(t, at(t, serve(t, sshtest.Options{Shell: loginShell(t, "exec /bin/sh -s")}).Addr()), shell.Script{Body: "kill -9 $$"}, patience)
	if e == nil || e.Class != shell.ClassLost || !e.Began || !strings.Contains(e.Error(), "signal KILL") {
		t.Errorf("%+v", e)
	}
}
