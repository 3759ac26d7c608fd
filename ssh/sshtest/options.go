package sshtest

import (
	"bytes"
	"cmp"
	"errors"
	"net"
	"os"
	"slices"

	gossh "golang.org/x/crypto/ssh"
)

// path is the PATH that sshd gives to commands where nothing else is configured.
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

func (o Options) withDefaults() Options {
	o.Addr = cmp.Or(o.Addr, "127.0.0.1:0")
	o.Dir = cmp.Or(o.Dir, "/")
	o.Shell = cmp.Or(o.Shell, "/bin/sh")
	return o
}

// serverConfig says who may log in.
func (o Options) serverConfig() *gossh.ServerConfig {
	c := &gossh.ServerConfig{
		ServerVersion: "SSH-2.0-sparkops_sshtest",
		NoClientAuth:  len(o.AuthorizedKeys) == 0 && o.KeysFile == "" && o.Password == "",
		PublicKeyCallback: func(_ gossh.ConnMetadata, key gossh.PublicKey) (*gossh.Permissions, error) {
			known := func(k gossh.PublicKey) bool { return bytes.Equal(k.Marshal(), key.Marshal()) }
			all := append(o.listed(), o.AuthorizedKeys...)
			if (len(all) > 0 || o.KeysFile != "" || o.Password != "") && !slices.ContainsFunc(all, known) {
				return nil, errors.New("the key is not authorized")
			}
			return nil, nil
		},
	}
	if o.Password != "" {
		c.PasswordCallback = func(_ gossh.ConnMetadata, password []byte) (*gossh.Permissions, error) {
			if string(password) != o.Password {
				return nil, errors.New("wrong password")
			}
			return nil, nil
		}
	}
	return c
}

// listed are the keys of KeysFile that stand there without options.
func (o Options) listed() []gossh.PublicKey {
	text, err := os.ReadFile(o.KeysFile)
	if err != nil {
		return nil
	}
	var all []gossh.PublicKey
	for line := range bytes.Lines(text) {
		if key, _, options, _, err := gossh.ParseAuthorizedKey(line); err == nil && len(options) == 0 {
			all = append(all, key)
		}
	}
	return all
}

// environment is what a command of the client finds, before its own "env" requests.
func (o Options) environment(client gossh.ConnMetadata) []string {
	env := []string{
		"USER=" + client.User(),
		"LOGNAME=" + client.User(),
		"HOME=" + o.Dir,
		"PATH=" + path,
		"SHELL=" + o.Shell,
		"SSH_CLIENT=" + spaced(client.RemoteAddr()) + " " + port(client.LocalAddr()), // for it bash reads ~/.bashrc
		"SSH_CONNECTION=" + spaced(client.RemoteAddr()) + " " + spaced(client.LocalAddr()),
	}
	return append(env, o.Env...)
}

func port(a net.Addr) string {
	_, port, _ := net.SplitHostPort(a.String())
	return port
}

// spaced is a's host and port with a blank between them.
func spaced(a net.Addr) string {
	host, port, _ := net.SplitHostPort(a.String())
	return host + " " + port
}

// Cheapest, as an [Options].Config, has a server offer what takes both ends the least time. Under the race
// detector the others take four times as long.
func Cheapest(c *gossh.ServerConfig) {
	c.KeyExchanges, c.Ciphers = []string{gossh.KeyExchangeECDHP256}, []string{gossh.CipherAES128GCM}
}
