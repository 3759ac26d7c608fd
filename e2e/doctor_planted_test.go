//go:build linux

package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Every fault of the tables is found on its host, with its words, and nothing else is; --fix mends
// what it says it can, and when the faults are gone there is nothing to be found.
func TestDoctorFindsFaults(t *testing.T) {
	onFirst(t, func(b *bed) {
		b.wantFound(b.sparkops(0, "doctor"))
		for _, round := range b.rounds(slices.Concat(linkFaults, hostFaults, systemFaults, clusterFaults)) {
			b.findRound(round)
			b.wantFound(b.sparkops(0, "doctor"))
		}
	})
}

// row is a finding of the fault, "w1 links.home fail"; where no host is named it is the fault's.
func (p placed) row(found string) string {
	if len(strings.Fields(found)) == 2 {
		return p.host.Name + " " + found
	}
	return found
}

// after is what --fix leaves of the findings of a fault: what it mends is changed, and what could
// not be looked at because of it is there.
func (p placed) after() []string {
	var left []string
	for _, f := range p.found {
		id, _, _ := strings.Cut(f, " ")
		if !slices.Contains(p.fixed, id+" changed") && !(len(p.fixed) > 0 && strings.HasSuffix(f, " skipped")) {
			left = append(left, p.row(f))
		}
	}
	for _, f := range p.fixed {
		left = append(left, p.row(f))
	}
	return left
}

// findRound plants the faults of a round, looks, has --fix mend what it can, and takes them away.
func (b *bed) findRound(round []placed) {
	b.Helper()
	var found, left []string
	mends := false
	var undo []func()
	heal := sync.OnceFunc(func() { b.heal(round, undo) })
	defer heal() // also where the test ends here
	for _, p := range round {
		b.Logf("%s: %s", p.host.Name, p.name)
		if p.env != "" {
			b.env(p.env, p.host)
		}
		b.on(p.host, Root, p.plant)
		if p.set != nil {
			undo = append(undo, p.set(b, p.host))
		}
		for _, f := range p.found {
			found = append(found, p.row(f))
		}
		left, mends = append(left, p.after()...), mends || len(p.fixed) > 0
	}
	run := b.sparkops(exitFor(found), "doctor")
	b.wantFound(run, found...)
	for _, p := range round {
		b.wantWords(run, p)
	}
	mended := run
	if mends {
		mended = b.sparkops(exitFor(left), "doctor", "--fix", "-y")
		b.wantFound(mended, left...)
	}
	ledger.round(round, run, mended)
}

// heal takes the faults of a round away.
func (b *bed) heal(round []placed, undo []func()) {
	for _, p := range slices.Backward(round) {
		if p.env != "" {
			b.commonEnv(p.host)
		}
		if answer, err := p.host.RunAs(Root, p.heal); err != nil || answer.Exit != 0 {
			b.Errorf("healing %s on %s: %v %+v", p.name, p.host.Name, err, answer)
		}
	}
	for _, u := range slices.Backward(undo) {
		u()
	}
}

// commonEnv gives hosts the spark-env.sh that all have.
func (b *bed) commonEnv(hosts ...*Host) {
	for _, h := range hosts {
		if err := h.Write(Spark, SparkHome+"/conf/spark-env.sh", b.SparkEnv(Small), 0o644); err != nil {
			b.Error(err)
		}
	}
}

// wantWords wants the first finding of a fault to say what it is to say.
func (b *bed) wantWords(run Run, p placed) {
	b.Helper()
	want := strings.Fields(p.row(p.found[0]))
	for _, row := range run.Report.Of(want[0]) {
		if row.Check == want[1] {
			b.wantText(row, "(?m)"+p.words)
		}
	}
	if strings.Contains(run.Stdout, "swordfish") {
		b.Errorf("%s: a secret is shown", p.name)
	}
}

// exitFor is the exit code of findings.
func exitFor(found []string) int {
	// A skipped one counts only where its host was not reached; then access.reached fails too.
	if slices.ContainsFunc(found, func(f string) bool { return strings.HasSuffix(f, " fail") }) {
		return 3
	}
	return 0
}

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
