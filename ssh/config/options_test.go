package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParseOptions(t *testing.T) {
	for _, c := range []struct{ text, want string }{ // an error has its hint behind a |
		{"", "[] "},
		{"-o StrictHostKeyChecking=no -oPort=2 -p 3 -p4", "[{StrictHostKeyChecking no} {Port 2} {Port 3} {Port 4}] "},
		{" -i  ~/.ssh/k -l spark -J gw,b\t-F /x -F y", "[{IdentityFile ~/.ssh/k} {User spark} {ProxyJump gw,b}] y"},
		{"-q -nT -x -o User==x", "[{User =x}] "},
		{"-p", "-p has no value|give it one in PLACE"},
		{"-4 -6", "[{AddressFamily inet} {AddressFamily inet6}] "},
		{"-qAtti k -vvvp22 -K", "[{IdentityFile k} {Port 22} {GSSAPIAuthentication yes}] "},
		{"-b 1.2.3.4 -B eth0 -c a,b -m c -S ~/s -E log -e none -I p11 -P tag", "[{BindAddress 1.2.3.4} {BindInterface eth0} {Ciphers a,b} {MACs c} {ControlPath ~/s} {PKCS11Provider p11} {Tag tag}] "},
		{"-W x:1", "-W makes no sense here: a command is run on many hosts|take it out of PLACE"},
		{"-qN", "-N makes no sense here: a command is run on many hosts|take it out of PLACE"},
		{"-q -z", "-z is no option of ssh|take it out of PLACE"},
		{"-qé", "-\u00c3 is no option of ssh|take it out of PLACE"},
		{"-L 80:x:80 -R1:x:1 -p 2", "[{Port 2}] "},
		{"-gqp 2 -g", "[{Port 2}] "},
		{"host", `"host" is not understood|take it out of PLACE`},
		{"-", `"-" is not understood|take it out of PLACE`},
		{"-p 1 --", "[{Port 1}] "},
		{"-- host", `"host" is not understood|take it out of PLACE`},
		{"-o User bob", "-o User is not Keyword=value|write -o Keyword=value in PLACE"},
		{"-o User=", "-o User= is not Keyword=value|write -o Keyword=value in PLACE"},
		{`-o "User bob" -i 'a k' -o User="a\"b"\\c`, `[{User bob} {IdentityFile "a k"} {User a"b\c}] `},
		{`-l DOM\user`, `[{User DOM\user}] `},
		{`-o "User bob`, "a quote is not closed|close it in PLACE"},
	} {
		line, err := ParseOptions(c.text)
		got := fmt.Sprint(line.Settings) + " " + line.File
		want := strings.ReplaceAll(c.want, "PLACE", "SPARK_SSH_OPTS in conf/spark-env.sh")
		if e, ok := errors.AsType[*Error](err); ok {
			got, want = e.Error()+"|"+e.Hint, "reading SPARK_SSH_OPTS: "+want
		}
		if got != want {
			t.Errorf("%q: %s, want %s", c.text, got, want)
		}
	}
}

func TestCommandLineComesFirst(t *testing.T) {
	dir := write(t, map[string]string{"config": "Port 5\nUser file\nIdentityFile /file\nProxyJump gw\nHost gw\nUser ops\nPort 6\nProxyJump none\n"})
	for _, c := range []struct{ text, host, want string }{
		{"-p 1 -p 2", "h", "port=1\n"},
		{"-l a", "b@h", "user=a\n"},
		{"-o User=a", "b@h", "user=a\n"},
		{"-o User==a", "h", "user==a\n"},
		{"", "b@h", "user=b\n"},
		{"", "b@c@h", "user=b@c\n"},
		{"-i /typed", "h", "identityfile=/typed /file\n"},
		{"-J a,b", "h", "proxyjump=a,b\n"},
		{"-J none", "h", "proxyjump=\n"},
		{"-o Port=x", "h", `reading SPARK_SSH_OPTS: port: "x" is no port`},
		{"-o Usr=x", "h", "reading SPARK_SSH_OPTS: usr: ssh does not know this keyword"},
		{"-o Include=x", "h", "reading SPARK_SSH_OPTS: include: ssh does not know this keyword"},
	} {
		line, err := ParseOptions(c.text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := resolve(Options{File: dir + "/config", User: "me", Extra: line.Settings}, c.host)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%q %s: no %s in\n%s", c.text, c.host, c.want, got)
		}
	}
}

// TestCommandLineAsOpenSSH asks ssh -G with the same words.
func TestCommandLineAsOpenSSH(t *testing.T) {
	ssh, o := findSSH(t), options(t)
	o.File = write(t, map[string]string{"config": "Port 5\nUser file\nIdentityFile /file\nConnectTimeout 7\nProxyJump gw\n"}) + "/config"
	for _, text := range []string{"", "-p 1 -p 2", "-l a -l b", "-oUser=x", "-o User==x", "-o HostName=%h.x -o IdentitiesOnly=yes", "-J a,b@c:1", "-J none", "-o UserKnownHostsFile=/dev/null -q",
		"-o StrictHostKeyChecking=no -o ConnectTimeout=none -T", "-o ProxyJump=x -o ProxyCommand=none", "-p 0", "-qAtti /etc/passwd -vp22 -4", "-i /missing -i /etc/passwd --", "-l", "-z", "-q-",
		"-b 127.0.0.1 -B lo -e none -c aes128-ctr -m hmac-sha2-256 -S none -xX2kK", "-o Usr=x", "-o Port", "-J a:b:c", "-o Port=5x", "-o Include=x"} {
		for _, host := range []string{"h", "z@h"} {
			theirs, sshErr := ssh.ask(t.Context(), o.Home, append(append([]string{"-F", o.File}, strings.Fields(text)...), host)...)
			var ours string
			line, err := ParseOptions(text)
			line.DropMissing(o.Home)
			if o.Extra = line.Settings; err == nil {
				ours, err = resolve(o, host)
			}
			if (err != nil) != (sshErr != nil) || ours != theirs {
				t.Errorf("%q %s: %v, ssh %v\nssh:\n%s\nours:\n%s", text, host, err, sshErr, theirs, ours)
			}
		}
	}
}

// TestTypedIsToldAsTyped has ssh refuse what only it can judge: the message names where it
// stands, which ssh cannot know.
func TestTypedIsToldAsTyped(t *testing.T) {
	ssh := string(findSSH(t))
	for _, c := range []struct{ text, ssh, want string }{
		{"-p 2 -o Fooo=1", ssh, "fooo: Bad configuration option: fooo|take it out of SPARK_SSH_OPTS in conf/spark-env.sh"},
		{"-o Fooo=1", "", "fooo: ssh does not know this keyword, up to version 10.0|take it out of SPARK_SSH_OPTS in conf/spark-env.sh"},
		{"-c nosuch", ssh, "ciphers: Bad SSH2 cipher spec 'nosuch'|take it out of SPARK_SSH_OPTS in conf/spark-env.sh"},
		{"-o KexAlgorithms=+nosuch", ssh, "kexalgorithms: Bad SSH2 KexAlgorithms '+nosuch'|take it out of SPARK_SSH_OPTS in conf/spark-env.sh"},
		{"-o Include=x", ssh, "include: ssh does not know this keyword on its command line|put it into ~/.ssh/config"},
	} {
		line, err := ParseOptions(c.text)
		if err == nil {
			_, err = resolve(Options{File: "none", User: "me", Extra: line.Settings, SSH: c.ssh}, "h")
		}
		if e, ok := errors.AsType[*Error](err); !ok || e.Error()+"|"+e.Hint != "reading SPARK_SSH_OPTS: "+c.want {
			t.Errorf("%s: %v, want %s", c.text, err, c.want)
		}
	}
}
