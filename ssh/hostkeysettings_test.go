package ssh_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

// What the configuration says about host keys beside known_hosts, with ssh's verdict.
func TestHostKeySettings(t *testing.T) {
	shelltest.Unwatched(t)
	keys := newHostKeys(t)
	binary := openSSH(t)
	dir := t.TempDir()
	file := func(name, text string) string {
		return write(t, filepath.Join(dir, name), keys.lines(text, "127.0.0.1:22"))
	}
	revoked := func(file string) func(*config.Host) { return func(h *config.Host) { h.RevokedHostKeys = file } }
	algorithms := func(list string) func(*config.Host) { return func(h *config.Host) { h.HostKeyAlgorithms = list } }
	authority := func(list string) func(*config.Host) {
		return func(h *config.Host) { h.CASignatureAlgorithms = list }
	}
	rsaSize := func(bits int) func(*config.Host) { return func(h *config.Host) { h.MinRSA = bits } }
	local := func(alias string) func(*config.Host) {
		return func(h *config.Host) { h.NoHostAuthForLocal, h.HostKeyAlias = true, alias }
	}
	const byCA = "@cert-authority * =CA\n"
	for _, c := range []struct {
		name, server, known string
		set                 func(*config.Host)
		is                  string
	}{
		{"revoked by a file", "ED", "HOST =ED\n", revoked(file("ed", "# comment\n\n=ED a comment\n")), "revoked"},
		{"another one is revoked by a file", "ED", "HOST =ED\n", revoked(file("other", "=OTHER\n=CA\n")), "known"},
		{"another one is revoked by a file, unknown", "ED", "", revoked(file("other", "=OTHER\n=CA\n")), "unknown"},
		{"certificate whose authority is revoked by a file", "cert", byCA, revoked(file("ca", "=CA\n")), "revoked"},
		{"certificate whose key is revoked by a file", "cert", byCA, revoked(file("ed", "=ED\n")), "revoked"},
		{"no file of revoked keys", "ED", "HOST =ED\n", revoked(filepath.Join(dir, "missing")), "revoked"},
		{"garbage in the file of revoked keys", "ED", "HOST =ED\n", revoked(file("garbage", "=OTHER\ngarbage\n")), "revoked"},
		{"empty file of revoked keys", "ED", "HOST =ED\n", revoked(file("empty", "")), "known"},
		{"revoked by a file on this machine", "ED", "HOST =ED\n", func(h *config.Host) { h.RevokedHostKeys, h.NoHostAuthForLocal = filepath.Join(dir, "ed"), true }, "revoked"},
		{"this machine, another key", "ED", "HOST =OTHER\n", local(""), "known"},
		{"this machine, unknown", "ED", "", local(""), "known"},
		{"this machine, revoked in known_hosts", "ED", "@revoked * =ED\n", local(""), "known"},
		{"this machine under an alias, another key", "ED", "farm =OTHER\n", local("farm"), "changed"},
		{"explicit list", everything, "HOST =RSA\n", algorithms("ssh-ed25519,rsa-sha2-512"), "changed"},
		{"explicit list, other order", everything, "HOST =RSA\n", algorithms("rsa-sha2-512,ssh-ed25519"), "known"},
		{"explicit list of one", everything, "HOST =ECDSA\n", algorithms("ecdsa-*"), "known"},
		{"head of the list", everything, "HOST =ECDSA\n", algorithms("^rsa-sha2-512"), "changed"},
		{"without ed25519", everything, "", algorithms("-ssh-ed25519*"), "unknown"},
		{"without ed25519, it is the known one", everything, "HOST =ED\n", algorithms("-ssh-ed25519*"), "changed"},
		{"more, with the known one first", everything, "HOST =RSA\n", algorithms("+ssh-rsa"), "known"},
		{"certificates only", everything, byCA, algorithms("*-cert-v01@openssh.com"), "known"},
		{"no certificates", everything, byCA, algorithms("-*cert*"), "unknown"},
		{"RSA key that is too short", "RSA", "HOST =RSA\n", rsaSize(4096), "revoked"},
		{"RSA key that is long enough", "RSA", "HOST =RSA\n", rsaSize(2048), "known"},
		{"authority may sign so", "cert", byCA, authority("ssh-ed25519"), "known"},
		{"authority may not sign so", "cert", byCA, authority("rsa-sha2-512"), "unknown"},
		{"authority may not sign so, by taking from the list", "cert", byCA, authority("-ssh-ed*"), "unknown"},
		{"RSA authority may sign so", "rsa cert", "@cert-authority * =RSA\n", authority("^ssh-rsa"), "known"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var o sshtest.Options
			for _, name := range keys.named(c.server) {
				o.HostKeys = append(o.HostKeys, keys[name])
			}
			s := serve(t, o)
			for policy, word := range policies {
				h := at(t, s.Addr())
				c.set(h)
				h.Strict = policy
				known := keys.lines(c.known, s.Addr())
				write(t, h.KnownHosts[0], known)
				_, err := newPool(t, ssh.Options{}).Connect(t.Context(), h)
				if verdicts[c.is][policy] != (err == nil) || err != nil && shell.AsError(err, "").Class != shell.ClassHostKey {
					t.Errorf("%s: %v", word, err)
				}
				now := read(t, h.KnownHosts[0])
				if binary == "" || policy == config.Ask || policy == config.No {
					continue
				}
				write(t, h.KnownHosts[0], known)
				if theirs := asOpenSSH(t, binary, word, h); theirs != (err == nil) {
					t.Errorf("%s: ssh: %v; here: %v", word, theirs, err)
				}
				if theirs := read(t, h.KnownHosts[0]); theirs != now {
					t.Errorf("%s: ssh remembers %q; here: %q", word, theirs, now)
				}
			}
		})
	}
}

// A list with nothing that is supported here is no reason to offer something else.
func TestNoHostKeyAlgorithm(t *testing.T) {
	s := serve(t, sshtest.Options{})
	h := at(t, s.Addr())
	h.HostKeyAlgorithms = "sk-*"
	if e := refusal(t, newPool(t, ssh.Options{}), h); e.Class != shell.ClassConfig || s.Connections() != 0 {
		t.Errorf("class %s, %d connections: %v", e.Class, s.Connections(), e)
	}
}

// A list of revoked keys that is not understood revokes everything.
func TestRevocationList(t *testing.T) {
	h := at(t, serve(t, sshtest.Options{}).Addr())
	h.RevokedHostKeys = write(t, filepath.Join(t.TempDir(), "krl"), "SSHKRL\n\x00\x00")
	if e := refusal(t, newPool(t, ssh.Options{}), h); e.Class != shell.ClassHostKey || !strings.Contains(e.Error(), "ssh-keygen -k") {
		t.Errorf("class %s: %v", e.Class, e)
	}
}

// What is offered to the server, and in which order, is what ssh offers, but for the
// algorithms that are not supported here.
func TestOfferedHostKeyAlgorithms(t *testing.T) {
	shelltest.Unwatched(t)
	keys := newHostKeys(t)
	program := openSSH(t)
	if program == "" {
		return
	}
	supported := gossh.SupportedAlgorithms().HostKeys
	supported = append(supported, gossh.InsecureAlgorithms().HostKeys...)
	for _, known := range []string{"", "HOST =ED\n", "HOST =ECDSA\n", "HOST =RSA\n", "HOST =RSA\nHOST =ECDSA\n", "BARE =RSA\n", "{HOST} =RSA\n", "@cert-authority * =CA\n",
		"@cert-authority * =CA\nHOST =RSA\n", "@cert-authority BARE =CA\n", "@revoked * =RSA\n"} {
		for _, list := range []string{"", "ssh-ed25519,rsa-sha2-256", "+ssh-rsa,ssh-dss", "^rsa-sha2-*,ssh-ed25519", "-ssh-ed25519*", "-ecdsa*,*-cert-*", "*", "rsa*,ecdsa-sha2-nistp???"} {
			t.Run(fmt.Sprintf("%.20q %s", known, list), func(t *testing.T) {
				t.Parallel()
				to := serve(t, sshtest.Options{HostKeys: []gossh.Signer{keys["ED"], keys["RSA"]}}).Addr()
				heard := make(chan *listener, 2)
				r := rogue(t, func(ctx context.Context, conn net.Conn) {
					l := &listener{Conn: conn}
					(&sshtest.Relay{To: to}).Serve(ctx, l)
					heard <- l
				})
				h := at(t, r.Addr())
				h.HostKeyAlgorithms, h.Strict = list, config.Yes
				write(t, h.KnownHosts[0], keys.lines(known, r.Addr()))
				p := newPool(t, ssh.Options{})
				p.Connect(t.Context(), h) // whatever the verdict is
				p.Close()
				ours := (<-heard).hostKeys(t)
				asOpenSSH(t, program, "yes", h)
				theirs := slices.DeleteFunc((<-heard).hostKeys(t), func(a string) bool { return !slices.Contains(supported, a) })
				if len(ours) == 0 || !slices.Equal(ours, theirs) {
					t.Errorf("ssh:  %v\nhere: %v", theirs, ours)
				}
			})
		}
	}
}

// listener keeps what a client says.
type listener struct {
	net.Conn
	mu   sync.Mutex
	said []byte
}

func (l *listener) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = append(l.said, p[:n]...)
	return n, err
}

// hostKeys are the host key algorithms of the client's KEXINIT, which follows its version.
func (l *listener) hostKeys(t *testing.T) []string {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	_, packet, _ := strings.Cut(string(l.said), "\n")
	const head = 4 + 1 + 1 + 16 // length, padding, type, cookie
	lists := []byte(packet)[head:]
	lists = lists[4+binary.BigEndian.Uint32(lists):] // key exchange
	return strings.Split(string(lists[4:4+binary.BigEndian.Uint32(lists)]), ",")
}
