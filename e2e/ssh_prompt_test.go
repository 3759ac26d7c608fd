//go:build linux

package e2e

import (
	_ "embed"
	"encoding/json"
	"strings"
	"testing"
)

//go:embed testdata/terminal.py
var terminal string

// atTerminal runs a command as the user on the launcher, who has a terminal there and answers
// with the second of each two words where the first, a regular expression, is asked. What was
// seen on the terminal is the answer's Stderr.
func (b *bed) atTerminal(dialogue []string, command ...string) Answer {
	b.Helper()
	argv := append([]string{"python3", "-c", terminal}, dialogue...)
	answer, err := Finish(b.ctx, b.Launcher.Command(b.ctx, Spark, b.environ, append(append(argv, "--"), command...)...))
	b.must(err)
	return answer
}

// askedBySparkops runs hostname on all workers at a terminal, and wants that exit code and
// nothing asked but what is answered, each of that once.
func (b *bed) askedBySparkops(exit int, dialogue ...string) Run {
	b.Helper()
	b.must(b.Launcher.Write(Spark, ConfDir+"/workers", "w1\nw2\nw3\n", 0o644))
	run := Run{Args: []string{"exec", "at a terminal"}}
	run.Answer = b.atTerminal(dialogue, "env", "SPARK_HOME="+SparkHome, "SPARK_CONF_DIR="+ConfDir, Sparkops, "exec", "-o", "json", "--", "hostname")
	if err := json.Unmarshal([]byte(run.Stdout), &run.Report); err != nil || run.Exit != exit {
		b.Fatalf("want exit %d and a report: %v: %s", exit, err, run)
	}
	asked := 0
	for _, end := range []string{"passphrase for ", "password for ", "Enter PIN for ", "[y/N] "} {
		asked += strings.Count(run.Stderr, end)
	}
	if asked != len(dialogue)/2 {
		b.Errorf("asked %d times, want %d: %s", asked, len(dialogue)/2, run)
	}
	return run
}

// askedBySSH wants ssh at a terminal to log in to that worker, or not to.
func (b *bed) askedBySSH(exit int, host string, dialogue ...string) {
	b.Helper()
	if ssh := b.atTerminal(dialogue, "ssh", host, "true"); ssh.Exit != exit {
		b.Errorf("ssh %s true: exit %d, want %d: no fair test: %s", host, ssh.Exit, exit, ssh.Stderr)
	}
}

// A key that needs a passphrase, and somebody there to type it: once for all hosts.
func TestSSHPassphrase(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		b.sshd("PasswordAuthentication no", b.Workers...) // or it is asked for next
		b.on(b.Launcher, Spark, "ssh-keygen -q -p -a 4 -N secret -f ~/.ssh/id_ed25519")
		const ours, theirs = "passphrase for " + sshKey + ": ", "passphrase for key '" + sshKey + "': "
		b.wantStatus(b.askedBySparkops(0, ours, "wrong", ours, "secret"), 3, "ok", "")
		b.askedBySSH(0, "w1", theirs, "wrong", theirs, "secret")

		run := b.askedBySparkops(4, ours, "wrong", ours, "wrong", ours, "wrong")
		for host := range nobody() {
			b.wantClass(run, host, "unreachable", "auth", "the passphrase of "+sshKey+" was not right")
		}
		b.askedBySSH(255, "w1", theirs, "wrong", theirs, "wrong", theirs, "wrong")

		b.must(b.Launcher.Write(Spark, sshDir+"/config", anyHost+"    BatchMode yes\n", 0o600))
		run = b.askedBySparkops(4)
		b.wantClass(run, "w1", "unreachable", "auth", sshKey+" is encrypted")
		b.askedBySSH(255, "w1")
	})
}

// shadow is the hash of the password secret.
const shadow = "$6$e2e$PdUkmjQsDHkOVyjOaY2TxuaSRDJ3Rm0pMFJB.dpP/NwKF53JjzN1R./ryNTr3Uq0oWU5NE3qBSrnDVDkDfwuX1"

// givePassword makes secret the password of spark on a host, until the test ends.
func (b *bed) givePassword(h *Host) {
	b.Helper()
	users, err := h.Read("/etc/shadow")
	b.must(err)
	b.replace(h, "/etc/shadow", strings.Replace(users, "spark:*:", "spark:"+shadow+":", 1))
}

// A password for all hosts of a user is typed once, and that it is for all of them is asked
// once: it is sent nowhere unasked. Three hosts, three ways to take it.
func TestSSHPassword(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost)
		b.must(b.Launcher.Remove(sshKey))
		for i, settings := range []string{
			"PasswordAuthentication yes",
			"PasswordAuthentication no\nKbdInteractiveAuthentication yes",
			"PasswordAuthentication yes\nUsePAM no",
		} {
			h := b.Workers[i]
			b.givePassword(h)
			b.sshd(settings, h)
			b.askedBySSH(0, h.Name, "[Pp]assword: ", "secret")
		}
		const all = `use the password of spark@w[123] for all hosts of spark\? \[y/N\] `
		run := b.askedBySparkops(0, `password for spark@w[123]: `, "secret", all, "y")
		b.wantStatus(run, 3, "ok", "")
		if strings.Contains(run.String(), "secret") {
			b.Errorf("the password is shown: %s", run)
		}

		run = b.asSSH(4, nobody())
		b.wantClass(run, "w1", "unreachable", "auth", "password login needs a terminal")
	})
}

// Hosts that nobody knows by key, and somebody to ask: one question about all of them.
func TestSSHHostKeyQuestion(t *testing.T) {
	onLast(t, func(b *bed) {
		b.account(anyHost + "    StrictHostKeyChecking ask\n")
		b.knownHosts("")
		run := b.asSSH(77, nobody()) // there is no terminal
		b.wantClass(run, "w1", "unreachable", "hostkey", "ssh w1 true")

		question := `These host keys are not known:\s+`
		for _, h := range b.Workers {
			fingerprint := strings.Fields(b.on(h, Root, "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"))[1]
			question += h.Name + ` +ssh-ed25519 +` + strings.ReplaceAll(fingerprint, "+", `\+`) + `\s+`
		}
		question += `Are they the right ones, to be remembered\? \[y/N\] `
		run = b.askedBySparkops(77, question, "no")
		b.askedBySSH(255, "w1", `\(yes/no.*\)\? `, "no")
		for host := range nobody() {
			b.wantClass(run, host, "unreachable", "hostkey", "not accepted")
		}
		if known, err := b.Launcher.Read(sshDir + "/known_hosts"); err != nil || known != "" {
			b.Errorf("remembered after a no: %q, %v", known, err)
		}

		b.wantStatus(b.askedBySparkops(0, question, "yes"), 3, "ok", "")
		b.asSSH(0, themselves()) // remembered, as ssh reads it
	})
}
