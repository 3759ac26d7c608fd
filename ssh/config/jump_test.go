package config

import (
	"context"
	"strings"
	"testing"
)

func TestHop(t *testing.T) {
	dir := write(t, map[string]string{"config": "Host gw\nHostName gw.example\nUser ops\nPort 2200\nUserKnownHostsFile /%p-%r\nProxyJump first\nHost *\nUser all\n"})
	files, err := Load(Options{File: dir + "/config", User: "me", Extra: []Setting{{"Port", "9"}, {"User", "typed"}, {"ProxyJump", "gw"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ hop, want string }{
		{"gw", "hostname=gw.example port=2200 user=ops proxyjump=first userknownhostsfile=/2200-ops"},
		{"me@gw:7", "hostname=gw.example port=7 user=me proxyjump=first userknownhostsfile=/7-me"},
		{"a@b@gw", "user=a@b hostname=gw.example"},
		{"first", "hostname=first port=22 user=all"},
		{"[::1]:7", "hostname=::1 port=7"},
		{"[::1]", "hostname=::1 port=22"},
		{"10.0.0.1:22", "hostname=10.0.0.1 port=22"},
		{"u@[fe80::1%eth0]", "hostname=fe80::1%eth0 user=u"},
	} {
		h, err := files.Hop(context.Background(), c.hop)
		if err != nil {
			t.Errorf("%s: %v", c.hop, err)
			continue
		}
		for want := range strings.SplitSeq(c.want, " ") {
			if got := answer(h); !strings.Contains(got, want+"\n") {
				t.Errorf("%s: no %s in\n%s", c.hop, want, got)
			}
		}
	}
	for _, hop := range []string{"", "@gw", "::1", "gw:", "gw:0", "gw:x", "[gw", "a]b", ":22", "[]"} {
		if h, err := files.Hop(context.Background(), hop); err == nil {
			t.Errorf("%q: %+v", hop, h)
		}
	}
}

// A ProxyJump for everybody is one for the bastion too: ssh ends with "jumphost loop". Where
// the bastion is not asked for by itself, that is for who makes the connections.
func TestOwnBastion(t *testing.T) {
	dir := write(t, map[string]string{"config": "Host *\nProxyJump gw\n", "not": "Host * !gw\nProxyJump gw\n"})
	all, err := Load(Options{File: dir + "/config", User: "me"})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := all.Host(context.Background(), "n1"); err != nil || strings.Join(h.Jump, ",") != "gw" {
		t.Errorf("%v %+v", err, h)
	}
	for _, name := range []string{"gw", "GW"} {
		if _, err := all.Host(context.Background(), name); err == nil || !strings.Contains(err.Error(), "config:2: proxyjump: "+name+" is its own bastion") {
			t.Errorf("%v", err)
		}
	}
	if h, err := all.Hop(context.Background(), "gw"); err != nil || h.HostName != "gw" {
		t.Errorf("%v %+v", err, h)
	}
	if got, err := resolve(Options{File: dir + "/not", User: "me"}, "gw"); err != nil || !strings.Contains(got, "proxyjump=\n") {
		t.Errorf("%v %s", err, got)
	}
}
