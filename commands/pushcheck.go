package commands

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sparkops/envfile"
	"sparkops/envfile/lint"
	"sparkops/inventory"
	"sparkops/spark"
)

// checkFiles looks at what is to be pushed before anything leaves this machine, each different
// text once. What surely breaks something stops the push, unless it is forced.
func (j *job) checkFiles(ctx context.Context, p *spark.Push) error {
	var stops []string
	hint := ""
	for _, f := range p.Files {
		for _, hosts := range sameText(p, f) {
			for _, found := range j.findings(ctx, f.Name, f.Content[hosts[0]], len(hosts)) {
				text := fmt.Sprintf("%s for %s: %s", f.Name, inventory.Fold(hosts), told(found))
				switch {
				case found.Level == lint.Error && !p.Force && !p.Show: // --diff changes nothing
					stops = append(stops, text)
					hint = cmp.Or(hint, found.Hint)
				case !j.quiet:
					fmt.Fprintf(j.world.Stderr, "warning: %s\n", text)
				}
			}
		}
	}
	if len(stops) > 0 {
		return mistakef(hint, "%s\n--force pushes it all the same", strings.Join(stops, "\n"))
	}
	return nil
}

// told is a finding in one line: where, what, and what comes of it.
func told(f lint.Finding) string {
	text := fmt.Sprintf("%s: %s (%s)", f.Message, f.Effect, f.ID)
	switch {
	case f.Own:
		text = fmt.Sprintf("line %d of this host's own part: %s", f.Line, text)
	case f.Line > 0:
		text = fmt.Sprintf("line %d: %s", f.Line, text)
	}
	return text
}

// sameText are the hosts by what they get of a file, in the order of the host list.
func sameText(p *spark.Push, f spark.PushFile) (groups [][]string) {
	for _, h := range p.Hosts {
		i := slices.IndexFunc(groups, func(g []string) bool { return bytes.Equal(f.Content[g[0]], f.Content[h.Name]) })
		if i < 0 {
			groups = append(groups, []string{h.Name})
			continue
		}
		groups[i] = append(groups[i], h.Name)
	}
	return groups
}

// findings are what is wrong with a file that so many hosts are to get as it is.
func (j *job) findings(ctx context.Context, file string, text []byte, hosts int) []lint.Finding {
	path := quoteWords([]string{filepath.Join(j.site.confDir, file)}) // hints are to be typed anywhere
	if len(bytes.TrimSpace(text)) == 0 {
		return []lint.Finding{{
			ID: "push.empty", Level: lint.Error, Message: "the file is empty", Effect: "what the hosts have would be gone", Hint: "ls -l " + path,
		}}
	}
	switch file {
	case "workers", "slaves", "masters":
		return lint.HostList(path, text)
	case "spark-env.sh":
	default:
		return nil
	}
	in := j.lintInput(path, text, hosts)
	in.Faults = faults(ctx, text)
	return append(lint.Check(in), endings(ctx, in)...)
}

// lintInput is spark-env.sh as package lint takes it, but for what bash says of it.
func (j *job) lintInput(path string, text []byte, hosts int) lint.Input {
	in := lint.Input{Name: path, Text: text, Version: spark.Version(j.site.sparkHome), Hosts: hosts, Names: j.shellNames()}
	if _, part, from := envfile.Split(text); from > 0 {
		in.Own = lint.Own{Name: quoteWords([]string{filepath.Join(j.site.confDir, part.File)}), From: from}
	}
	if own, err := os.ReadFile(j.site.envFile()); err == nil && bytes.Equal(own, text) && len(j.site.met) == 0 {
		in.Vars = j.site.env.Vars
	}
	return in
}

// faults is what bash cannot parse. A host's own part is read by itself: what the other leaves
// open is no fault of it.
func faults(ctx context.Context, text []byte) []envfile.Fault {
	common, part, from := envfile.Split(text)
	all := envfile.Faults(bashSays(ctx, common))
	for _, f := range envfile.Faults(bashSays(ctx, part.Text)) {
		all = append(all, envfile.Fault{Line: f.Line + from - 1, Text: f.Text})
	}
	return all
}

// shellNames are the variables of the shell that pushes, but for those that are called like a host.
func (j *job) shellNames() (names []string) {
	for _, entry := range j.world.Env {
		name, _, _ := strings.Cut(entry, "=")
		isHost := func(h inventory.Host) bool { return h.Name == name }
		if !slices.ContainsFunc(j.cluster.Masters, isHost) && !slices.ContainsFunc(j.cluster.Workers, isHost) {
			names = append(names, name)
		}
	}
	return names
}

// checkBound is how long bash may take to read a file.
const checkBound = 10 * time.Second

// bashSays is what bash -n has against a text.
func bashSays(ctx context.Context, text []byte) []byte {
	said, ok := bashReads(ctx, text)
	if ok {
		return nil
	}
	return said
}

// bashReads is what bash -n says of a text, and whether it takes it. It says nothing where there
// is no bash: the hosts' own reads the text before it is switched.
func bashReads(ctx context.Context, text []byte) (said []byte, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, checkBound)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-n", "/dev/stdin")
	cmd.Stdin = bytes.NewReader(text)
	cmd.Env = []string{"LC_ALL=C"}
	cmd.WaitDelay = time.Second
	said, err := cmd.CombinedOutput()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended || ctx.Err() != nil {
		return nil, false
	}
	return said, err == nil
}
