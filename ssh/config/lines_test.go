package config

import (
	"fmt"
	"path/filepath"
	"strings"
)

// text is a file. It includes files with a lower number only.
func (c *random) text(number int, top bool) string {
	var b strings.Builder
	newline := c.pick("\n", "\n", "\n", "\r\n")
	for range 2 + c.IntN(8) {
		line := c.setting()
		switch c.IntN(10) {
		case 0, 1:
			line = c.spelled("Host", c.hosts())
		case 2:
			line = c.match()
		case 3:
			if number > 0 {
				line = c.include(number)
			}
		case 4:
			line = c.pick("", "# a comment", "  \t# User nobody", "Match all", "Compression yes", "Match all # c", "ForwardAgent yes",
				"IgnoreUnknown UseKeychain,Foo*", "ProxyCommand none", "\f", "LogLevel QUIET", "GSSAPIAuthentication yes", "Protocol 2")
		}
		if c.one(1500) {
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

func (c *random) include(number int) string {
	inc := func(name string) string { return filepath.Join(c.dir, name) }
	path := c.pick(inc("inc/*.conf"), inc("inc/0.conf"), inc("inc/[01].conf"), inc("i?c/0.conf"), `"`+inc("my inc/a.conf")+`"`,
		inc("my\\ inc/a.conf"), inc("none/*"), inc("inc/0.conf")+"\t"+inc("inc/0.conf"), inc("inc/*"))
	switch {
	case number < 8:
		path = fmt.Sprintf("\"%s\"", inc(fmt.Sprintf("inc/%d.conf", c.IntN(number))))
	case c.placed && number == 8:
		path = c.pick(path, path, "inc/u.conf", "~/.ssh/inc/*", "inc/*.conf none")
	case c.placed:
		path = c.pick(path, path, "inc/s.conf", "inc/*.conf none")
	}
	return c.spelled("Include", path)
}

// hosts are the patterns of a Host line.
func (c *random) hosts() string {
	var all []string
	for range 1 + c.IntN(3) {
		all = append(all, c.quoted(c.pattern(true)))
	}
	return strings.Join(all, c.pick(" ", "  ", "\t"))
}

func (c *random) pattern(negated bool) string {
	p := c.pick("*", "*", "w*", "worker.*", "worker.?ne", "w?", "w1", "w2", "gw", "10.0.0.*", "*.example.org", "???", c.name, "*"+c.name[1:], "W*", "x", "**1*", "node-7", "*.typed")
	if negated && c.one(4) {
		p = "!" + p
	}
	return p
}

// match is a Match line.
func (c *random) match() string {
	switch c.IntN(8) {
	case 0:
		return c.spelled("Match", c.pick("final", "final all", "canonical", "canonical all", "FINAL ALL", "!final all"))
	case 1:
		return c.spelled("Match", c.pick("all", "ALL"))
	}
	var all []string
	for range 1 + c.IntN(3) {
		all = append(all, c.criterion())
	}
	return c.spelled("Match", strings.Join(all, c.pick(" ", "  ", "\t")))
}

func (c *random) criterion() string {
	list := func(one func() string) string {
		all := []string{one()}
		for c.one(3) {
			all = append(all, c.pick("", "!")+one())
		}
		value := strings.Join(all, ",")
		return c.pick(value, value, value, `"`+value+`"`)
	}
	name := func() string { return c.pattern(false) }
	user := func() string { return c.pick("spark", "u", "typed", "*", "s*", "root", "Other", "nobody") }
	word := c.pick("host", "host", "originalhost", "user", "localuser", "exec", "final", "canonical")
	word = c.pick("", "", "", "!") + c.pick(word, word, word, strings.ToUpper(word))
	between := c.pick(" ", " ", " ", "=", "  ", "\t")
	switch strings.ToLower(strings.TrimPrefix(word, "!")) {
	case "host", "originalhost":
		return word + between + list(name)
	case "user", "localuser":
		return word + between + list(user)
	case "exec":
		return word + between + c.pick("true", "false", `"true"`, `"exit 3"`, `"test %h = w1"`, `"test %n:%p = w1:22"`, `"case %r in s*) ;; *) false; esac"`, `"test -n '$KEYS'"`, `"test %k = %h # %%"`)
	}
	return word
}

// setting is a line that says something.
func (c *random) setting() string {
	word := func(keyword string, values ...string) string { return c.spelled(keyword, c.quoted(c.pick(values...))) }
	switch c.IntN(22) {
	case 0, 1:
		return word("HostName", "10.1.2.3", "%h.Example.org", "a%%b", "Node-7", "fe80::1", "w1", "x-%h")
	case 2:
		return word("Port", "22", "2222", "65535", "022", "ssh")
	case 3:
		return word("User", "spark", "spark", "Dom\\user", "a#b", "u")
	case 4, 5:
		return word(c.pick("IdentityFile", "IdentityFile2", "CertificateFile"), "~/.ssh/key", "/etc/k#1", "%d/.ssh/%h", "~/k k"[:3], "none", "rel/%r", "/a\\b", "~//x", "${KEYS}/%n", "/k/%u-%i-%k-%C", "/b")
	case 6:
		return word(c.pick("IdentitiesOnly", "BatchMode", "HashKnownHosts", "PasswordAuthentication", "PubkeyAuthentication", "KbdInteractiveAuthentication",
			"ChallengeResponseAuthentication", "SkeyAuthentication", "DSAAuthentication"), "yes", "No", "TRUE", "false", "no")
	case 7:
		return c.spelled("ProxyJump", c.pick("gw", "ops@gw:2200", "a,b@c,d:1", "none", "NONE", "10.0.0.1:7", "ssh://u@gw:33/", "[::1]:22", "gw#c", "W2", "ssh://gw,b", "w1:22", "b # c"))
	case 8:
		return c.spelled("ProxyCommand", c.pick("none", "nc %h %p", "nc -x %r@%n:1 \"%h\" %p #x", "sh -c 'exec nc %h %p'", "NONE", "nc %% 100", "ssh -W [%h]:%p gw"))
	case 9:
		return word("StrictHostKeyChecking", "yes", "no", "off", "Ask", "accept-new", "true")
	case 10:
		return c.spelled("UserKnownHostsFile", c.files("none", "/dev/null", "~//x", "$KEYS/x"))
	case 11:
		return word(c.pick("ConnectTimeout", "ServerAliveInterval"), "5", "1m30s", "none", "2H", "1d1", "0", "1w", "010", "300")
	case 12:
		return word("HostKeyAlias", "Alias", "k.example", "al#1")
	case 13:
		return word(c.pick("ServerAliveCountMax", "ConnectionAttempts", "NumberOfPasswordPrompts"), "1", "2", "9", "07", "100")
	case 14:
		return c.environment()
	case 15:
		return c.algorithms()
	case 16:
		return word(c.pick("ControlPath", "IdentityAgent"), "none", "~/.ssh/cm-%r@%h:%p", "/tmp/%C", "${KEYS}/s", "/tmp/%i-%u-%L-%n", "~/a#b")
	case 17:
		return c.pick(word("IdentityAgent", "SSH_AUTH_SOCK", "$MY_AGENT", "none", "$SSH_AUTH_SOCK"), word("AddressFamily", "inet", "inet6", "ANY", "any"))
	case 18:
		return c.pick(word("BindAddress", "10.0.0.1", "*", "b.example"), word("BindInterface", "eth0", "lo"), word("RevokedHostKeys", "/etc/revoked", "none", "/x y"[:2]))
	case 19:
		return word("PreferredAuthentications", "publickey", "publickey,password", "keyboard-interactive")
	case 20:
		return c.pick(word("CanonicalizeHostname", "yes", "no", "always", "No"), word("GlobalKnownHostsFile", "/g", "~/g", "/g-%h", "none"))
	}
	return c.spelled("GlobalKnownHostsFile", c.pick("/g1 /g2", "\"/g 1\"", "/g # c", "'/g'"))
}

func (c *random) files(alone ...string) string {
	files := []string{c.quoted("~/.ssh/kh"), c.quoted("/etc/%h_%n_%k"), c.quoted("/k/%p-%r-%u-%i-%%-%l-%L"), c.quoted("%d/k#1"), `"/a b"`, "${HOME}/x", "${ODD}"}
	c.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	return c.pick(strings.Join(files[:1+c.IntN(2)], " "), c.pick(alone...))
}

// environment is SendEnv or SetEnv.
func (c *random) environment() string {
	var words []string
	if c.one(2) {
		for range 1 + c.IntN(3) {
			words = append(words, c.quoted(c.pick("LANG", "LC_*", "SPARK_*", "-LC_*", "-L*", "LC_ALL", "X", "-X", "-*")))
		}
		return c.spelled("SendEnv", strings.Join(words, " "))
	}
	for range 1 + c.IntN(3) {
		words = append(words, c.pick("A=1", "B=", `"C=x y"`, "D='z'", "E=a#b", "F=x=y", "A=2"))
	}
	return c.spelled("SetEnv", strings.Join(words, " "))
}

// algorithms is one of the lists in the order of preference.
func (c *random) algorithms() string {
	of := map[string][]string{
		"Ciphers":           {"aes128-ctr", "aes256-ctr", "aes128-cbc", "aes256-gcm@openssh.com"},
		"MACs":              {"hmac-sha2-256", "hmac-sha2-512", "umac-64@openssh.com"},
		"KexAlgorithms":     {"curve25519-sha256", "ecdh-sha2-nistp256", "diffie-hellman-group14-sha1"},
		"HostKeyAlgorithms": {"ssh-ed25519", "ssh-rsa", "rsa-sha2-512"},
	}
	of["PubkeyAcceptedAlgorithms"] = of["HostKeyAlgorithms"]
	of["PubkeyAcceptedKeyTypes"] = of["HostKeyAlgorithms"]
	keyword := c.pick("Ciphers", "MACs", "KexAlgorithms", "HostKeyAlgorithms", "PubkeyAcceptedAlgorithms", "PubkeyAcceptedKeyTypes")
	names := of[keyword]
	c.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	how := c.pick("", "", "+", "-", "^")
	list := strings.Join(names[:1+c.IntN(2)], ",")
	if how == "-" {
		list = c.pick(list, "*-"+names[0][len(names[0])-3:], names[0][:4]+"*")
	}
	return c.spelled(keyword, c.pick(how+list, `"`+how+list+`"`))
}

// wrong is a line that ssh refuses, or one that it reads oddly.
func (c *random) wrong() string {
	return c.pick("Usr x", "Port 70000", "Port 0", "Port x", "User", "User a b", "User \"\"", "HostName 'a", "IdentitiesOnly maybe", "ConnectTimeout 5x",
		"ConnectTimeout 9999999w", "ProxyJump a:b:c", "ProxyJump ,a", "ProxyJump @a", "ProxyJump none # c", "Match", "Match all x", "Host", "Host \"\"", "Include",
		"UserKnownHostsFile a none", "UserKnownHostsFile a ''", "HostName %x", "HostName a%", "UserKnownHostsFile %z", "UserKnownHostsFile ${NOPE_X}", "=User x",
		"==User x", "\"User\" x", "User ==x", "ProxyJump ==gw", "UseKeychain yes", "IgnoreUnknown UseKeychain\nUseKeychain yes", "Match host", "Match host w1 all", "Match user",
		"Match !all", "Match hosts w1", "Match exec", "Match exec \"true %z\"", "Match host \"w1", "Match 'host' w1", "Match host 'w1'", "Match host w1,", "Match host=w1 exec=false", "Match final final", "Match final canonical all",
		"User a\\ b", "ServerAliveCountMax -1", "ConnectionAttempts 0", "NumberOfPasswordPrompts x", "IdentityAgent $a-b", "ProxyCommand 'x", "ProxyCommand", "ProxyCommand=", "ProxyCommand %z", "StrictHostKeyChecking maybe", "Protocol",
		"IgnoreUnknown a b", "Match 'all'", "Match ALL", "a\x00b", "Port\r33", "AddressFamily ipv6", "SendEnv A=b", "SendEnv", "SetEnv A", "SetEnv =x", "SetEnv", "CertificateFile", "CertificateFile %z",
		"Include ~nobody-here/x", "Include", "CanonicalizeHostname maybe", "PreferredAuthentications", "PreferredAuthentications a b", "Ciphers aes1", "MACs hmac-*", "KexAlgorithms +curve25519-sha256,nope", "HostKeyAlgorithms ^nope*", "PubkeyAcceptedKeyTypes \"nope\"", "BindAddress", "PubkeyAuthentication maybe", "RevokedHostKeys a b", "HostKeyAlias a b")
}
