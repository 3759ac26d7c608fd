package ssh_test

import (
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/ssh"
	"sparkops/ssh/sshtest"
)

// banners is a server that sends texts before it answers a login.
func banners(texts ...string) func(*gossh.ServerConfig) {
	return func(c *gossh.ServerConfig) {
		c.BannerCallback = func(conn gossh.ConnMetadata) string {
			for _, text := range texts {
				conn.(gossh.ServerPreAuthConn).SendAuthBanner(text)
			}
			return ""
		}
	}
}

// A banner of any length is noise of the first script, and of no other.
func TestBanner(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("All that you do here is watched.\n", 6_000)
	for _, c := range []struct {
		name  string
		texts []string
		noise string
	}{
		{"none", nil, ""},
		{"empty", []string{""}, ""},
		{"short", []string{"Welcome\n"}, "Welcome\n"},
		{"again and again", []string{"Welcome\n", "to w1", "Welcome\n", "to w1"}, "Welcome\nto w1\n"},
		{"200 kB", []string{long}, long[:8<<10] + "\n"},
		{"200 kB in many", strings.SplitAfter(strings.Repeat("Welcome\n", 50)+long, "\n"), "Welcome\nAll that you do here is watched.\n"},
	} {
		s := serve(t, sshtest.Options{Config: banners(c.texts...), Shell: loginShell(t, "echo from .bashrc")})
		conn := connect(t, newPool(t, ssh.Options{}), at(t, s.Addr()))
		for n, want := range []string{c.noise + "from .bashrc\n", "from .bashrc\n"} {
			if out, err := conn.Run(t.Context(), hello); err != nil || string(out.Noise) != want {
				t.Errorf("%s: script %d: %d bytes of noise: %.80q, %v", c.name, n, len(out.Noise), out.Noise, err)
			}
		}
	}
}

// Why a login is refused may stand in a banner, after the usual.
func TestBannerOfRefusedLogin(t *testing.T) {
	_, authorized := newKey(t)
	usual := strings.Repeat("All that you do here is watched.\n", 60)
	s := serve(t, sshtest.Options{AuthorizedKeys: []gossh.PublicKey{authorized.PublicKey()}, Config: banners(usual, "Your account has expired.\n")})
	e := refusal(t, newPool(t, ssh.Options{}), at(t, s.Addr()))
	if e.Class != shell.ClassAuth || e.Hint == "" || !strings.Contains(e.Error(), "refused the login of spark") || !strings.Contains(e.Error(), `Your account has expired."`) {
		t.Errorf("class %s, hint %q: %v", e.Class, e.Hint, e)
	}
	if len(e.Error()) > 500 {
		t.Errorf("%d bytes", len(e.Error()))
	}
}
