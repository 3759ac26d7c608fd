package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"sparkops/shell/shelltest"

	"golang.org/x/sync/errgroup"
)

// options are those that ssh has on this machine: its idea of home is that of the password
// database, not $HOME.
func options(t testing.TB) Options {
	t.Helper()
	me, err := user.LookupId(strconv.Itoa(os.Getuid()))
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	return Options{Home: me.HomeDir, User: me.Username, UID: os.Getuid(), LocalHost: host, Env: os.LookupEnv}
}

// write puts files into a directory of their own; DIR in them is its name.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "DIR", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// openssh is ssh -G on this machine.
type openssh string

func findSSH(t testing.TB) openssh {
	t.Helper()
	return openssh(shelltest.Program(t, "ssh"))
}

// ask is the answer of ssh -G in the form of [answer], or the reason why it refuses.
func (ssh openssh) ask(ctx context.Context, home string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, string(ssh), append([]string{"-G"}, args...)...)
	cmd.Env = append(os.Environ(), "OPENSSL_CONF=/dev/null") // not asked for, and a tenth of the time
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", errors.Join(err, errors.New(stderr.String()))
	}
	values := map[string][]string{}
	for l := range strings.Lines(string(out)) {
		keyword, value, _ := strings.Cut(strings.TrimRight(l, "\n"), " ")
		values[keyword] = append(values[keyword], value)
	}
	one := func(keyword string) string { return strings.Join(values[keyword], " ") }
	var keys []string
	for _, file := range values["identityfile"] {
		if strings.HasPrefix(file, "~/.ssh/id_") {
			file = "(default)"
		}
		if file != "none" && (keys == nil || file != "(default)") {
			keys = append(keys, expandKey(file, home, one("hostname"), one("user")))
		}
	}
	strict := map[string]string{"true": "yes", "false": "no"}[one("stricthostkeychecking")]
	if strict == "" {
		strict = one("stricthostkeychecking")
	}
	timeout := one("connecttimeout")
	if timeout == "0" {
		timeout = "none"
	}
	return sheet(one("hostname"), one("port"), one("user"), strings.Join(keys, " "), one("identitiesonly"), hops(one("proxyjump")),
		strict, one("userknownhostsfile"), timeout, one("hostkeyalias")), nil
}

// parallel keeps the machine busy: an ssh -G takes some 5 ms.
func parallel(n int, do func(i int)) {
	var group errgroup.Group
	group.SetLimit(2 * runtime.NumCPU())
	for i := range n {
		group.Go(func() error {
			do(i)
			return nil
		})
	}
	group.Wait()
}

// expandKey does what ssh -G leaves to whoever reads it.
func expandKey(file, home, host, user string) string {
	if strings.HasPrefix(file, "~") {
		file = home + file[1:]
	}
	return strings.NewReplacer("%%", "%", "%d", home, "%h", host, "%r", user).Replace(file)
}

// hops evens out how a ProxyJump is written.
func hops(value string) string {
	var all []string
	for hop := range strings.SplitSeq(value, ",") {
		hop = strings.TrimSuffix(strings.TrimPrefix(hop, "ssh://"), "/")
		all = append(all, strings.NewReplacer("[", "", "]", "").Replace(hop))
	}
	return strings.Join(all, ",")
}

// answer is what is compared of a host.
func answer(h *Host) string {
	keys := "(default)"
	if h.IdentitiesSet {
		keys = strings.Join(h.Identities, " ")
	}
	known := strings.Join(h.KnownHosts, " ")
	if known == "" {
		known = "none"
	}
	strict := "ask" // of ssh; here it is accept-new
	if h.From["stricthostkeychecking"] != "" {
		strict = []string{AcceptNew: "accept-new", Yes: "yes", Ask: "ask", No: "no"}[h.Strict]
	}
	timeout := "none"
	if h.ConnectTimeout > 0 {
		timeout = strconv.Itoa(int(h.ConnectTimeout.Seconds()))
	}
	flag := map[bool]string{true: "yes", false: "no"}
	return sheet(h.HostName, strconv.Itoa(h.Port), h.User, keys, flag[h.IdentitiesOnly], hops(strings.Join(h.Jump, ",")),
		strict, known, timeout, h.HostKeyAlias)
}

func sheet(values ...string) string {
	var b strings.Builder
	for i, keyword := range []string{"hostname", "port", "user", "identityfile", "identitiesonly", "proxyjump",
		"stricthostkeychecking", "userknownhostsfile", "connecttimeout", "hostkeyalias"} {
		fmt.Fprintf(&b, "%s=%s\n", keyword, values[i])
	}
	return b.String()
}

// resolve loads the files and asks for a name.
func resolve(o Options, name string) (string, error) {
	files, err := Load(o)
	if err != nil {
		return "", err
	}
	h, err := files.Host(context.Background(), name)
	if err != nil {
		return "", err
	}
	return answer(h), nil
}
