package ssh

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

// The bound counts what it is not held for, and a hold has a bound itself.
func TestPatience(t *testing.T) {
	late := errors.New("late")
	for _, c := range []struct {
		name string
		do   func(*patience)
		want time.Duration // from the beginning to the end of the context
	}{
		{"never held", func(*patience) {}, 10 * time.Second},
		{"held", func(p *patience) {
			time.Sleep(4 * time.Second)
			release := p.hold(time.Hour, nil)
			time.Sleep(time.Minute)
			release()
			release() // once more changes nothing
		}, 70 * time.Second},
		{"held twice at a time", func(p *patience) {
			first := p.hold(time.Hour, nil)
			time.Sleep(time.Minute)
			second := p.hold(time.Hour, nil)
			first()
			time.Sleep(time.Minute)
			second()
		}, 130 * time.Second},
		{"held again", func(p *patience) {
			for range 3 {
				time.Sleep(2 * time.Second)
				release := p.hold(time.Hour, nil)
				time.Sleep(time.Minute)
				release()
			}
		}, 190 * time.Second},
		{"not let go", func(p *patience) {
			time.Sleep(4 * time.Second)
			p.hold(time.Minute, nil)
		}, 70 * time.Second},
		{"held too late", func(p *patience) {
			time.Sleep(11 * time.Second)
			p.hold(time.Minute, nil)()
		}, 10 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, cancel := withPatience(t.Context(), 10*time.Second, late)
				defer cancel()
				begin := time.Now()
				var took time.Duration
				context.AfterFunc(p, func() { took = time.Since(begin) })
				c.do(p)
				<-p.Done()
				synctest.Wait()
				if took != c.want || context.Cause(p) != late {
					t.Errorf("it ended after %v: %v", took, context.Cause(p))
				}
			})
		})
	}
}

// What has ended is not begun again by letting go.
func TestPatienceEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cancel := withPatience(t.Context(), time.Second, errors.New("late"))
		release := p.hold(time.Hour, nil)
		cancel()
		release()
		time.Sleep(time.Minute)
		if !errors.Is(context.Cause(p), context.Canceled) {
			t.Error(context.Cause(p))
		}
	})
}

// The login learns that a connection goes on in spite of a key that has changed.
func TestVerifierSaysChanged(t *testing.T) {
	known := testKey(t)
	h := &config.Host{Name: "w1", HostName: "w1", Port: 22, Strict: config.No, KnownHosts: []string{filepath.Join(t.TempDir(), "known_hosts")}}
	if err := NewKnownHosts().add(t.Context(), h, known); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key     gossh.PublicKey
		changed bool
	}{{known, false}, {testKey(t), true}} {
		v, err := NewKnownHosts().of(t.Context(), h, func(string, ...any) {})
		if err != nil {
			t.Fatal(err)
		}
		v.arrive = func() {}
		if err := v.check("", &net.TCPAddr{}, c.key); err != nil || v.changed() != c.changed {
			t.Errorf("%v, changed %v", err, v.changed())
		}
	}
}

func testKey(t *testing.T) gossh.PublicKey {
	t.Helper()
	s, err := sshtest.Start(sshtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	return s.HostKey()
}
