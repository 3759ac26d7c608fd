//go:build linux

package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

// accounts are what became of the planted faults, for bench/faults.md.
type accounts struct {
	mu     sync.Mutex
	faults []account
	alarms []string // findings that nobody has planted
	clean  int      // looks at a cluster with nothing wrong
}

type account struct {
	name, host, checks string
	missed             []string
	fixable, fixed     int
}

var ledger accounts

// rowsOf are the findings of a run, "w1 links.home fail".
func rowsOf(run Run) []string {
	var all []string
	for _, r := range run.Report.Results {
		all = append(all, r.Host+" "+r.Check+" "+r.Status)
	}
	return all
}

// round enters the faults of a round: what a look has found of them, and what --fix has mended.
func (l *accounts) round(round []placed, look, mended Run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found, left := rowsOf(look), rowsOf(mended)
	var planted []string
	for _, p := range round {
		a := account{name: p.name, host: p.host.Name, fixable: len(p.fixed)}
		for _, f := range p.found {
			row := p.row(f)
			planted = append(planted, row)
			if !slices.Contains(found, row) {
				a.missed = append(a.missed, row)
			}
			if !strings.HasSuffix(row, " skipped") {
				a.checks += "`" + strings.TrimPrefix(row, p.host.Name+" ") + "` "
			}
		}
		if first := strings.Fields(p.row(p.found[0])); !slices.ContainsFunc(look.Report.Of(first[0]), func(r Result) bool { return r.Check == first[1] && r.says("(?m)"+p.words) }) {
			a.missed = append(a.missed, p.words)
		}
		for _, f := range p.fixed {
			if slices.Contains(left, p.row(f)) {
				a.fixed++
			}
		}
		l.faults = append(l.faults, a)
	}
	for _, row := range found {
		if !slices.Contains(planted, row) {
			l.alarms = append(l.alarms, row)
		}
	}
}

// looked enters a look at a cluster with nothing wrong.
func (l *accounts) looked(run Run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clean++
	l.alarms = append(l.alarms, rowsOf(run)...)
}

// write writes the table.
func (l *accounts) write(name string) error {
	var b strings.Builder
	found, fixable, fixed := 0, 0, 0
	fmt.Fprintf(&b, "# Faults that doctor finds on real hosts\n\n    make faults   # root, Linux; writes this file\n\n")
	fmt.Fprint(&b, "One row a fault that was planted on the hosts of `e2e/`: namespaces with OpenSSH and a real Apache Spark. Found is a fault with each of its findings, on the right host\n")
	fmt.Fprint(&b, "with the right level and words; a false alarm is any other finding in the same look, or in a look at the cluster without a fault. Fixed: `--fix -y` says that it is\nmended, and the look after it does not find it.\n\n")
	fmt.Fprint(&b, "| fault | planted on | findings | found | fixed |\n| --- | --- | --- | --- | --- |\n")
	for _, a := range l.faults {
		word, mended := "yes", ""
		if len(a.missed) > 0 {
			word = "**no**: " + strings.Join(a.missed, ", ")
		} else {
			found++
		}
		if a.fixable > 0 {
			mended = fmt.Sprintf("%d of %d", a.fixed, a.fixable)
		}
		fixable, fixed = fixable+a.fixable, fixed+a.fixed
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", a.name, a.host, strings.TrimSpace(a.checks), word, mended)
	}
	fmt.Fprintf(&b, "\n**%d planted, %d found, %d missed; %d false alarms, also over %d looks at a cluster with nothing wrong; %d of %d fixed.**\n",
		len(l.faults), found, len(l.faults)-found, len(l.alarms), l.clean, fixed, fixable)
	for _, a := range l.alarms {
		fmt.Fprintf(&b, "- false alarm: %s\n", a)
	}
	return os.WriteFile(name, []byte(b.String()), 0o644)
}
