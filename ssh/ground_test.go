package ssh_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

// patience is what nothing here may take, on a machine under load, and less than a sleep of those
// who do not answer.
const patience = 40 * time.Second

// TestMain lets more tests run at a time than there are cores, since most of them wait, and
// looks for goroutines that all of them have left.
func TestMain(m *testing.M) {
	if ssh.IsWay(os.Args) {
		os.Exit(ssh.Way(os.Args, os.Stdout))
	}
	flag.Parse()
	flag.Set("test.parallel", "64")
	shelltest.Main(m)
}

// hello is a script that ends well.
var hello = shell.Script{Name: "hello", Body: "echo hello"}

func serve(t testing.TB, o sshtest.Options) *sshtest.Server {
	t.Helper()
	if o.Config == nil && shelltest.Watched {
		o.Config = sshtest.Cheapest
	}
	s, err := sshtest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func rogue(t testing.TB, c sshtest.Conduct) *sshtest.Rogue {
	t.Helper()
	r, err := sshtest.StartRogue(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// at is the configuration of a host that listens at an address; its known_hosts is a new file.
func at(t testing.TB, address string) *config.Host {
	t.Helper()
	name, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return &config.Host{Name: "w1", HostName: name, Port: number, User: "spark", ConnectTimeout: patience, KnownHosts: []string{filepath.Join(t.TempDir(), "known_hosts")}}
}

// newPool returns a pool that is closed when the test ends, and by then has left nothing.
func newPool(t testing.TB, o ssh.Options) *ssh.Pool {
	t.Helper()
	if o.Keys == nil {
		o.Keys = ssh.NewKeyring()
	}
	if o.KnownHosts == nil {
		o.KnownHosts = ssh.NewKnownHosts()
	}
	p := ssh.NewPool(o)
	t.Cleanup(p.Close)
	return p
}

// nobody is an address where nobody listens: no port that another test may be given.
const nobody = "127.0.0.1:9"

// leavesNothing runs test, with its cleanups, and looks for goroutines that are left: those of the
// test alone, which have a label that goroutines hand on, so that others may run beside it. What
// a timer begins has none; TestMain counts all of them at the end.
func leavesNothing(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	pprof.Do(t.Context(), pprof.Labels("test", t.Name()), func(context.Context) { t.Run("all", test) })
	label := fmt.Sprintf("%q:%q", "test", t.Name())
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		var all strings.Builder
		pprof.Lookup("goroutine").WriteTo(&all, 1)
		switch {
		case !strings.Contains(all.String(), label):
			return
		case time.Now().After(end):
			t.Fatalf("left of %s:\n%s", label, all.String())
		}
	}
}

// connect connects to a host that has to be reached.
func connect(t testing.TB, p *ssh.Pool, h *config.Host) *ssh.Conn {
	t.Helper()
	conn, err := p.Connect(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// refusal is why a host is not reached.
func refusal(t testing.TB, p *ssh.Pool, h *config.Host) *shell.Error {
	t.Helper()
	conn, err := p.Connect(t.Context(), h)
	e, ok := errors.AsType[*shell.Error](err)
	if conn != nil || !ok {
		t.Fatalf("%v, %v", conn, err)
	}
	if e.Began {
		t.Errorf("nothing can have begun: %v", e)
	}
	return e
}

// attempt connects to a host and runs a script there within a bound, in a pool of its own.
func attempt(t testing.TB, h *config.Host, s shell.Script, bound time.Duration) (shell.Output, *shell.Error) {
	t.Helper()
	p := newPool(t, ssh.Options{})
	defer p.Close()
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	conn, err := p.Connect(t.Context(), h)
	if err == nil {
		var out shell.Output
		if out, err = conn.Run(ctx, s); err == nil {
			return out, nil
		}
	}
	e, ok := err.(*shell.Error)
	if !ok {
		t.Fatalf("%v (a %T)", err, err)
	}
	return shell.Output{}, e
}

// resolve finds bastions by their names.
func resolve(hosts map[string]*config.Host) func(context.Context, string) (*config.Host, error) {
	return func(_ context.Context, name string) (*config.Host, error) {
		if h, ok := hosts[name]; ok {
			return h, nil
		}
		return nil, errors.New("no such bastion")
	}
}

func newKey(t testing.TB) (private any, signer gossh.Signer) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return private, signerOf(t, private)
}

func signerOf(t testing.TB, private any) gossh.Signer {
	t.Helper()
	signer, err := gossh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// otherPrivateKeys are of the other types. They are made once: RSA takes its time.
var otherPrivateKeys = sync.OnceValue(func() map[string]any {
	short, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return map[string]any{"ecdsa": short, "rsa": long}
})

// writeKey writes a private key file that is not encrypted.
func writeKey(t testing.TB, file string, private any) string {
	t.Helper()
	block, err := gossh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	return write(t, file, string(pem.EncodeToMemory(block)))
}

func write(t testing.TB, file, text string) string {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// executable is the program of this test.
func executable(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
