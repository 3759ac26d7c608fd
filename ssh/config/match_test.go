package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

// matches are Match lines, as in the table answers.
var matches = []struct{ text, host, want string }{
	// Each criterion, and how they stand together.
	{"Match all|Port 9", "", "port=9"},
	{"Match !all|Port 9", "", "port=22"},
	{"Match host n1|Port 9", "", "port=9"},
	{"Match host n2|Port 9", "", "port=22"},
	{"Match host n2,n?|Port 9", "", "port=9"},
	{"Match host *,!n1|Port 9", "", "port=22"},
	{"Match host !n2|Port 9", "", "port=22"},
	{"Match host N1|Port 9", "", "port=9"},
	{"Match host n1|Port 9", "N1", "port=9"},
	{"Match user ROOT|Port 9", "", "port=22"},
	{"Match user r*,!root|Port 9", "", "port=22"},
	{"Match user bob|Port 9", "bob@n1", "port=9"},
	{"User bob|Match user bob|Port 9", "", "port=9"},
	{"Match user bob|Port 9|Match all|User bob", "", "port=22"},
	{"Match localuser root user bob|Port 9", "bob@n1", "port=9"},
	{"HostName x|Match host x originalhost n1|Port 9", "", "port=9"},
	{"HostName x|Match host n1|Port 9|Match !host n1|Port 8", "", "port=8"},
	{"Match host n2 user root|Port 9", "", "port=22"},
	{"Match host n1|Port 9|Match all|User bob|Host *|User alice", "", "port=9|user=bob"},
	{"Match host n1 all|Port 9", "", "port=9"},

	// How the line is read.
	{`Match host "n1"|Port 9`, "", "port=9"},
	{"Match host 'n1'|Port 9", "", "port=22"},
	{"Match = host = n1|Port 9", "", "port=9"},
	{"Match HOST=n1 User  =root # c|Port 9", "", "port=9"},
	{"Match host n1#x|Port 9", "", "port=22"},
	{"Match host n1,,n2|Port 9", "", "port=9"},

	// The second pass.
	{"Match final|Port 9", "", "port=9"},
	{"Match final|Port 9|Match all|Port 8", "", "port=8"},
	{"Match !final|Port 9", "", "port=9"},
	{"Match canonical|Port 9", "", "port=22"},
	{"Match canonical all|Port 9|Match final user nobody", "", "port=9"},
	{"HostName Foo|Host foo|Port 9|Match final originalhost n1 host foo|User bob", "", "hostname=foo|port=9|user=bob"},
	{"HostName %h.x|Match final|HostName %h.y", "", "hostname=n1.x"},
	{"IdentityFile /a|Match final|IdentityFile /b", "", "identityfile=/a /b\n"},
	{"Match final|ProxyCommand y|Match all|ProxyJump none", "", "proxyjump=\n"},
	{"Host n2|Include DIR/final", "", "port=22|user=root"},
	{"Include DIR/final|Host n1|User bob", "", "port=7|user=bob"},

	// exec.
	{`Match exec "test %n-%h-%r-%p-%u-%k-%i = N1-h-bob-22-root-ka-` + fmt.Sprint(os.Getuid()) + `"|Port 9`, "bob@N1", "port=22"},
	{`HostName h|HostKeyAlias ka|Match exec "test %n-%h-%r-%p-%k = N1-h-bob-22-ka"|Port 9`, "bob@N1", "port=9"},
	{`Match exec "exit 3"|Port 9|Match !exec false|User bob`, "", "port=22|user=bob"},
	{`Match host n2 exec "touch DIR/ran"|Port 9`, "", "port=22"},
	{`Match exec "test ! -e DIR/ran"|Port 9`, "", "port=9"},

	// Addresses have one form.
	{"Port 9", "127.1", "hostname=127.0.0.1"},
	{"Port 9", "010.1.1.0x1", "hostname=8.1.1.1"},
	{"HostName FE80::0:1", "", "hostname=fe80::1"},
	{"Port 9", "1.2.3.4.5", "hostname=1.2.3.4.5"},
	{"AddressFamily inet6", "127.1", "hostname=127.1"},
	{"CanonicalizeHostname yes|CanonicalDomains none|Match canonical|Port 9", "", "hostname=n1|port=9"},
}

// badMatches are refused by ssh, and by us for every host.
var badMatches = []string{"Match host", "Match host n1 user", `Match host ""`, `Match host n1 "" user root`, "Match all x", "Match user root host n1 all", "Match all#", "Match #", "Match !",
	"Match exec %Z", "Match exec 'test %h'", `Match exec "kill -9 $$"`, "Host n2|Match all n1", "CanonicalizeHostname none", "CanonicalDomains .a", "CanonicalDomains a..b", "CanonicalizePermittedCNAMEs x",
	"SetEnv A", "SendEnv A=1", "Compression true", "AddressFamily 4", "BindAddress 1 2", "ConnectionAttempts 0", "ConnectionAttempts x", "LogLevel x", "EscapeChar ab", "CertificateFile a b",
	"ControlPath %z", "ProxyCommand nc %z|Match final", "NumberOfPasswordPrompts -1", "GatewayPorts clientspecified", "LocalForward 1 2 3", "FingerprintHash x"}

func TestMatchTable(t *testing.T) {
	ssh, o := findSSH(t), options(t)
	o.User = "root"
	parallel(len(matches), func(i int) {
		c, o := matches[i], o
		o.File = asFile(t, c.text)
		ours, err := resolve(o, cmp.Or(c.host, "n1"))
		for want := range strings.SplitSeq(c.want, "|") {
			if !strings.Contains(ours, want) {
				t.Errorf("%q: no %s in\n%s%v", c.text, want, ours, err)
			}
		}
		theirs, err := ssh.ask(t.Context(), o.Home, "-F", o.File, cmp.Or(c.host, "n1"))
		if os.Getuid() == 0 && (err != nil || ours != theirs) {
			t.Errorf("%q: %v\nssh:\n%s\nours:\n%s", c.text, err, theirs, ours)
		}
	})
	parallel(len(badMatches), func(i int) {
		text, o := badMatches[i], o
		o.File = asFile(t, text)
		theirs, sshErr := ssh.ask(t.Context(), o.Home, "-F", o.File, "n1")
		ours, err := resolve(o, "n1")
		if e, ok := errors.AsType[*Error](err); !ok || e.Line == 0 || sshErr == nil && text != "ProxyCommand nc %z|Match final" {
			t.Errorf("%q: %v, ssh: %v\n%s\n%s", text, err, sshErr, ours, theirs)
		}
	})
}

// A command of Match exec runs once for each text, however many hosts ask at a time.
func TestMatchExecRunsOnce(t *testing.T) {
	dir := write(t, map[string]string{"config": "Match exec \"echo x >> DIR/same\"\nPort 9\nMatch host b* exec \"echo x >> DIR/each; test %h != b3\"\nUser bob\n"})
	files, err := Load(Options{File: dir + "/config", User: "me"})
	if err != nil {
		t.Fatal(err)
	}
	parallel(40, func(i int) {
		name := fmt.Sprintf("%c%d", "ab"[i%2], i%8)
		h, err := files.Host(context.Background(), name)
		want := map[bool]string{true: "bob", false: "me"}[name[0] == 'b' && name != "b3"]
		if err != nil || h.Port != 9 || h.User != want {
			t.Errorf("%s: %v %+v", name, err, h)
		}
	})
	for file, want := range map[string]int{"same": 1, "each": 4} {
		if text, _ := os.ReadFile(filepath.Join(dir, file)); strings.Count(string(text), "x") != want {
			t.Errorf("%s: ran %d times, want %d", file, strings.Count(string(text), "x"), want)
		}
	}
}

// Who is interrupted while a command hangs gets away, and the command with all that it has
// started ends; that is no answer for others.
func TestMatchExecIsInterrupted(t *testing.T) {
	dir := write(t, map[string]string{"config": "Match exec \"test -e DIR/quick || { sleep 1000 & echo $! > DIR/pid; wait; }\"\nPort 9\n"})
	files, err := Load(Options{File: dir + "/config", User: "me"})
	if err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for ctx.Err() == nil {
			if pid, _ := os.ReadFile(dir + "/pid"); len(pid) > 0 {
				cancel()
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	if h, err := files.Host(ctx, "n1"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v %+v", err, h)
	}
	pid, _ := os.ReadFile(dir + "/pid")
	gone := func() bool {
		stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat")
		return err != nil || strings.Contains(string(stat), ") Z")
	}
	for began := time.Now(); !gone() || runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatalf("left: sleep %s, %d goroutines of %d", pid, runtime.NumGoroutine(), before)
		}
	}
	files.commands.bound = 300 * time.Millisecond
	if _, err := files.Host(context.Background(), "n1"); err == nil || !strings.Contains(err.Error(), "config:1: match: exec \"test -e ") || !strings.HasSuffix(err.Error(), "no answer in 300ms") {
		t.Errorf("%v", err)
	}
	files, _ = Load(files.Options) // what has hung is not tried again
	if err := os.WriteFile(dir+"/quick", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if h, err := files.Host(context.Background(), "n1"); err != nil || h.Port != 9 {
		t.Errorf("%v %+v", err, h)
	}
}

// tagged and localnetwork are of OpenSSH 9.4; tokens in User, and variables in Include, of 10.0.
func TestMatchNewerCriteria(t *testing.T) {
	addresses := func() ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("fe80::1%eth0")}, nil
	}
	env := func(name string) (string, bool) { return "", name == "HERE" }
	for _, c := range []struct {
		text string
		port int
	}{
		{"Tag lab|Match tagged lab|Port 9", 9},
		{"Tag lab|Match tagged x,l*|Port 9", 9},
		{"Match tagged lab|Port 9", 22},
		{"Match !tagged lab|Port 9", 9},
		{"Match localnetwork 10.1.0.0/16|Port 9", 9},
		{"Match localnetwork 10.2.0.0/16,fe80::/10|Port 9", 9},
		{"Match localnetwork 10.2.0.0/16|Port 9", 22},
		{"Match localnetwork 10.1.2.3 host n1|Port 9", 9},
		{"Match !localnetwork 10.0.0.0/8|Port 9", 22},
		{"Match localnetwork home|Port 9", 0},
		{"User %u-%n|Match user %u-%n|Port 9", 9},
		{"RefuseConnection gone|Port 9", 0},
		{"Include ${HERE}DIR/x|Match user included|Port 9", 9},
		{"Include ${NOWHERE}/x|Port 9", 0},
	} {
		files, err := Load(Options{File: asFile(t, c.text), User: "me", Addresses: addresses, Env: env})
		h := &Host{}
		if err == nil {
			h, err = files.Host(context.Background(), "n1")
		}
		if (err != nil) != (c.port == 0) || err == nil && h.Port != c.port {
			t.Errorf("%q: %v %+v", c.text, err, h)
		}
	}
}

func TestCanonicalizeTable(t *testing.T) {
	service := map[string]string{"n1.b.": "n1.b.", "n1.x.c.": "n1.x.c", "alias.a.": "Real.d.", "n9.": "n9.", "plain": "plain.a."}
	for _, c := range []struct{ text, host, want string }{
		{"CanonicalDomains a b", "n1", "n1 22"},
		{"CanonicalizeHostname yes|CanonicalDomains a b|Match canonical host n1.b|Port 9", "n1", "n1.b 9"},
		{"CanonicalizeHostname yes|CanonicalDomains a B.|Host *.b|Port 9", "N1", "n1.b 9"},
		{"CanonicalizeHostname no|CanonicalDomains a b", "n1", "n1 22"},
		{"CanonicalizeHostname yes|CanonicalDomains a", "n1", "n1 22"},
		{"CanonicalizeHostname yes|CanonicalDomains a|CanonicalizeFallbackLocal no", "n1", "config:3: canonicalizefallbacklocal: n1 is in none of the CanonicalDomains"},
		{"CanonicalizeHostname yes|CanonicalDomains c", "n1.x", "n1.x.c 22"},
		{"CanonicalizeHostname yes|CanonicalDomains c|CanonicalizeMaxDots 0", "n1.x", "n1.x 22"},
		{"CanonicalizeHostname yes|HostName n9.", "n1", "n9 22"},
		{"CanonicalizeHostname yes|CanonicalDomains b|ProxyJump gw", "n1", "n1 22"},
		{"CanonicalizeHostname yes|CanonicalDomains b|ProxyCommand none", "n1", "n1.b 22"},
		{"CanonicalizeHostname always|CanonicalDomains b|ProxyJump gw", "n1", "n1.b 22"},
		{"CanonicalizeHostname yes|CanonicalDomains b", "10.1", "10.0.0.1 22"},
		{"CanonicalizeHostname yes|CanonicalDomains a", "alias", "alias.a 22"},
		{"CanonicalizeHostname yes|CanonicalDomains a|CanonicalizePermittedCNAMEs *.b:* *.A:*.x,*.d", "alias", "real.d 22"},
		{"CanonicalizeHostname yes|CanonicalDomains a|CanonicalizePermittedCNAMEs none", "alias", "alias.a 22"},
		{"CanonicalizeHostname yes|CanonicalizePermittedCNAMEs *", "plain", "plain.a 22"},
	} {
		file := asFile(t, c.text)
		files, err := Load(Options{File: file, User: "me", Canonical: func(_ context.Context, name string) (string, error) {
			if cname, ok := service[name]; ok {
				return cname, nil
			}
			return "", errors.New("no such host")
		}})
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		h, err := files.Host(context.Background(), c.host)
		got := strings.TrimPrefix(fmt.Sprint(err), "reading "+filepath.Dir(file)+"/")
		if err == nil {
			got = fmt.Sprint(h.HostName, " ", h.Port)
		}
		if got != c.want {
			t.Errorf("%q %s: %s, want %s", c.text, c.host, got, c.want)
		}
	}
}

// newer stands for an ssh that knows more than we do: it says what it was asked with.
const newer = "#!/bin/sh\necho \"$@\" >> DIR/asked\ncase \"$*\" in *none*) printf '%s\\n' 'user me' 'port 22' 'stricthostkeychecking ask' 'identityfile ~/.ssh/id_rsa';;\n" +
	"*bad*) echo 'DIR/config: line 4: Bad configuration option: newkeyword' >&2; echo 'DIR/config: terminating, 1 bad configuration options' >&2; exit 255;;\n" +
	"*) printf '%s\\n' 'host w1' 'user deploy' 'hostname fe80::1%eth0' 'port 2200' 'stricthostkeychecking ask' 'identityfile ~/.ssh/id_rsa' 'newkeyword yes' " +
	"'proxycommand nc %h %p' 'controlpath /tmp/a%b' 'userknownhostsfile /k%1 /k2' 'sendenv A' 'sendenv B' 'setenv C=1' 'setenv D=2' 'connecttimeout none' 'gssapiauthentication no' 'compression no';;\nesac\n"

func TestSSHIsAskedForWhatIsUnknown(t *testing.T) {
	dir := write(t, map[string]string{"ssh": newer, "config": "Host good\nPort 2\nHost w* bad\nNewKeyword yes\n", "criterion": "Host good\nPort 2\nMatch host w* version x\nPort 3\n",
		"list": "Host good\nPort 2\nHost w* bad\nKexAlgorithms ^curve25519-sha256,new@example.org\n"})
	if err := os.Chmod(dir+"/ssh", 0o700); err != nil {
		t.Fatal(err)
	}
	o := Options{File: dir + "/config", Home: "/home/me", User: "me", Extra: []Setting{{"BatchMode", "yes"}}, SSH: dir + "/ssh"}
	for _, file := range []string{"config", "criterion", "list"} {
		o.File = dir + "/" + file
		files, err := Load(o)
		if err != nil {
			t.Fatal(err)
		}
		parallel(8, func(int) {
			h, err := files.Host(context.Background(), "x@w1")
			if err != nil {
				t.Error(err)
				return
			}
			if got := fmt.Sprint(h.HostName, h.Port, h.User, h.ProxyCommand, h.ControlPath, h.KnownHosts, h.SendEnv, h.SetEnv, h.Strict, h.IdentitiesSet, h.From["port"]); got !=
				"fe80::1%eth02200deploync fe80::1%eth0 2200/tmp/a%b[/k%1 /k2] [A B] [C=1 D=2] accept-new falsessh -G" {
				t.Errorf("%s: %s", file, got)
			}
		})
		if h, err := files.Host(context.Background(), "good"); err != nil || h.Port != 2 || h.From["port"] != o.File+":2" {
			t.Errorf("%v %+v", err, h)
		}
	}
	text, _ := os.ReadFile(dir + "/asked")
	for asked, want := range map[string]int{
		"-G -F " + dir + "/config -o BatchMode=yes x@w1\n": 1, "-G -F " + dir + "/criterion -o BatchMode=yes x@w1\n": 1, "-G -F " + dir + "/list -o BatchMode=yes x@w1\n": 1,
		"-G -F none localhost\n": 3, "\n": 6,
	} {
		if got := strings.Count(string(text), asked); got != want {
			t.Errorf("asked %d times for %q, want %d:\n%s", got, asked, want, text)
		}
	}
	o.File = dir + "/config"
	files, _ := Load(o)
	if _, err := files.Host(context.Background(), "bad"); err == nil || err.Error() != "reading "+dir+"/config:4: newkeyword: Bad configuration option: newkeyword" {
		t.Errorf("%v", err)
	}
	o.SSH = ""
	for file, want := range map[string]string{"config": "/config:4: newkeyword: ssh does not know", "criterion": "/criterion:3: match version: ", "list": "/list:4: kexalgorithms: ssh does not know new@example.org"} {
		o.File = dir + "/" + file
		files, _ := Load(o)
		if _, err := files.Host(context.Background(), "w1"); err == nil || !strings.HasPrefix(err.Error(), "reading "+dir+want) {
			t.Errorf("%v, want %s", err, want)
		}
		if _, err := files.Hop(context.Background(), "good"); err != nil {
			t.Error(err)
		}
	}
}

// TestSSHRefusesToo asks the ssh of this machine.
func TestSSHRefusesToo(t *testing.T) {
	o := options(t)
	o.SSH = string(findSSH(t))
	o.File = asFile(t, "Port 9|UseKeychainOfNobody yes")
	_, err := resolve(o, "n1")
	if e, ok := errors.AsType[*Error](err); !ok || e.Line != 2 || e.File != o.File || !strings.Contains(err.Error(), "Bad configuration option: usekeychainofnobody") {
		t.Errorf("%v", err)
	}
	o.File = asFile(t, `"Port" 9`)
	if got, err := resolve(o, "n1"); err != nil || !strings.Contains(got, "port=9") {
		t.Errorf("a keyword in quotes: %v %s", err, got)
	}
}

func TestOnlyOpenSSHCan(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "",
		"GSSAPIAuthentication yes": "",
		"GSSAPIAuthentication yes|PreferredAuthentications publickey,gssapi-with-mic":                                "",
		"GSSAPIAuthentication yes|PreferredAuthentications gssapi-with-mic,publickey":                                "gssapiauthentication",
		"GSSAPIAuthentication yes|PreferredAuthentications publickey,gssapi-with-mic|PubkeyAuthentication no":        "gssapiauthentication",
		"GSSAPIAuthentication yes|PubkeyAuthentication no|PasswordAuthentication no|KbdInteractiveAuthentication no": "gssapiauthentication",
		"PKCS11Provider /p|HostbasedAuthentication yes|KnownHostsCommand /x":                                         "hostbasedauthentication knownhostscommand pkcs11provider",
		"CheckHostIP yes":                "checkhostip",
		"CheckHostIP no":                 "",
		"CheckHostIP yes|ProxyJump gw":   "",
		"CheckHostIP yes|ProxyCommand x": "",
		"CheckHostIP yes|ProxyCommand none|HostKeyAlias a|VerifyHostKeyDNS yes":                                           "checkhostip verifyhostkeydns",
		"PKCS11Provider none|SecurityKeyProvider internal|KnownHostsCommand none|ProxyUseFdpass yes|VerifyHostKeyDNS ask": "",
		"SecurityKeyProvider /p|ProxyUseFdpass yes|ProxyCommand x|VerifyHostKeyDNS yes":                                   "proxyusefdpass securitykeyprovider verifyhostkeydns",
	} {
		files, err := Load(Options{File: asFile(t, text), User: "me"})
		if err != nil {
			t.Fatal(err)
		}
		if h, err := files.Host(context.Background(), "n1"); err != nil || strings.Join(h.NeedSSH, " ") != want {
			t.Errorf("%q: %v, want %q: %v", text, h.NeedSSH, want, err)
		}
	}
}

// GSSAPI is known to be wanted also where it is not wanted first.
func TestGSSAPIIsWanted(t *testing.T) {
	for text, want := range map[string]bool{
		"":                         false,
		"GSSAPIAuthentication no":  false,
		"GSSAPIAuthentication yes": true,
		"GSSAPIAuthentication yes|PreferredAuthentications publickey":                 false,
		"GSSAPIAuthentication yes|PreferredAuthentications publickey,gssapi-with-mic": true,
	} {
		files, err := Load(Options{File: asFile(t, text), User: "me"})
		if err != nil {
			t.Fatal(err)
		}
		if h, err := files.Host(context.Background(), "n1"); err != nil || h.GSSAPI != want {
			t.Errorf("%q: %v, %v", text, h.GSSAPI, err)
		}
	}
}

func TestHostSettings(t *testing.T) {
	file := asFile(t, "User bob|IdentityFile ~/k|SetEnv A=1|SendEnv B C|SendEnv -C|ConnectTimeout 1m|StrictHostKeyChecking yes|ProxyCommand nc %h %p|HashKnownHosts yes")
	files, err := Load(Options{File: file, Home: "/h", User: "me", Extra: []Setting{{"Port", "9"}}})
	if err != nil {
		t.Fatal(err)
	}
	h, err := files.Host(context.Background(), "carl@n1")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range h.Settings() {
		if v := reflect.ValueOf(a.Value); v.Kind() == reflect.Slice && v.IsNil() {
			t.Errorf("%s is nil", a.Keyword)
		}
		got = append(got, fmt.Sprintf("%s=%v %s", a.Keyword, a.Value, strings.TrimPrefix(a.From, file)))
	}
	want := "hostname=n1 |port=9 SPARK_SSH_OPTS|user=carl |identityfile=[/h/k] :2|certificatefile=[] |identitiesonly=false |identityagent= |proxyjump= |" +
		"proxycommand=nc n1 9 :8|stricthostkeychecking=true :7|userknownhostsfile=[/h/.ssh/known_hosts /h/.ssh/known_hosts2] |" +
		"globalknownhostsfile=[/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2] |hostkeyalias= |connecttimeout=60 :6|connectionattempts=1 |serveraliveinterval=0 |" +
		"serveralivecountmax=3 |addressfamily=any |bindaddress= |ciphers= |kexalgorithms= |macs= |hostkeyalgorithms= |preferredauthentications= |batchmode=false |" +
		"sendenv=[B] :4|setenv=[A=1] :3"
	if strings.Join(got, "|") != want {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "|"), want)
	}
	if got := fmt.Sprint(h.Command, h.From["hashknownhosts"]); got != "[ssh -F "+file+" -o Port=9 carl@n1]"+file+":9" {
		t.Errorf("command: %s", got)
	}
	h, err = files.Hop(context.Background(), "carl@[::1]:7")
	if got := fmt.Sprint(h.Command); err != nil || got != "[ssh -F "+file+" -o User=carl -o Port=7 ::1]" {
		t.Errorf("command of a hop: %s %v", got, err)
	}
}

// A path with %C may be of a master before or after OpenSSH 9.7.
func TestControlPathOfEitherVersion(t *testing.T) {
	dir := write(t, map[string]string{"config": "ControlPath DIR/%C\nProxyJump gw\n"})
	o := Options{File: dir + "/config", User: "me", LocalHost: "here.x"}
	for _, want := range []string{dir + "/" + digest("here.x", "n1", "22", "me"), dir + "/" + digest("here.x", "n1", "22", "me", "gw")} {
		files, err := Load(o)
		if err != nil {
			t.Fatal(err)
		}
		if h, err := files.Host(context.Background(), "n1"); err != nil || h.ControlPath != want {
			t.Errorf("%s, want %s: %v", h.ControlPath, want, err)
		}
		if err := os.WriteFile(dir+"/"+digest("here.x", "n1", "22", "me", "gw"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWarnings(t *testing.T) {
	dir := write(t, map[string]string{"config": "Include DIR/x\nInclude DIR/x\n", "x": "Port 9\n"})
	for mode, want := range map[os.FileMode]int{0o600: 0, 0o644: 0, 0o666: 1} {
		if err := os.Chmod(dir+"/x", mode); err != nil {
			t.Fatal(err)
		}
		_, err := Load(Options{File: dir + "/config", User: "me"})
		if (err != nil) != (want == 1) || want == 1 && !strings.HasPrefix(err.Error(), "reading "+dir+"/x: bad permissions, 0666: others may write to it") {
			t.Errorf("included, %o: %v", mode, err)
		}
	}
	os.Chmod(dir+"/x", 0o600)
	if err := os.Chmod(dir+"/config", 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Options{File: dir + "/config", User: "me"}); err != nil {
		t.Errorf("-F: %v", err) // ssh does not look at it
	}
	if _, err := Load(Options{UserFile: dir + "/config", User: "me"}); err == nil {
		t.Error("the user's own file is read")
	}
	for _, name := range []string{"-x", "-oProxyCommand=x", "-x@n1", "u@-x"} {
		files, _ := Load(Options{File: dir + "/config", User: "me"})
		if h, err := files.Host(context.Background(), name); err == nil {
			t.Errorf("%s: %v", name, h.Command)
		}
	}
	quoted, err := ParseOptions(`-i 'a "k\\' -l 'DOM\me'`)
	if files, wrong := Load(Options{Extra: quoted.Settings}); err != nil || wrong != nil {
		t.Error(err, wrong)
	} else if h, err := files.Host(context.Background(), "n1"); err != nil || h.User != `DOM\me` || strings.Join(h.Identities, "|") != `a "k\\` {
		t.Errorf("%q %q %v", h.User, h.Identities, err)
	}
	line, err := ParseOptions("-i ~/x -p 1 -i ~/missing -gL 1:x:2 -o IdentityFile=/missing -o 'User=bob'")
	if err != nil {
		t.Fatal(err)
	}
	line.DropMissing(dir)
	want := "[{IdentityFile ~/x} {Port 1} {IdentityFile /missing} {User bob}] [SPARK_SSH_OPTS: it has quotes, read as by a shell: Spark's own scripts pass them to ssh as they stand " +
		"SPARK_SSH_OPTS: -g: nothing is forwarded SPARK_SSH_OPTS: -L 1:x:2: nothing is forwarded SPARK_SSH_OPTS: -i ~/missing is left out: no such file or directory]"
	if got := fmt.Sprint(line.Settings, line.Warnings); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
