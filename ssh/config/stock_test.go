package config

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// debian is /etc/ssh/ssh_config of Debian 12, without its comments.
const debian = `
Include DIR/ssh_config.d/*.conf

Host *
#   ForwardAgent no
    SendEnv LANG LC_*
    HashKnownHosts yes
    GSSAPIAuthentication yes
`

func TestDebianSystemFile(t *testing.T) {
	dir := write(t, map[string]string{"ssh_config": debian, "ssh_config.d/20-port.conf": "Port 2222\n", "ssh_config.d/README": "no setting\n"})
	o := options(t)
	o.UserFile, o.SystemFile = dir+"/missing", dir+"/ssh_config"
	files, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	h, err := files.Host(context.Background(), "spark@n1")
	if err != nil || !h.HashKnownHosts || h.Port != 2222 || h.User != "spark" || h.Strict != AcceptNew {
		t.Errorf("%v %+v", err, h)
	}
	if want := filepath.Join(dir, "ssh_config") + ":7"; h.From["hashknownhosts"] != want {
		t.Errorf("from %v, want %s", h.From, want)
	}
}

// Fedora's system file has a Match final all, and GSSAPI for everybody.
func TestFedoraSystemFile(t *testing.T) {
	dir := write(t, map[string]string{
		"ssh_config": "Include DIR/ssh_config.d/*.conf\n",
		"ssh_config.d/50-redhat.conf": "# The options here are in the \"Match final block\".\nMatch final all\n\tInclude DIR/openssh.config\n\tGSSAPIAuthentication yes\n" +
			"\tSendEnv LANG LC_*\n",
		"openssh.config":                 "Ciphers aes256-gcm@openssh.com\nRequiredRSASize 2048\n",
		"ssh_config.d/20-systemd.conf":   "Host unix/*\n\tProxyCommand systemd-ssh-proxy %h %p\n\tProxyUseFdpass yes\n",
		"user":                           "Host n1\nPort 3\nHostName N1.example\n",
		"ssh_config.d/50-redhat.conf.md": "Match exec x\n",
	})
	o := options(t)
	o.UserFile, o.SystemFile = dir+"/user", dir+"/ssh_config"
	files, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	h, err := files.Host(context.Background(), "n1")
	if err != nil || h.Port != 3 || h.HostName != "n1.example" || h.Ciphers != "aes256-gcm@openssh.com" || len(h.NeedSSH) > 0 || h.ProxyCommand != "" {
		t.Errorf("%v %+v", err, h)
	}
	if want := dir + "/openssh.config:1"; h.From["ciphers"] != want {
		t.Errorf("from %s, want %s", h.From["ciphers"], want)
	}
}

// TestKeywordsOfOpenSSH holds the table against the keywords that ssh -G prints.
func TestKeywordsOfOpenSSH(t *testing.T) {
	out, err := exec.Command(string(findSSH(t)), "-G", "-F", "none", "n1").Output()
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(out)) {
		keyword, _, _ := strings.Cut(strings.TrimSpace(l), " ")
		if _, known := keywords[strings.ToLower(keyword)]; !known && keyword != "host" {
			t.Errorf("%s is not in the table", keyword)
		}
	}
}

// What cannot be honoured refuses the hosts that it applies to, and no others.
func TestOnlyTheHostsItAppliesTo(t *testing.T) {
	for _, bad := range []string{"ProxyCommand nc %x", "ConnectionAttempts 0", "CertificateFile %x", "UseKeychain yes", "ControlPath ${NOT_SET_AT_ALL}",
		"RevokedHostKeys ~nobody_at_all/x", "HostName %x", "UserKnownHostsFile %q", "ProxyJump bad", "User %r"} {
		dir := write(t, map[string]string{"config": "Host good\nPort 2\nHost bad\n" + bad + "\n"})
		files, err := Load(Options{File: dir + "/config", User: "me"})
		if err != nil {
			t.Errorf("%s: %v", bad, err)
			continue
		}
		if h, err := files.Host(context.Background(), "good"); err != nil || h.Port != 2 {
			t.Errorf("%s: good: %v", bad, err)
		}
		if _, err := files.Host(context.Background(), "bad"); err == nil || !strings.Contains(err.Error(), "config:4: ") {
			t.Errorf("%s: bad: %v", bad, err)
		}
	}
	dir := write(t, map[string]string{"config": "AddressFamily any\nPubkeyAuthentication YES\nCanonicalizeHostname no\nProxyCommand none\n"})
	if _, err := resolve(Options{File: dir + "/config"}, "n1"); err != nil {
		t.Errorf("what is so anyway is refused: %v", err)
	}
}

func TestLoadFiles(t *testing.T) {
	dir := write(t, map[string]string{"home/.ssh/config": "Include more *.inc\nInclude ~/.ssh/home\n", "home/.ssh/more": "Port 2\n", "home/.ssh/a.inc": "User a\n",
		"home/.ssh/home": "HostName h\n", "system": "Include ~/x\n", "config.d/x/y": ""})
	o := Options{UserFile: dir + "/home/.ssh/config", Home: dir + "/home"}
	if got, err := resolve(o, "n1"); err != nil || !strings.Contains(got, "hostname=h\nport=2\nuser=a\n") {
		t.Errorf("relative includes: %v %s", err, got)
	}
	o.SystemFile = dir + "/system"
	if _, err := Load(o); err == nil || !strings.Contains(err.Error(), "system:1: include: ~/x") {
		t.Errorf("~ in a system file: %v", err)
	}
	o.File = "none"
	if got, err := resolve(o, "n1"); err != nil || !strings.Contains(got, "port=22") {
		t.Errorf("-F none: %v %s", err, got)
	}
	for _, file := range []string{dir + "/missing", dir + "/config.d"} {
		o.File = file
		if _, err := Load(o); err == nil || !strings.Contains(err.Error(), "reading "+file+": ") {
			t.Errorf("-F %s: %v", file, err)
		}
	}
}

func TestValues(t *testing.T) {
	dir := write(t, map[string]string{"config": "IdentityAgent ~/a-%r\nGlobalKnownHostsFile ~/x %h\nServerAliveInterval none\nServerAliveInterval 1m\nServerAliveCountMax 5\n" +
		"BatchMode yes\nHost var\nHost none\n", "none": "IdentityAgent none\n", "var": "IdentityAgent $MINE\n", "braces": "IdentityAgent ${MINE}/x\n", "sock": "IdentityAgent SSH_AUTH_SOCK\n"})
	env := map[string]string{"SSH_AUTH_SOCK": "/sock", "MINE": "/%h"}
	o := Options{Home: "/h%me", User: "me", Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok }}
	for file, want := range map[string]string{"config": "/h%me/a-me", "none": "", "var": "/%h", "braces": "/%h/x", "sock": "/sock"} {
		o.File = dir + "/" + file
		files, err := Load(o)
		if err != nil {
			t.Fatal(err)
		}
		h, err := files.Host(context.Background(), "n1")
		if err != nil || h.Agent != want {
			t.Errorf("%s: agent %q, want %q: %v", file, h.Agent, want, err)
		}
		if file == "config" && (!h.Batch || h.AliveInterval != time.Minute || h.AliveMax != 5 || strings.Join(h.GlobalKnownHosts, " ") != "~/x %h") {
			t.Errorf("%+v", h)
		}
	}
}
