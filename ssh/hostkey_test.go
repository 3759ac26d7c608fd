package ssh_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"sparkops/shell"
	"sparkops/shell/shelltest"
	"sparkops/ssh"
	"sparkops/ssh/config"
	"sparkops/ssh/sshtest"
)

func TestHostKeys(t *testing.T) {
	shelltest.Unwatched(t)
	keys := newHostKeys(t)
	binary := openSSH(t)
	for _, c := range hostKeyCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var o sshtest.Options
			for _, name := range keys.named(c.server) {
				o.HostKeys = append(o.HostKeys, keys[name])
			}
			s := serve(t, o)
			known := keys.lines(c.known, s.Addr())
			for policy := config.AcceptNew; policy <= config.No; policy++ {
				h := at(t, s.Addr())
				h.HostKeyAlias, h.Strict = c.alias, policy
				write(t, h.KnownHosts[0], known)
				var warned string
				p := newPool(t, ssh.Options{Warn: func(text string) { warned += text }})
				_, err := p.Connect(t.Context(), h)
				if want := verdicts[c.is][policy]; want != (err == nil) {
					t.Errorf("policy %d: %v", policy, err)
				} else if err != nil && shell.AsError(err, "").Class != shell.ClassHostKey {
					t.Errorf("policy %d: class %s: %v", policy, shell.AsError(err, "").Class, err)
				}
				if err != nil && s.Connections() == 0 {
					t.Error("the server was not asked")
				}
				now, _ := os.ReadFile(h.KnownHosts[0])
				if added := len(now) > len(known); added != (c.is == "unknown" && err == nil) || !strings.HasPrefix(string(now), known) {
					t.Errorf("policy %d: known_hosts is now %.200q", policy, now)
				}
				if (warned != "") != (c.is == "changed" && policy == config.No) {
					t.Errorf("policy %d: warned %q", policy, warned)
				}
				if binary == "" || policy == config.Ask || policy == config.No && c.is != "changed" {
					continue // with no, ssh takes a revoked key, too, for all but passwords: here it is refused
				}
				write(t, h.KnownHosts[0], known)
				if theirs := asOpenSSH(t, binary, policies[policy], h); theirs != (err == nil) {
					t.Errorf("policy %d: ssh: %v; here: %v", policy, theirs, err)
				}
				if theirs := read(t, h.KnownHosts[0]); theirs != string(now) {
					t.Errorf("policy %d: ssh remembers %.300q; here: %.300q", policy, theirs, now)
				}
			}
		})
	}
}

// policies are the words of StrictHostKeyChecking.
var policies = map[config.Strict]string{config.Yes: "yes", config.Ask: "ask", config.AcceptNew: "accept-new", config.No: "no"}

// named are the keys of a list of names, which may have blanks in them.
func (k hostKeys) named(list string) []string {
	if k[list] != nil {
		return []string{list}
	}
	return strings.Fields(list)
}

// openSSH is OpenSSH's client, the judge; "" where there is none.
func openSSH(t *testing.T) string {
	t.Helper()
	file, err := exec.LookPath("ssh")
	if err == nil {
		return file
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("no ssh to compare with: ", err)
	}
	t.Log("NOT COMPARED with OpenSSH: there is no ssh on this machine")
	return ""
}

// asOpenSSH reports whether ssh connects.
func asOpenSSH(t *testing.T, binary, policy string, h *config.Host) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	args := []string{"-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=" + policy, "-o", "UserKnownHostsFile=" + strings.Join(h.KnownHosts, " "),
		"-o", "GlobalKnownHostsFile=" + strings.Join(append(h.GlobalKnownHosts, "/dev/null"), " "), "-o", "IdentityAgent=none", "-o", "IdentityFile=none",
		"-p", fmt.Sprint(h.Port), "-l", h.User}
	for keyword, value := range map[string]string{"HostKeyAlias": h.HostKeyAlias, "RevokedHostKeys": h.RevokedHostKeys,
		"HostKeyAlgorithms": h.HostKeyAlgorithms, "CASignatureAlgorithms": h.CASignatureAlgorithms} {
		if value != "" {
			args = append(args, "-o", keyword+"="+value)
		}
	}
	if h.MinRSA > 0 {
		args = append(args, "-o", fmt.Sprint("RequiredRSASize=", h.MinRSA))
	}
	for keyword, is := range map[string]bool{"NoHostAuthenticationForLocalhost": h.NoHostAuthForLocal, "HashKnownHosts": h.HashKnownHosts} {
		if is {
			args = append(args, "-o", keyword+"=yes")
		}
	}
	out, err := exec.CommandContext(ctx, binary, append(args, h.HostName, "true")...).CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() != 255) || err != nil && !strings.Contains(string(out), "ost key") {
		t.Errorf("ssh: %v: %s", err, out)
	}
	return err == nil
}

func TestUnreadableKnownHosts(t *testing.T) {
	h := at(t, serve(t, sshtest.Options{}).Addr())
	h.GlobalKnownHosts = []string{t.TempDir()} // a directory
	if e := refusal(t, newPool(t, ssh.Options{}), h); e.Class != shell.ClassHostKey || !strings.Contains(e.Error(), "reading "+h.GlobalKnownHosts[0]) {
		t.Errorf("class %s: %v", e.Class, e)
	}
}

// What was refused has not logged in, and what the user reads says what to do.
func TestChangedHostKey(t *testing.T) {
	s := serve(t, sshtest.Options{})
	_, old := newKey(t)
	h := at(t, s.Addr())
	h.GlobalKnownHosts = []string{write(t, filepath.Join(t.TempDir(), "global"), "\n"+fmt.Sprintf("[%s]:%d %s", h.HostName, h.Port, public(old)))}
	e := refusal(t, newPool(t, ssh.Options{}), h)
	for _, part := range []string{s.Addr(), "has changed", gossh.FingerprintSHA256(s.HostKey()), h.GlobalKnownHosts[0] + ":2"} {
		if !strings.Contains(e.Error(), part) {
			t.Errorf("no %q in %v", part, e)
		}
	}
	if want := fmt.Sprintf("ssh-keygen -R '[127.0.0.1]:%d' -f %s", h.Port, h.GlobalKnownHosts[0]); !strings.Contains(e.Hint, want) {
		t.Errorf("hint %q", e.Hint)
	}
	if s.Logins() != 0 || s.Connections() != 1 {
		t.Errorf("%d logins, %d connections", s.Logins(), s.Connections())
	}
}

// What the hint says works as it is typed, whatever form the old key is known in: then the
// host is one that is not known.
func TestChangedHostKeyHint(t *testing.T) {
	shelltest.Program(t, "ssh-keygen")
	s := serve(t, sshtest.Options{})
	_, other := newKey(t)
	old := line(other.PublicKey()) + "\n"
	for _, c := range []struct{ name, user, global, alias string }{
		{"plain", "HOST " + old, "", ""},
		{"hashed", hashed("HOST") + " " + old, "", ""},
		{"in a list", "more,HOST,other " + old, "", ""},
		{"pattern", "*.0.0.1* " + old, "", ""},
		{"alias", "farm " + old, "", "Farm"},
		{"twice", "HOST " + old + "# comment\nHOST " + old, "", ""},
		{"in two files", "HOST " + old, "HOST " + old, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := at(t, s.Addr())
			text := func(s string) string {
				name := fmt.Sprintf("[127.0.0.1]:%d", h.Port)
				return strings.ReplaceAll(strings.ReplaceAll(s, hashed("HOST"), hashed(name)), "HOST", name)
			}
			h.KnownHosts = []string{write(t, filepath.Join(t.TempDir(), "it's a file"), text(c.user))}
			h.GlobalKnownHosts = []string{write(t, filepath.Join(t.TempDir(), "global"), text(c.global))}
			h.HostKeyAlias = c.alias
			e := refusal(t, newPool(t, ssh.Options{}), h)
			_, command, ok := strings.Cut(e.Hint, ": ")
			if !ok || strings.Contains(e.Error()+e.Hint, "\n") {
				t.Fatalf("%v, hint %q", e, e.Hint)
			}
			if out, err := exec.Command("/bin/sh", "-c", command).CombinedOutput(); err != nil {
				t.Errorf("%s: %v: %s", command, err, out)
			}
			connect(t, newPool(t, ssh.Options{}), h)
		})
	}
}
