package ssh_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"slices"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh"
	"sparkops/ssh/sshtest"
)

// What a host has shown, beside the lines about its name and its address; those for many hosts
// say nothing about one.
func TestIdentity(t *testing.T) {
	t.Parallel()
	s := serve(t, sshtest.Options{})
	h := at(t, s.Addr())
	_, port, _ := net.SplitHostPort(s.Addr())
	h.HostName = "localhost"
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := gossh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	name, address := "[localhost]:"+port, "[127.0.0.1]:"+port
	entry := func(names string, key gossh.PublicKey) string {
		return names + " " + string(gossh.MarshalAuthorizedKey(key))
	}
	text := entry(name, other) + entry("w2,"+name, s.HostKey()) + entry("*", other) + "@cert-authority " + entry(name, other) + entry("w9", other) + entry(address, other)
	if err := os.WriteFile(h.KnownHosts[0], []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newPool(t, ssh.Options{})
	if _, ok := p.Identity(t.Context(), h); ok {
		t.Error("of a host that there is no connection to")
	}
	connectAs(t, p, h)
	id, ok := p.Identity(t.Context(), h)
	if !ok || id.Typed || id.Kind != "ssh-ed25519" || id.Print != gossh.FingerprintSHA256(s.HostKey()) {
		t.Errorf("%v %+v", ok, id)
	}
	var got []string
	for _, k := range id.Known {
		got = append(got, fmt.Sprint(k.Name, " ", k.Line, " ", k.File == h.KnownHosts[0], " ", k.Print == id.Print))
	}
	if want := []string{name + " 1 true false", name + " 2 true true", address + " 6 true false"}; !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if s.Connections() != 1 {
		t.Errorf("%d connections", s.Connections())
	}
}

// A password that was typed is told of.
func TestIdentityOfAPassword(t *testing.T) {
	t.Parallel()
	v := newVault(t, "right")
	p := newPool(t, ssh.Options{Ask: &person{passwords: []string{"right"}}})
	h := as(t, v.Server, "spark", "w1")
	connect(t, p, h)
	if id, ok := p.Identity(t.Context(), h); !ok || !id.Typed {
		t.Errorf("%v %+v", ok, id)
	}
}
