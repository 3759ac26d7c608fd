//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// tool is one way to bring a file to many hosts. Its script finds CONFIG (an ssh_config), FILE
// (what is to be pushed), HOSTS (names, separated by blanks), LIST (a file of them) and TO (the
// directory on the hosts, below the home).
type tool struct {
	name, program, script string
}

// classic has scp speak its first protocol: the servers of the sandbox have no SFTP.
const classic = "-O -F $CONFIG -o BatchMode=yes"

var tools = []tool{
	{"sparkops push-env", "", `exec "$SPARKOPS" push-env --progress none -q`},
	{"scp, all at once", "scp", `for h in $HOSTS; do scp -q ` + classic + ` "$FILE" "$h:$TO/spark-env.sh" & pids="$pids $!"; done; code=0; for p in $pids; do wait $p || code=$?; done; exit $code`},
	{"pdcp", "pdcp", `export PDSH_SSH_ARGS_APPEND="-F $CONFIG -o BatchMode=yes"; exec pdcp -R ssh -f 256 -w "$(echo $HOSTS | tr ' ' ,)" "$FILE" "$TO/spark-env.sh"`},
	{"clush --copy", "clush", `exec clush -q -f 256 -o "` + classic + `" -w "$(echo $HOSTS | tr ' ' ,)" --copy "$FILE" --dest "$TO/spark-env.sh"`},
	{"parallel-scp", "parallel-scp", `exec parallel-scp -p 256 -x "` + classic + `" -h "$LIST" "$FILE" "$TO/spark-env.sh"`},
}

// missing reports whether the tool is not installed, and says so.
func (t tool) missing() bool {
	if t.program == "" {
		return false
	}
	_, err := exec.LookPath(t.program)
	if err != nil {
		say("push: %s is not installed: NOT MEASURED (apt-get install pdsh clustershell pssh openssh-client)", t.program)
	}
	return err != nil
}

// command is the tool's run on the bed, in a process group of its own.
func (t tool) command(ctx context.Context, b *pushBed) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", "-c", t.script)
	cmd.Env = append(os.Environ(), b.cluster.Env()...)
	cmd.Env = append(cmd.Env, "SPARKOPS="+b.sparkops, "CONFIG="+b.config, "SPARKOPS_SSH_CONFIG="+b.config, "FILE="+b.file(), "TO=spark/conf",
		"HOSTS="+strings.Join(b.names(), " "), "LIST="+filepath.Join(b.cluster.Dir(), "list"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

// run runs the tool to its end and returns its exit code, and what it took it and its children.
func (t tool) run(ctx context.Context, b *pushBed) (code int, s sample, said string, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	began := time.Now()
	cmd := t.command(ctx, b)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		return 0, s, "", err
	}
	if ctx.Err() != nil {
		return 0, s, "", fmt.Errorf("%s: %w: %s", t.name, ctx.Err(), out)
	}
	ended := cmd.ProcessState
	return ended.ExitCode(), sample{took: time.Since(began), cpu: ended.UserTime() + ended.SystemTime()}, string(out), nil
}
