package config

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestRandomFilesAsOpenSSH asks ssh -G and this package about random files. They agree, or
// we refuse; where ssh refuses, so do we.
func TestRandomFilesAsOpenSSH(t *testing.T) {
	ssh, o, n := findSSH(t), options(t), 2000
	if testing.Short() {
		n = 200
	}
	dirs := sync.Pool{New: func() any { return write(t, map[string]string{"inc/x": "", "my inc/x": ""}) }}
	var refused atomic.Int32
	parallel(n, func(i int) {
		dir := dirs.Get() // again and again: new files cost more than what is tested
		defer dirs.Put(dir)
		c := generate(rand.New(rand.NewPCG(20261120, uint64(i))), dir.(string))
		mine := o
		if mine.UserFile, mine.SystemFile = c.file("user"), c.file("system"); i%4 == 0 {
			mine.File = c.file("both")
		}
		ours, err := resolve(mine, c.name)
		if err != nil {
			refused.Add(1)
			return
		}
		theirs, err := ssh.ask(t.Context(), o.Home, "-F", c.file("both"), c.name)
		if err != nil || ours != theirs {
			t.Errorf("%d: ssh %s\n%s\nssh: %v\n%s\nours:\n%s", i, c.name, c, err, theirs, ours)
		}
	})
	t.Logf("%d configurations, %d of them refused", n, refused.Load())
	if int(refused.Load()) > n/5 {
		t.Errorf("too many refusals to say much")
	}
}

// random is a configuration in several files, and who is asked for.
type random struct {
	*rand.Rand
	dir, name string
	texts     map[string]string
}

func generate(r *rand.Rand, dir string) *random {
	c := &random{Rand: r, dir: dir, texts: map[string]string{}}
	c.name = c.pick("worker.one", "worker.two", "w1", "w2", "W2", "gw", "10.0.0.5", "a-b.example.org")
	for i := range 3 {
		c.texts[fmt.Sprintf("inc/%d.conf", i)] = c.text(i, false)
	}
	c.texts["my inc/a.conf"] = c.text(0, false)
	c.texts["inc/.hidden.conf"] = "Port 1\nUser hidden\n"
	c.texts["user"], c.texts["system"] = c.text(9, true), c.text(9, true)
	c.texts["both"] = fmt.Sprintf("Include %s\nInclude \"%s\"\n", c.file("user"), c.file("system"))
	for name, text := range c.texts {
		if err := os.WriteFile(c.file(name), []byte(text), 0o600); err != nil {
			panic(err)
		}
	}
	return c
}

func (c *random) file(name string) string { return filepath.Join(c.dir, name) }

func (c *random) String() string {
	var b strings.Builder
	for name, text := range c.texts {
		fmt.Fprintf(&b, "== %s\n%s", name, text)
	}
	return b.String()
}

func (c *random) pick(of ...string) string { return of[c.IntN(len(of))] }

// one reports true once in n times.
func (c *random) one(n int) bool { return c.IntN(n) == 0 }

// text is a file. It includes files with a lower number only.
func (c *random) text(number int, top bool) string {
	var b strings.Builder
	newline := c.pick("\n", "\n", "\n", "\r\n")
	for range 2 + c.IntN(8) {
		line := c.setting()
		switch c.IntN(10) {
		case 0, 1, 2:
			line = c.spelled("Host", c.hosts())
		case 3:
			if number > 0 {
				line = c.include(number)
			}
		case 4:
			line = c.pick("", "# a comment", "  \t# User nobody", "Match all", "Compression yes", "Match all # c", "SendEnv LANG LC_*",
				"IgnoreUnknown UseKeychain,Foo*", "ProxyCommand none", "\f")
		}
		if c.one(800) {
			line = c.wrong()
		}
		b.WriteString(c.pick("", "", "  ", "\t", "\r", " \t ") + line + c.pick("", "", "", " ", "\t", " # c", "\f", " \"\""[:1]) + newline)
	}
	text := b.String()
	if top && c.one(5) {
		text = strings.TrimRight(text, "\r\n")
	}
	return text
}

// spelled writes keyword and values in one of the ways that mean the same.
func (c *random) spelled(keyword, value string) string {
	keyword = c.pick(keyword, keyword, strings.ToLower(keyword), strings.ToUpper(keyword))
	return keyword + c.pick(" ", " ", "  ", "\t", "=", " = ", " =", "= ", "\t=\t") + value
}

// quoted writes one word in one of the ways that mean the same.
func (c *random) quoted(word string) string {
	switch c.IntN(8) {
	case 0:
		return `"` + word + `"`
	case 1:
		return "'" + word + "'"
	case 2:
		return word[:1] + `"` + word[1:] + `"`
	}
	return word
}

func (c *random) hosts() string {
	var all []string
	for range 1 + c.IntN(3) {
		p := c.pick("*", "*", "w*", "worker.*", "worker.?ne", "w?", "w1", "w2", "gw", "10.0.0.*", "*.example.org", "???", c.name, "*"+c.name[1:], "W*", "x", "**1*")
		if c.one(4) {
			p = "!" + p
		}
		all = append(all, c.quoted(p))
	}
	return strings.Join(all, c.pick(" ", "  ", "\t"))
}

func (c *random) include(number int) string {
	path := c.pick(c.file("inc/*.conf"), c.file("inc/0.conf"), c.file("inc/[01].conf"), c.file("i?c/0.conf"), `"`+c.file("my inc/a.conf")+`"`,
		c.file("my\\ inc/a.conf"), c.file("none/*"), c.file("inc/0.conf")+"\t"+c.file("inc/0.conf"), c.file("inc/*"))
	if number < 9 {
		path = fmt.Sprintf("\"%s\"", c.file(fmt.Sprintf("inc/%d.conf", c.IntN(number))))
	}
	return c.spelled("Include", path)
}

func (c *random) setting() string {
	word := func(keyword string, values ...string) string { return c.spelled(keyword, c.quoted(c.pick(values...))) }
	switch c.IntN(11) {
	case 0:
		return word("HostName", "10.1.2.3", "%h.Example.org", "a%%b", "Node-7", "fe80::1")
	case 1:
		return word("Port", "22", "2222", "65535", "022")
	case 2:
		return word("User", "spark", "root", "Dom\\user", "a#b")
	case 3, 4:
		return word(c.pick("IdentityFile", "IdentityFile2"), "~/.ssh/key", "/etc/k#1", "%d/.ssh/%h", "~/k k"[:3], "none", "rel/%r", "/a\\b", "~//x", "~")
	case 5:
		return word("IdentitiesOnly", "yes", "No", "TRUE", "false")
	case 6:
		return c.spelled("ProxyJump", c.pick("gw", "ops@gw:2200", "a,b@c,d:1", "none", "NONE", "10.0.0.1:7", "ssh://u@gw:33/", "[::1]:22", "gw#c", "W2", "ssh://gw,b", "w1:22"))
	case 7:
		return word("StrictHostKeyChecking", "yes", "no", "off", "Ask", "accept-new", "true")
	case 8:
		files := []string{c.quoted("~/.ssh/kh"), c.quoted("/etc/%h_%n_%k"), c.quoted("/k/%p-%r-%u-%i-%%-%l-%L"), c.quoted("%d/k#1"), `"/a b"`, "${HOME}/x"}
		c.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		return c.spelled("UserKnownHostsFile", c.pick(strings.Join(files[:1+c.IntN(2)], " "), "none", "/dev/null"))
	case 9:
		return word(c.pick("ConnectTimeout", "ServerAliveInterval"), "5", "1m30s", "none", "2H", "1d1", "0")
	}
	return word("HostKeyAlias", "Alias", "k.example", "al#1")
}

// wrong is a line that ssh refuses, or one that it reads oddly.
func (c *random) wrong() string {
	return c.pick("Port 70000", "Port 0", "Port x", "User", "User a b", "User \"\"", "HostName 'a", "IdentitiesOnly maybe", "ConnectTimeout 5x",
		"ConnectTimeout 9999999w", "ProxyJump a:b:c", "ProxyJump ,a", "ProxyJump @a", "ProxyJump none # c", "Match", "Match all x", "Host", "Host \"\"", "Include",
		"UserKnownHostsFile a none", "UserKnownHostsFile a ''", "HostName %x", "HostName a%", "UserKnownHostsFile %z", "UserKnownHostsFile ${NOPE_X}", "=User x",
		"==User x", "User ==x", "ProxyJump ==gw", "IgnoreUnknown UseKeychain\nUseKeychain yes", "Match host w1", "ProxyCommand nc %h %p", "User a\\ b",
		"ServerAliveCountMax -1", "IdentityAgent $a-b", "ProxyCommand 'x", "StrictHostKeyChecking maybe", "Protocol", "IgnoreUnknown a b", "Match 'all'", "Match ALL", "a\x00b", "Port\r33")
}
