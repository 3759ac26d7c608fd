package commands

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"sparkops/inventory"
)

// partMark begins the line above a host's own part. Nobody else writes such a line.
const partMark = "# ---- sparkops push-env: "

// hostPart is what one host has of its own, and the file of this machine that it stands in.
type hostPart struct {
	file string
	text []byte
}

// What stands around the file's name in the marked line.
const partBefore, partBehind = "what follows is ", ", for this host only ----"

// join is spark-env.sh for one host. bash reads the part last, so it wins. The empty line
// keeps a backslash at the end of the first part from taking the mark with it.
func join(text []byte, part hostPart) []byte {
	joined := slices.Clone(text)
	if len(text) > 0 && !bytes.HasSuffix(text, []byte{'\n'}) {
		joined = append(joined, '\n')
	}
	joined = fmt.Appendf(joined, "\n%s%s%s%s\n", partMark, partBefore, part.file, partBehind)
	return append(joined, part.text...)
}

// apart is a text as join has made it: what is for all, what is a host's own, that one's file
// and its first line; "" and 0 where nothing is.
func apart(text []byte) (common, own []byte, file string, from int) {
	at := bytes.Index(text, []byte("\n"+partMark+partBefore))
	if at < 0 {
		return text, nil, "", 0
	}
	mark, own, _ := bytes.Cut(text[at+1:], []byte{'\n'})
	file, _, _ = strings.Cut(string(mark[len(partMark+partBefore):]), partBehind)
	return text[:at], own, file, 3 + bytes.Count(text[:at], []byte{'\n'})
}

// partOf is the NAME of spark-env.NAME.sh, or "".
func partOf(file string) string {
	name, ok := strings.CutPrefix(file, "spark-env.")
	if name, ok2 := strings.CutSuffix(name, ".sh"); ok && ok2 {
		return name
	}
	return ""
}

// parts are the hosts' own parts of spark-env.sh, by host. One that is nobody's is told of.
func (j *job) parts(ctx context.Context) (map[string]hostPart, error) {
	files, err := filepath.Glob(filepath.Join(escapeGlob(j.site.confDir), "spark-env.*.sh"))
	if err != nil {
		return nil, err
	}
	parts, hosts := map[string]hostPart{}, map[string]bool{}
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
		parts[name] = hostPart{filepath.Base(path), text}
	}
	return j.ownParts(ctx, parts), nil
}

// ownParts gives a machine that has several names its part by whichever name it has one.
func (j *job) ownParts(ctx context.Context, parts map[string]hostPart) map[string]hostPart {
	own := maps.Clone(parts)
	byPlace := map[string]hostPart{}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if key := j.reach.place(ctx, name); byPlace[key].file == "" {
			byPlace[key] = parts[name]
		}
	}
	for _, h := range slices.Concat(j.cluster.Masters, j.cluster.Workers) {
		if part, ok := byPlace[j.reach.place(ctx, h.Name)]; ok && own[h.Name].file == "" {
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
