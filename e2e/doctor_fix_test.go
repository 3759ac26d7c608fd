//go:build linux

package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// --fix at a terminal asks for each check, shows the command first, and does only what was
// agreed to; sudo is the real one, and the file that it makes belongs to the login user.
func TestDoctorFixAsks(t *testing.T) {
	onFirst(t, func(b *bed) {
		b.needs("--fix through sudo", "sudo")
		w1, w2 := b.Host("w1"), b.Host("w2")
		b.env("SPARK_WORKER_DIR=/srv/work", b.Hosts()...)
		b.must(b.Launcher.Write(Spark, ConfDir+"/spark-env.sh", b.SparkEnv(Small)+"SPARK_WORKER_DIR=/srv/work\n", 0o644))
		for _, h := range []*Host{b.Host("m1"), w2, b.Host("w3")} {
			b.on(h, Root, "mkdir /srv/work && chown spark /srv/work")
		}
		b.on(w1, Root, asRoot)
		b.on(w2, Root, "chmod 777 /srv/work")
		b.Cleanup(func() {
			for _, h := range b.Hosts() {
				b.on(h, Root, "rm -rf /srv/work /etc/sudoers.d/spark")
			}
		})
		fix := func(exit int, dialogue ...string) Run {
			b.Helper()
			run := Run{Args: []string{"doctor", "--fix", "at a terminal"}}
			run.Answer = b.atTerminal(dialogue, "env", "SPARK_HOME="+SparkHome, "SPARK_CONF_DIR="+ConfDir, Sparkops, "doctor", "--fix", "-o", "json")
			if err := json.Unmarshal([]byte(run.Stdout), &run.Report); err != nil || run.Exit != exit {
				b.Fatalf("want exit %d and a report: %v: %s", exit, err, run)
			}
			return run
		}
		const writable = `links\.writable: [^?]*on w1: sudo -n sh -c 'mkdir -p /srv/work && chown spark /srv/work'\s+Do it\? \[y/N\] `
		const open = `links\.world-writable: [^?]*on w2: chmod o-w /srv/work\s+Do it\? \[y/N\] `
		b.wantFound(fix(3, writable, "n", open, "y"), "w1 links.writable fail", "w2 links.world-writable changed")
		if mode := b.on(w2, Root, "stat -c %a /srv/work"); mode != "775\n" {
			b.Errorf("mode %s", mode)
		}
		b.on(w1, Root, "[ ! -e /srv/work ]")
		b.wantFound(fix(0, writable, "y"), "w1 links.writable changed")
		if owner := b.on(w1, Root, "stat -c %U /srv/work"); owner != "spark\n" {
			b.Errorf("owner %s", owner)
		}
		// Without a password for sudo, nothing is tried: there is the line to type.
		b.on(w1, Root, "rm -r /srv/work /etc/sudoers.d/spark")
		run := fix(3)
		b.wantFound(run, "w1 links.writable fail", "w1 access.sudo warn")
		for _, row := range run.Report.Of("w1") {
			if row.Check == "links.writable" && !strings.HasPrefix(row.Hint, "ssh -t w1 'sudo sh -c ") {
				b.Errorf("hint %q", row.Hint)
			}
		}
	})
}
