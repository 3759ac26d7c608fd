package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"sparkops/shell/shelltest"
)

// answers are configurations, who is asked for (n1 if nobody is named) and some of what
// comes out. Lines, and what is wanted, are parted by |; DIR is where the files are.
var answers = []struct{ text, host, want string }{
	// The minimal examples of reference/config-files.md, section 3.
	{"Include DIR/x |Port 1", "", "user=included|port=1"},
	{`Include "DIR/my inc/a.conf"	DIR/x`, "", "port=77|user=included"},
	{"Host n1\tn2|Port 2", "", "port=2"},
	{`Host "n1"|Port 2`, "", "port=2"},
	{"Host n1?|Port 2", "", "port=22"},
	{"Host n1?|Port 2", "n11", "port=2"},
	{"HostName %h.example.org", "", "hostname=n1.example.org"},
	{"HostName a%%b", "", "hostname=a%b"},
	{"HostName N1.Example", "", "hostname=n1.example"},
	{"HostName 'n1.x'", "", "hostname=n1.x"},
	{"IdentityFile ~/.ssh/key#1", "", "identityfile=HOME/.ssh/key#1"},
	{"ProxyJump gw|ProxyCommand nc %h %p", "", "proxyjump=gw"},
	{"ProxyJump none|ProxyJump gw", "", "proxyjump=\n"},
	{"IdentitiesOnly Yes|ConnectTimeout 1m|Port ssh", "", "identitiesonly=yes|connecttimeout=60|port=22"},
	{"IdentitiesOnly true", "", "identitiesonly=yes"},
	{`UserKnownHostsFile "/a b" "/c"`, "", "userknownhostsfile=/a b /c"},
	{"IdentityFile ~/k|Host n1|IdentityFile ~/k", "", "identityfile=HOME/k\n"},

	// Which lines count.
	{"Host *|User a|Host n1|User b", "", "user=a"},
	{"Host n1|User b|Host *|User a|Port 3", "", "user=b|port=3"},
	{"Host * !n1|User a", "", "user=root"},
	{"Host !n1 *|User a", "n2", "user=a"},
	{"Host !n1|User a", "n2", "user=root"},
	{"Host N1|User a", "", "user=root"},
	{"Host n1|User a", "N1", "user=root|hostname=n1"},
	{"Host n2|Port 2|Match all|Port 3", "", "port=3"},
	{"Match ALL # c|Port 3", "", "port=3"},
	{"Host #|Port 3", "", "port=22"},
	{"Host n2|Include DIR/x|Port 3", "", "user=root|port=22"},
	{"Host n1|Include DIR/blocks|Port 3", "", "port=3"},
	{"Include DIR/blocks|Port 3", "", "port=3"},
	{"Include DIR/blocks|Port 3", "n2", "port=4"},
	{"Include DIR/all/*", "", "port=5"},
	{"Include DIR/none|Include DIR/none/*", "", "port=22"},
	{"Include DIR/deep9", "", "port=9"},
	{"Include #|Port 3", "", "port=3"},

	// How a line is read.
	{"  port=3|\tUSER\t=\t\"a\"", "", "port=3|user=a"},
	{"Port 3\r|User a \r|Host n2\r|User b\r", "", "port=3|user=a"},
	{"Port 3 # c|User a#b|HostName x # y # z", "", "port=3|user=a#b|hostname=x"},
	{`User "a"'b'c`, "", "user=abc"},
	{"User a\\ b|HostName a\\b", "", "user=a b|hostname=a\\b"},
	{"User ==x", "", "user==x"},
	{"\rUser x\f", "", "user=x"},
	{"IgnoreUnknown USEkeychain,x*|UseKeychain yes|Xyz 1|Port 3", "", "port=3"},
	{"Host *|IgnoreUnknown UseKeychain|UseKeychain yes|Port 3", "", "port=3"},
	{"Protocol 2|UseRoaming no|DSAAuthentication yes|Port 3", "", "port=3"},

	// Values.
	{"ConnectTimeout none|ConnectTimeout 1h30", "", "connecttimeout=3630"},
	{"StrictHostKeyChecking off", "", "stricthostkeychecking=no"},
	{"HostKeyAlias ABC|UserKnownHostsFile /%k", "", "hostkeyalias=abc|userknownhostsfile=/abc"},
	{"HostName Q|UserKnownHostsFile /%k/%h/%n", "N1", "userknownhostsfile=/N1/q/N1"},
	{"UserKnownHostsFile none", "", "userknownhostsfile=none"},
	{"UserKnownHostsFile ~/a $HOME/b ${HOME}/c %d/%%", "", "userknownhostsfile=HOME/a $HOME/b HOME/c HOME/%"},
	{"IdentityFile none", "", "identityfile=\n"},
	{"IdentityFile none|IdentityFile2 /k", "", "identityfile=/k\n"},
	{"", "", "port=22|identityfile=(default)"},
	{"ProxyJump a,u@b:1,[::1]:2 # c", "", "proxyjump=a,u@b:1,::1:2"},
	{"ProxyJump ssh://u@gw:33/", "", "proxyjump=u@gw:33"},
	{"ProxyJump ==gw", "", "proxyjump=gw"},
	{"ProxyCommand none|ProxyJump gw", "", "proxyjump=\n"},

	// What a version before this one refused.
	{"Port 1|Match originalhost zzz|Port 2", "", "port=1"},
	{"Match user root|Port 1", "", "port=1"},
	{"Match final all|Port 1", "", "port=1"},
	{"Match canonical|Port 1", "", "port=22"},
	{"Match !host n2|Port 1", "", "port=1"},
	{"Match host=n1|Port 1", "", "port=1"},
	{`Match exec "true"|Port 1`, "", "port=1"},
	{`Match host n1 exec "false"|ProxyJump gw`, "", "proxyjump=\n"},
	{"Host n1|HostName 10.1.0.5|Match host 10.1.*|ProxyJump gw", "", "proxyjump=gw"},
	{"Match host n1,n2|Port 1", "", "port=1"},
	{`ProxyCommand sh -c "nc %h %p #x"`, "", "proxyjump=\n"},
	{"ProxyCommand nc %h %p|ProxyJump gw", "", "proxyjump=\n"},
	{"ProxyJump none|ProxyCommand x", "", "proxyjump=\n"},
	{"UserKnownHostsFile ~root/x", "", "userknownhostsfile=/root/x"},
	{"Include DIR/[!a]", "", "user=included"},
	{"AddressFamily inet6", "", "port=22"},
	{"CertificateFile none|CertificateFile x", "", "port=22"},
	{"Ciphers aes128-ctr", "", "port=22"},
	{"KnownHostsCommand /bin/true", "", "port=22"},
}

// refusals are what we refuse, with the line; ssh says whether OpenSSH refuses it too.
var refusals = []struct {
	text string
	line string
	ssh  bool
}{
	// The minimal examples again.
	{"|UseKeychain yes", "config:2: usekeychain", true},
	{"\ufeffPort 1", "config:1: a byte order mark", true},
	{"User", "config:1: user: a value is missing", true},
	{"User a b", `config:1: user: more than one value: "b"`, true},
	{"Port 70000", `config:1: port: "70000" is no port`, true},

	{"Port 0", "config:1: port", true},
	{"Host n2|Port x", "config:2: port", true},
	{"ServerAliveCountMax 99999999999", "config:1: serveralivecountmax", true},
	{"IdentitiesOnly maybe", "config:1: identitiesonly", true},
	{"IdentitiesOnly yes#", "config:1: identitiesonly", true},
	{"ConnectTimeout 5x", "config:1: connecttimeout", true},
	{"ConnectTimeout 9999999w", "config:1: connecttimeout", true},
	{"StrictHostKeyChecking maybe", "config:1: stricthostkeychecking", true},
	{`User ""`, "config:1: user: a value is empty", true},
	{"UserKnownHostsFile a '' b", "config:1: userknownhostsfile: a value is empty", true},
	{"UserKnownHostsFile a none", "config:1: userknownhostsfile", true},
	{"User 'a", "config:1: user: a quote is not closed", true},
	{"ProxyCommand 'a", "config:1: proxycommand", true},
	{"Host", "config:1: host", true},
	{"Host\r|Port 1", "config:1: host", true},
	{`Host ""`, "config:1: host", true},
	{"Match", "config:1: match", true},
	{"Match 'all'", "config:1: match", true},
	{"Match all x", "config:1: match", true},
	{"Include", "config:1: include", true},
	{"SendEnv", "config:1: sendenv", true},
	{"IgnoreUnknown x|x", "config:2: x: a value is missing", true},
	{"IgnoreUnknown a|IgnoreUnknown b|b x", "config:3: b", true},
	{"IgnoreUnknown a b", "config:1: ignoreunknown", true},
	{"\f|Port 1", "config:1: \f", true},
	{" \fPort 1", "config:1: \fport", true},
	{"ProxyJump a,,b", "config:1: proxyjump", true},
	{"Host n2|ProxyJump @a", "config:2: proxyjump", true},
	{"ProxyJump ::1", "config:1: proxyjump", true},
	{"ProxyJump a:0", "config:1: proxyjump", true},
	{"ProxyJump #c", "config:1: proxyjump", true},
	{"ProxyJump n1", "config:1: proxyjump: n1 is its own bastion", true},
	{"ProxyJump gw,n1:22", "config:1: proxyjump: n1 is its own bastion", true},
	{"HostName %x", "config:1: hostname", true},
	{"HostName a%", "config:1: hostname", true},
	{"UserKnownHostsFile %z", "config:1: userknownhostsfile", true},
	{"UserKnownHostsFile ${NOT_SET_AT_ALL}", "config:1: userknownhostsfile", true},
	{"IdentityAgent $a-b", "config:1: identityagent", true},
	{"Port 1|Include DIR/bad", "bad:2: port", true},
	{"Host n2|Include DIR/bad", "bad:2: port", true},
	{"Include DIR/self", "self:1: include: more than 16 levels deep", true},

	// Of these ssh has an answer; we are not sure of it.
	{"ProxyJump none # c", "config:1: proxyjump", false},
	{"ProxyJump a b", "config:1: proxyjump", false},
	{"ProxyJump -x", "config:1: proxyjump", false},
	{"ProxyJump u@-x", "config:1: proxyjump", false},
	{"ProxyJump a;b", "config:1: proxyjump", false},
	{"ProxyJump n1:2200", "config:1: proxyjump", false},
	{"HostName x|ProxyJump n1", "config:2: proxyjump", false},
	{"=User x", "config:1: a line that begins with =", false},
	{"Port\x003|Port 4", "config:1: port\x003", true},
	{"Port 4|User a\x00b", "config:2: user", false},
}

var included = map[string]string{
	"x": "User included\n", "my inc/a.conf": "Port 77\n", "blocks": "Host n2\nPort 4\n", "bad": "User x\nPort y\n", "self": "Include DIR/self\n", "final": "Match final\nPort 7\n",
	"all/b": "Port 5", "all/c": "Port 6", "all/.a": "Port 7", "all/a/x": "Port 8", "deep0": "Port 9",
}

// asFile writes a table's text, and the files that it includes.
func asFile(t *testing.T, text string) string {
	t.Helper()
	files := map[string]string{"config": strings.ReplaceAll(text, "|", "\n")}
	if strings.Contains(text, "DIR") {
		maps.Copy(files, included)
	}
	if strings.Contains(text, "deep9") {
		for i := range 9 {
			files[fmt.Sprint("deep", i+1)] = fmt.Sprintf("Include DIR/deep%d\n", i)
		}
	}
	return filepath.Join(write(t, files), "config")
}

func TestAnswers(t *testing.T) {
	o := options(t)
	o.User = "root"
	for _, c := range answers {
		o.File = asFile(t, c.text)
		got, err := resolve(o, cmp.Or(c.host, "n1"))
		want := strings.NewReplacer("$HOME", "$HOME", "HOME", o.Home).Replace(c.want)
		for want := range strings.SplitSeq(want, "|") {
			if !strings.Contains(got, want) {
				t.Errorf("%q: no %s in\n%s%v", c.text, want, got, err)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	o := options(t)
	for _, c := range refusals {
		o.File = asFile(t, c.text)
		got, err := resolve(o, "n1")
		e, ok := errors.AsType[*Error](err)
		if !ok || !strings.HasPrefix(strings.ReplaceAll(err.Error(), filepath.Dir(o.File)+"/", ""), "reading "+c.line) {
			t.Errorf("%q: %v, want %s\n%s", c.text, err, c.line, got)
		}
		if ok && (e.Line == 0 || e.Err == nil) {
			t.Errorf("%q: no line or reason in %#v", c.text, e)
		}
	}
}

// TestTablesAsOpenSSH asks ssh -G for all of the above.
func TestTablesAsOpenSSH(t *testing.T) {
	shelltest.Unwatched(t)
	ssh, o := findSSH(t), options(t)
	parallel(len(answers), func(i int) {
		c, o := answers[i], o
		o.File = asFile(t, c.text)
		host := cmp.Or(c.host, "n1")
		ours, ourErr := resolve(o, host)
		theirs, err := ssh.ask(t.Context(), o.Home, "-F", o.File, host)
		if err != nil || ourErr != nil || ours != theirs {
			t.Errorf("%q: %v %v\nssh:\n%s\nours:\n%s", c.text, err, ourErr, theirs, ours)
		}
	})
	parallel(len(refusals), func(i int) {
		c := refusals[i]
		theirs, err := ssh.ask(t.Context(), o.Home, "-F", asFile(t, c.text), "n1")
		if (err != nil) != c.ssh {
			t.Errorf("%q: ssh refuses: %v\n%s%v", c.text, err != nil, theirs, err)
		}
	})
}
