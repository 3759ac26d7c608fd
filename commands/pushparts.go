package commands

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"sparkops/envfile"
	"sparkops/inventory"
)

// partOf is the NAME of spark-env.NAME.sh, or "".
func partOf(file string) string {
	name, ok := strings.CutPrefix(file, "spark-env.")
	if name, ok2 := strings.CutSuffix(name, ".sh"); ok && ok2 {
		return name
	}
	return ""
}

// parts are the hosts' own parts of spark-env.sh, by host. One that is nobody's is told of.
func (j *job) parts(ctx context.Context) (map[string]envfile.Part, error) {
	files, err := filepath.Glob(filepath.Join(escapeGlob(j.site.confDir), "spark-env.*.sh"))
	if err != nil {
		return nil, err
	}
	parts, hosts := map[string]envfile.Part{}, map[string]bool{}
	for _, h := range slices.Concat(j.site.all.Masters, j.site.all.Workers) {
		hosts[h.Name] = true
	}
	for _, path := range files {
		name := partOf(filepath.Base(path))
		if !hosts[name] {
			j.strayPart(path, name)
			continue
		}
		text, err := readRegular(path)
		if err != nil {
			return nil, err
		}
		parts[name] = envfile.Part{File: filepath.Base(path), Text: text}
	}
	return j.ownParts(ctx, parts), nil
}

// ownParts gives a machine that has several names its part by whichever name it has one.
func (j *job) ownParts(ctx context.Context, parts map[string]envfile.Part) map[string]envfile.Part {
	own := maps.Clone(parts)
	byPlace := map[string]envfile.Part{}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if key := j.reach.place(ctx, name); byPlace[key].File == "" {
			byPlace[key] = parts[name]
		}
	}
	for _, h := range slices.Concat(j.cluster.Masters, j.cluster.Workers) {
		if part, ok := byPlace[j.reach.place(ctx, h.Name)]; ok && own[h.Name].File == "" {
			own[h.Name] = part
		}
	}
	return own
}

func (j *job) strayPart(path, name string) {
	if j.quiet {
		return
	}
	like := ""
	if near := j.site.all.Near(name); len(near) > 0 {
		like = ", but " + inventory.Fold(near)
	}
	fmt.Fprintf(j.world.Stderr, "warning: %s is pushed to nobody: the cluster has no %s%s\n", path, name, like)
}

// escapeGlob keeps filepath.Glob from reading a directory's name as a pattern.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}
