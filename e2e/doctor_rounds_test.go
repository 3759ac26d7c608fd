//go:build linux

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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
