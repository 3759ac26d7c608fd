package commands

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"sparkops/inventory"
	"sparkops/keys"
	"sparkops/ssh/config"
)

// stage lays what is to be written beside what is there, and refuses now what would be refused
// once it is written.
func (w *aliasing) stage(ctx context.Context, workers bool) error {
	known, err := w.site.load()
	if err != nil && !workers {
		return configMistake(err)
	}
	if err != nil { // a host file without hosts, say
		known = &inventory.Cluster{}
	}
	if err := w.stageConfig(ctx, known); err != nil {
		return err
	}
	if workers {
		if known, err = w.stageWorkers(known); err != nil {
			return err
		}
	}
	if _, err := withNames(known, entryNames(w.all)).Select(w.hosts, w.exclude); err != nil {
		return configMistake(err)
	}
	return nil
}

// stageConfig adds the blocks, and holds the configuration with them against the one without.
func (w *aliasing) stageConfig(ctx context.Context, known *inventory.Cluster) error {
	if len(w.missing) == 0 {
		return nil
	}
	at := 0
	edit, err := keys.NewEdit(w.file(), func(text string) (added string) {
		added, at = keys.AddHosts(text, w.missing)
		return added
	}, 0o600)
	if err != nil {
		return fmt.Errorf("writing beside %s: %w", w.file(), err)
	}
	w.edits = append(w.edits, edit)
	options := w.options
	if options.File != "" {
		options.File = edit.Staged
	} else {
		options.UserFile = edit.Staged
	}
	after, err := config.Load(options)
	if err == nil {
		err = keys.Verify(ctx, w.files, after, w.missing, hostNames(known))
	}
	if err != nil {
		return mistakef("by hand, where it belongs:\n"+blocks(w.missing), "new blocks at %s:%d would not do: %s", w.file(), at,
			strings.ReplaceAll(err.Error(), edit.Staged, w.file()))
	}
	return nil
}

func blocks(all []keys.Entry) string {
	var text []string
	for _, e := range all {
		text = append(text, e.Block())
	}
	return strings.TrimRight(strings.Join(text, "\n"), "\n")
}

func entryNames(all []keys.Entry) (names []string) {
	for _, e := range all {
		names = append(names, e.Name)
	}
	return names
}

func hostNames(c *inventory.Cluster) []string {
	var all []string
	for _, h := range slices.Concat(c.Masters, c.Workers) {
		all = append(all, h.Name)
	}
	return all
}

// stageWorkers adds the names to the host file that is read, conf/workers where there is none; the
// answer is the cluster with them.
func (w *aliasing) stageWorkers(known *inventory.Cluster) (*inventory.Cluster, error) {
	file := known.HostsFile
	for _, name := range []string{"workers", "slaves", "workers"} {
		if path := filepath.Join(w.site.confDir, name); file == "" || !isFile(file) {
			file = path
		}
	}
	var add []string
	for _, e := range w.all {
		if !slices.ContainsFunc(known.Workers, func(h inventory.Host) bool { return h.Name == e.Name }) {
			add = append(add, e.Name)
		}
	}
	if len(add) == 0 {
		return known, nil
	}
	edit, err := keys.NewEdit(file, func(text string) string {
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		return text + strings.Join(add, "\n") + "\n"
	}, 0o644)
	if err != nil {
		return nil, fmt.Errorf("writing beside %s: %w", file, err)
	}
	w.edits = append(w.edits, edit)
	then := *w.site
	then.getenv = func(name string) (string, bool) {
		switch name {
		case "SPARK_WORKERS":
			return edit.Staged, true
		case "SPARK_SLAVES":
			return "", false
		}
		return w.site.getenv(name)
	}
	after, err := then.load()
	if err != nil {
		return nil, mistakef("look at "+file, "%s", strings.ReplaceAll(err.Error(), edit.Staged, file))
	}
	return after, nil
}

// write shows what is to change, and changes it where the person says so or --yes does.
func (w *aliasing) write(ctx context.Context) error {
	if len(w.edits) == 0 {
		return nil
	}
	var diff strings.Builder
	for _, e := range w.edits {
		diff.WriteString(strings.ReplaceAll(e.Diff(), "\t", "    "))
	}
	if w.person == nil || w.dry {
		fmt.Fprint(w.world.Stderr, diff.String())
	}
	switch {
	case w.dry:
		return nil
	case w.yes:
	case w.person == nil:
		return mistakef(w.asTyped("--yes"), "nobody is there to say yes to this change")
	default:
		yes, err := w.person.Confirm(ctx, diff.String()+"Write this?")
		if err != nil || !yes {
			return mistakef("sparkops push-keys", "nothing was written: there was no yes")
		}
	}
	for _, e := range w.edits {
		if err := e.Take(); err != nil {
			return fmt.Errorf("writing %s: %w", e.Path, err)
		}
		if !e.IsNew() && !w.quiet {
			fmt.Fprintf(w.world.Stderr, "%s was written; as it was: %s\n", e.Path, e.Backup())
		}
	}
	return nil
}

func (w *aliasing) drop() {
	for _, e := range w.edits {
		e.Drop() // a temporary file; what was taken has none
	}
}
