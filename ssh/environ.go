package ssh

import (
	"path"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/ssh/config"
)

// environment is what SendEnv takes from environ, and then SetEnv.
func environment(h *config.Host, environ []string) [][2]string {
	var env [][2]string
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		for _, pattern := range h.SendEnv {
			if ok, _ := path.Match(pattern, name); ok {
				env = append(env, [2]string{name, value})
				break
			}
		}
	}
	for _, entry := range h.SetEnv {
		if name, value, ok := strings.Cut(entry, "="); ok {
			env = append(env, [2]string{name, value})
		}
	}
	return env
}

// sendEnv sends the variables that are configured, before a command is asked for. No answer
// is waited for: an sshd that does not accept them goes on without.
func (c *Conn) sendEnv(channel gossh.Channel) {
	for _, v := range c.env {
		channel.SendRequest("env", false, gossh.Marshal(struct{ Name, Value string }{v[0], v[1]}))
	}
}
