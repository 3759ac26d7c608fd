package config

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

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
	return Options{Home: me.HomeDir, User: me.Username, UID: os.Getuid(), LocalHost: host, Env: envOf(cleanEnv(me.HomeDir))}
}

// write puts files into a directory of their own; DIR in them is its name.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		put(t, filepath.Join(dir, name), strings.ReplaceAll(text, "DIR", dir))
	}
	return dir
}

func put(t testing.TB, path, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// openssh is ssh -G on this machine.
type openssh string

func findSSH(t testing.TB) openssh {
	t.Helper()
	return openssh(shelltest.Program(t, "ssh"))
}

// ask is the answer of ssh -G in the form of [answer], or the reason why it refuses. A
// [session] is faster for many.
func (ssh openssh) ask(ctx context.Context, home string, args ...string) (string, error) {
	out, err := ssh.print(ctx, home, args...)
	if err != nil {
		return "", err
	}
	bare, err := ssh.print(ctx, home, "-F", "none", "probe")
	if err != nil {
		return "", err
	}
	_, name := cutUser(args[len(args)-1])
	q := questioned{options: Options{Home: home, Env: envOf(cleanEnv(home))}, name: name, defaults: lists(bare)}
	s, err := q.theirs(out)
	if err != nil {
		return "", err
	}
	return s.String(), nil
}

func (ssh openssh) print(ctx context.Context, home string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, string(ssh), append([]string{"-G"}, args...)...)
	cmd.Env = cleanEnv(home)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", errors.Join(err, errors.New(stderr.String()))
	}
	return string(out), nil
}

// session is a shell that runs ssh -G again and again: cheaper than a process of ours for
// each. Where it may, it has directories of ours as the home of the user and as /etc/ssh.
type session struct {
	ssh    openssh
	placed bool // they are in place
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
}

// loop answers each line of arguments. The mounts are seen by it alone.
const loop = `
if [ -n "$PLACE" ]; then
	mount --bind "$PLACE/home" "$HOME" && mount --bind "$PLACE/etc" /etc/ssh || exit 9
fi
while IFS= read -r line; do
	eval "$line" </dev/null 2>&1
	echo "=== $?"
done`

// start begins a session for a directory with home and etc in it, or fails.
func (ssh openssh) start(t testing.TB, o Options, dir string, placed bool, env ...string) (*session, error) {
	t.Helper()
	words := []string{"sh", "-c", loop}
	variables := append(append(cleanEnv(o.Home), env...), "SSH="+string(ssh))
	if placed {
		words = append([]string{"unshare", "-m", "--"}, words...)
		if os.Getuid() != 0 {
			words = append([]string{"unshare", "-U", "--map-current-user", "-m", "--"}, "sh", "-c", loop)
		}
		variables = append(variables, "PLACE="+dir)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	t.Cleanup(cancel)
	s := &session{ssh: ssh, placed: placed, cmd: exec.CommandContext(ctx, words[0], words[1:]...)}
	s.cmd.Env, s.cmd.WaitDelay = variables, time.Second
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	s.out = bufio.NewReaderSize(out, 1<<16)
	t.Cleanup(s.close)
	_, err = s.run("-F none probe")
	return s, err
}

func (s *session) close() {
	s.in.Close()
	s.cmd.Wait()
}

// placeable reports whether a session can have a home and an /etc/ssh of its own here.
func (ssh openssh) placeable(t testing.TB, o Options) bool {
	t.Helper()
	dir := write(t, map[string]string{"home/.ssh/config": "Port 7\n", "etc/ssh_config": "User seen\n"})
	if strings.HasPrefix(dir, o.Home+"/") {
		return false // it would be hidden
	}
	s, err := ssh.start(t, o, dir, true)
	if err != nil {
		return false
	}
	out, err := s.run("probe")
	return err == nil && strings.Contains(out, "port 7\n") && strings.Contains(out, "user seen\n")
}

// run is what ssh -G prints for arguments that are quoted for a shell.
func (s *session) run(args string) (string, error) {
	if _, err := io.WriteString(s.in, `"$SSH" -G `+args+"\n"); err != nil {
		return "", err
	}
	var b strings.Builder
	for {
		l, err := s.out.ReadString('\n')
		if err != nil {
			return "", errors.Join(err, errors.New(b.String()))
		}
		if status, ok := strings.CutPrefix(l, "=== "); ok {
			if status != "0\n" {
				return "", errors.New(b.String())
			}
			return b.String(), nil
		}
		b.WriteString(l)
	}
}

// defaults are the lists of algorithms of an ssh that is told nothing.
func (s *session) defaults(t testing.TB) map[string]string {
	t.Helper()
	out, err := s.run("-F none probe")
	if err != nil {
		t.Fatal(err)
	}
	return lists(out)
}

func lists(out string) map[string]string {
	all := map[string]string{}
	for l := range strings.Lines(out) {
		keyword, value, _ := strings.Cut(strings.TrimRight(l, "\n"), " ")
		for _, k := range preferences {
			if k == keyword {
				all[k] = value
			}
		}
	}
	return all
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
