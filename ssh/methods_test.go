package ssh_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

// Which methods are tried, in which order and how often, by ssh and by us, where the server
// refuses all of them. ssh asks a program that always says the wrong thing.
func TestMethodsAsOpenSSH(t *testing.T) {
	shelltest.Unwatched(t)
	t.Parallel()
	binary := shelltest.Program(t, "ssh")
	private, _ := newKey(t)
	dir := t.TempDir()
	key := writeKey(t, filepath.Join(dir, "id"), private)
	askpass := write(t, filepath.Join(dir, "askpass"), "#!/bin/sh\necho wrong\n")
	if err := os.Chmod(askpass, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		takes  string // by the server
		change func(*config.Host)
	}{
		{"all", "publickey keyboard-interactive password", func(*config.Host) {}},
		{"password alone", "password", func(*config.Host) {}},
		{"keyboard-interactive alone", "keyboard-interactive", func(*config.Host) {}},
		{"keyboard-interactive that asks nothing", "mute-interactive", func(*config.Host) {}},
		{"password first", "publickey keyboard-interactive password", func(h *config.Host) { h.PreferredAuth = []string{"password", "publickey"} }},
		{"preferred, with what the server lacks", "publickey password", func(h *config.Host) {
			h.PreferredAuth = []string{"gssapi-with-mic", "keyboard-interactive", "password", "publickey"}
		}},
		{"keys alone", "publickey keyboard-interactive password", func(h *config.Host) { h.PreferredAuth = []string{"publickey"} }},
		{"no keys", "publickey keyboard-interactive password", func(h *config.Host) { h.NoPubkey = true }},
		{"no passwords", "publickey keyboard-interactive password", func(h *config.Host) { h.NoPassword = true }},
		{"no keyboard-interactive", "publickey keyboard-interactive password", func(h *config.Host) { h.NoKbdInter = true }},
		{"one prompt", "publickey keyboard-interactive password", func(h *config.Host) { h.Prompts = 1 }},
		{"no prompts", "publickey keyboard-interactive password", func(h *config.Host) { h.Prompts = 0 }},
		{"BatchMode", "publickey keyboard-interactive password", func(h *config.Host) { h.Batch = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server, methods := refuser(t, strings.Fields(c.takes))
			h := at(t, server.Addr())
			h.Identities, h.IdentitiesSet, h.Prompts = []string{key}, true, 3
			c.change(h)
			said := openSSHMethods(t, binary, askpass, h)
			theirs := methods()
			refusal(t, newPool(t, ssh.Options{Ask: &person{passwords: []string{"wrong"}}}), h)
			if ours := methods(); !slices.Equal(ours, theirs) || len(ours) == 0 {
				t.Errorf("tried %q, ssh %q\n%s", ours, theirs, said)
			}
		})
	}
}

// refuser is a server that takes methods and refuses what they bring. The methods that it was
// asked for are told once.
func refuser(t *testing.T, takes []string) (*sshtest.Server, func() []string) {
	t.Helper()
	var mu sync.Mutex
	var tried []string
	no := errors.New("no")
	s := serve(t, sshtest.Options{Config: func(c *gossh.ServerConfig) {
		c.NoClientAuth, c.PublicKeyCallback, c.MaxAuthTries = false, nil, -1
		for _, method := range takes {
			switch method {
			case "publickey":
				c.PublicKeyCallback = func(gossh.ConnMetadata, gossh.PublicKey) (*gossh.Permissions, error) { return nil, no }
			case "password":
				c.PasswordCallback = func(gossh.ConnMetadata, []byte) (*gossh.Permissions, error) { return nil, no }
			case "keyboard-interactive":
				c.KeyboardInteractiveCallback = func(_ gossh.ConnMetadata, ask gossh.KeyboardInteractiveChallenge) (*gossh.Permissions, error) {
					ask("", "", []string{"Password: "}, []bool{false})
					return nil, no
				}
			case "mute-interactive":
				c.KeyboardInteractiveCallback = func(gossh.ConnMetadata, gossh.KeyboardInteractiveChallenge) (*gossh.Permissions, error) {
					return nil, no
				}
			}
		}
		c.AuthLogCallback = func(_ gossh.ConnMetadata, method string, _ error) {
			mu.Lock()
			defer mu.Unlock()
			tried = append(tried, method)
		}
	}})
	return s, func() []string {
		mu.Lock()
		defer mu.Unlock()
		all := tried
		tried = nil
		return all
	}
}

// openSSHMethods lets ssh try to log in as h says, and returns its words.
func openSSHMethods(t *testing.T, binary, askpass string, h *config.Host) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	yes := map[bool]string{true: "yes", false: "no"}
	args := []string{"-v", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "GlobalKnownHostsFile=/dev/null",
		"-o", "IdentityAgent=none", "-o", "IdentityFile=" + h.Identities[0], "-o", "IdentitiesOnly=yes", "-o", "GSSAPIAuthentication=no",
		"-o", fmt.Sprint("NumberOfPasswordPrompts=", h.Prompts), "-o", "BatchMode=" + yes[h.Batch],
		"-o", "PubkeyAuthentication=" + yes[!h.NoPubkey], "-o", "PasswordAuthentication=" + yes[!h.NoPassword], "-o", "KbdInteractiveAuthentication=" + yes[!h.NoKbdInter]}
	if h.PreferredAuth != nil {
		args = append(args, "-o", "PreferredAuthentications="+strings.Join(h.PreferredAuth, ","))
	}
	cmd := exec.CommandContext(ctx, binary, append(args, "-p", fmt.Sprint(h.Port), "-l", h.User, h.HostName, "true")...)
	cmd.Env = append(os.Environ(), "SSH_ASKPASS="+askpass, "SSH_ASKPASS_REQUIRE=force", "DISPLAY=:0")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Errorf("ssh logged in: %s", out)
	}
	return string(out)
}
