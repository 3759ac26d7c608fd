package commands

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"sparkops/envfile"
	"sparkops/envfile/lint"
	"sparkops/spark"
)

// maxFile bounds a file of the conf directory, in bytes. It travels as text of a script.
const maxFile = 4 << 20

// readAtStart are the files that a daemon reads when it starts, and never again.
var readAtStart = []string{"spark-env.sh", "spark-defaults.conf", "log4j.properties", "log4j2.properties", "log4j2.xml", "metrics.properties"}

// pushing reads what was typed and the files that it names.
func (j *job) pushing(ctx context.Context, c *cli.Context) (*pushing, error) {
	p := &pushing{
		job: j, atomic: c.Bool("atomic"), wanted: spark.Sums{}, done: map[string][]spark.Pushed{}, behind: map[string]spark.Answer{}, shown: map[string][]string{},
		Push: &spark.Push{
			Cluster: j.cluster, Hosts: j.machines(ctx), Bounds: bounds(c), Run: newRun(),
			Rollback: c.Bool("rollback"), Force: c.Bool("force"), Show: c.Bool("diff"),
		},
	}
	p.roleNames(ctx)
	names, err := j.fileNames(c.Args().Slice())
	if err != nil {
		return nil, err
	}
	parts, err := j.parts(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		f, err := p.file(ctx, name, parts)
		if err != nil {
			return nil, err
		}
		p.Files = append(p.Files, f)
		for _, h := range p.Hosts {
			p.wanted[h.Name] = append(p.wanted[h.Name], sum(f.Content[h.Name]))
		}
	}
	p.fitting = p.newFitting()
	if !p.Rollback {
		if err := j.checkFiles(ctx, p.Push); err != nil {
			return nil, err
		}
	}
	return p, j.pass(p.Force, p.Rollback || p.Show || !slices.Contains(names, "spark-env.sh"))
}

// fileNames are the files of the conf directory that are meant, each once.
func (j *job) fileNames(typed []string) ([]string, error) {
	if len(typed) == 0 {
		return []string{"spark-env.sh"}, nil
	}
	var names []string
	for _, word := range typed {
		name := filepath.Base(word)
		if strings.Contains(word, "/") && !sameDir(filepath.Dir(word), j.site.confDir) {
			return nil, mistakef("sparkops push-env "+name, "%s does not stand in %s, whose files push-env pushes", word, j.site.confDir)
		}
		switch {
		case name == "." || name == ".." || name == "/" || strings.ContainsAny(name, "\n\r"):
			return nil, mistakef("sparkops push-env spark-env.sh", "%q is no file of %s", word, j.site.confDir)
		case partOf(name) != "":
			return nil, mistakef("sparkops push-env -w "+partOf(name), "%s is a part of %s's spark-env.sh, and is pushed with it", name, partOf(name))
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

func sameDir(a, b string) bool {
	one, err := os.Stat(a)
	two, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(one, two)
}

// file is one file with its content for each host; in a rollback it has none.
func (p *pushing) file(ctx context.Context, name string, parts map[string]envfile.Part) (spark.PushFile, error) {
	f := spark.PushFile{
		Name: name, AtStart: slices.Contains(readAtStart, name),
		Content: map[string][]byte{}, Mode: map[string]string{}, Source: map[string]string{},
	}
	if p.Rollback {
		if name == "spark-env.sh" {
			f.Mark = envfile.PartMark
		}
		return f, nil
	}
	path := filepath.Join(p.site.confDir, name)
	text, err := readRegular(path)
	if err != nil {
		return f, err
	}
	if at := bytes.Index(text, []byte(envfile.PartMark)); at >= 0 && name == "spark-env.sh" {
		line := 1 + bytes.Count(text[:at], []byte{'\n'})
		return f, mistakef(fmt.Sprintf("sed -i '%d,$d' %s", line, quoteWords([]string{path})), "%s:%d: the part of one host is in it already: it came from a push", path, line)
	}
	for _, h := range p.Hosts {
		content := text
		if part, ok := parts[h.Name]; ok && name == "spark-env.sh" {
			content = envfile.Join(text, part)
		}
		f.Content[h.Name] = content
		if route := p.reach.routes[h.Name]; route != nil && p.reach.isLocal(ctx, h.Name, route) {
			f.Source[h.Name] = path
		}
	}
	return f, p.modes(ctx, f)
}

// secretMode is the mode of a new file with a secret in it.
const secretMode = "0600"

// modes says what mode a new file gets. Comments count: what once was a password may still be one.
func (p *pushing) modes(ctx context.Context, f spark.PushFile) error {
	for _, hosts := range sameText(p.Push, f) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		mode := "0644"
		if text := f.Content[hosts[0]]; !bytes.Equal(lint.MaskFile(f.Name, text), text) {
			mode = secretMode
		}
		for _, host := range hosts {
			f.Mode[host] = mode
		}
	}
	return nil
}

func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, mistakef(quoteWords([]string{"ls", filepath.Dir(path)}), "reading what is to be pushed: %w", err)
	case !info.Mode().IsRegular():
		return nil, mistakef(quoteWords([]string{"ls", "-ld", path}), "%s is no regular file", path)
	case info.Size() > maxFile:
		return nil, mistakef("scp, or what else is for large files", "%s has %s, and push-env is for files of up to %s", path, mebi(info.Size()), mebi(maxFile))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, mistakef(quoteWords([]string{"ls", "-l", path}), "reading what is to be pushed: %w", err)
	}
	return text, nil
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}
