package commands

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"sparkops/envfile/lint"
	"sparkops/inventory"
	"sparkops/shell"
	"sparkops/spark"
)

// ofHost are the checks that a host has to be known for.
var ofHost = []string{"env.memory-host", "env.cores-host", "env.java-home"}

// fitting judges what hosts are to get by what they are like.
type fitting struct {
	inputs map[string]lint.Input     // by the text of the file
	found  map[string][]lint.Finding // by text and facts: most hosts are alike
	told   map[string][]string       // what is no reason to stop, and of which hosts
}

// newFitting says what the hosts are to be asked.
func (p *pushing) newFitting() *fitting {
	f := &fitting{inputs: map[string]lint.Input{}, found: map[string][]lint.Finding{}, told: map[string][]string{}}
	i := slices.IndexFunc(p.Files, func(f spark.PushFile) bool { return f.Name == "spark-env.sh" })
	if i < 0 || p.Rollback {
		return f
	}
	p.Facts, p.Paths = true, map[string][]string{}
	path := quoteWords([]string{filepath.Join(p.site.confDir, "spark-env.sh")})
	for _, hosts := range sameText(p.Push, p.Files[i]) {
		text := p.Files[i].Content[hosts[0]]
		in := p.lintInput(path, text, len(hosts))
		f.inputs[string(text)] = in
		paths := lint.Paths(in)
		for _, host := range hosts {
			p.Paths[host] = paths
		}
	}
	return f
}

// fits judges the files of a host that differ. What no daemon there could start with stops the
// push to it, unless it is forced.
func (p *pushing) fits(a spark.Answer) {
	for i := range a.Files {
		o := &a.Files[i]
		in, known := p.fitting.inputs[string(p.Files[i].Content[a.Host])]
		if !known || o.File != "spark-env.sh" || !o.OK() || o.State == spark.Same {
			continue
		}
		in.Facts.Paths = a.Facts.Paths
		if p.names[a.Host][spark.Worker] != "" { // a master alone offers nothing
			in.Facts.Cores, in.Facts.Memory = a.Facts.Cores, a.Facts.Memory
		}
		for _, found := range p.fitting.findings(in) {
			if found.Level == lint.Error && !p.Force && !p.Show {
				o.Class, o.Message, o.Hint = shell.ClassConfig, told(found), found.Hint
				break
			}
			p.fitting.told[told(found)] = append(p.fitting.told[told(found)], a.Host)
		}
	}
}

func (f *fitting) findings(in lint.Input) []lint.Finding {
	key := fmt.Sprint(in.Facts, string(in.Text))
	found, known := f.found[key]
	if !known {
		found = slices.DeleteFunc(lint.Check(in), func(one lint.Finding) bool { return !slices.Contains(ofHost, one.ID) })
		f.found[key] = found
	}
	return found
}

// warnOfFit says what is no reason to stop, the same whichever host has answered first.
func (p *pushing) warnOfFit() {
	if p.quiet {
		return
	}
	at := map[string]int{}
	for i, h := range p.Hosts {
		at[h.Name] = i
	}
	for _, text := range slices.Sorted(maps.Keys(p.fitting.told)) {
		hosts := p.fitting.told[text]
		slices.SortFunc(hosts, func(a, b string) int { return at[a] - at[b] })
		fmt.Fprintf(p.world.Stderr, "warning: spark-env.sh for %s: %s\n", inventory.Fold(hosts), text)
	}
}
