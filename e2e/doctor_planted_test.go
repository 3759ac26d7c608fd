//go:build linux

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// placed is a fault on its host.
type placed struct {
	fault
	host *Host
}

// rounds place the faults so that no host has two at a time, no check two hosts, and most hosts
// agree: one look finds all of a round.
func (b *bed) rounds(all []fault) [][]placed {
	var rounds [][]placed
	for _, f := range all {
		if !b.has(f.needs) {
			b.Logf("NOT TESTED: %s: no %s", f.name, f.needs)
			continue
		}
		var host *Host
		i := slices.IndexFunc(rounds, func(round []placed) bool {
			if host = b.free(f.on, round); !f.fits(round) {
				host = nil
			}
			return host != nil
		})
		if i < 0 {
			host, i = b.free(f.on, nil), len(rounds)
			rounds = append(rounds, nil)
		}
		rounds[i] = append(rounds[i], placed{f, host})
	}
	return rounds
}

// has reports whether a program, or what the kernel has under that path, is on this machine; ""
// is on every one. In CI a program that is not there is a failure.
func (b *bed) has(name string) bool {
	if filepath.IsAbs(name) {
		_, err := os.Stat(name)
		return err == nil
	}
	_, err := exec.LookPath(name)
	if err != nil && name != "" && os.Getenv("CI") == "true" {
		b.Errorf("no %s", name)
	}
	return name == "" || err == nil
}

// fits reports whether a fault may stand beside those of a round: two hosts at least keep the
// spark-env.sh that all have.
func (f fault) fits(round []placed) bool {
	differ := 0
	for _, p := range round {
		if p.alone || f.alone || strings.Fields(p.found[0])[0] == strings.Fields(f.found[0])[0] {
			return false
		}
		if p.differs() {
			differ++
		}
	}
	return !f.differs() || differ < 2
}

// differs reports whether a host with the fault is none of those that agree on spark-env.sh: it has
// another one, none that can be compared, or another Spark, whose hosts are compared by themselves.
func (f fault) differs() bool {
	return f.env != "" || slices.ContainsFunc(f.found, func(found string) bool {
		id, _, _ := strings.Cut(found, " ")
		return slices.Contains([]string{"environment.same", "environment.readable", "versions.spark", "versions.scala", "access.reached"}, id)
	})
}

// free is the host of that name, or the first worker, which has no fault in the round.
func (b *bed) free(name string, round []placed) *Host {
	hosts := b.Workers
	if name != "" {
		hosts = []*Host{b.Host(name)}
	}
	for _, h := range hosts {
		if !slices.ContainsFunc(round, func(p placed) bool { return p.host == h }) {
			return h
		}
	}
	return nil
}

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
