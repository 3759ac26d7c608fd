//go:build linux

package e2e

import (
	"encoding/json"
	"testing"
)

// A host that no key opens: somebody types a password, and doctor says so.
func TestDoctorOfAPassword(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		b.must(b.Launcher.Remove(sshKey))
		w1 := b.Host("w1")
		b.givePassword(w1)
		b.sshd("PasswordAuthentication yes", w1)
		run := Run{Args: []string{"doctor", "at a terminal"}}
		run.Answer = b.atTerminal([]string{"password for spark@w1: ", "secret"}, "env", "SPARK_HOME="+SparkHome, "SPARK_CONF_DIR="+ConfDir,
			Sparkops, "doctor", "-o", "json", "-w", "w1", "--check", "access.key")
		if err := json.Unmarshal([]byte(run.Stdout), &run.Report); err != nil || run.Exit != 0 {
			b.Fatalf("want exit 0 and a report: %v: %s", err, run)
		}
		b.wantFound(run, "w1 access.key warn")
		b.wantText(b.row(run, "w1"), "sparkops push-keys")
	})
}
