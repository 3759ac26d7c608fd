package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sparkops/shell/shelltest"
)

// layer is a package's floor in the house (design.md, section 2). Imports go down only.
type layer struct {
	floor int
	never []string // packages of a lower floor that it must not import all the same
}

// outside is the floor of tests and benchmarks: they may import anything, nobody imports them.
const outside = 9

// house is every package of the module. ssh and spark meet in commands and nowhere else.
var house = map[string]layer{
	"regular":         {floor: 1},
	"shell":           {floor: 1},
	"shell/shelltest": {floor: 2}, // for tests only
	"envfile":         {floor: 1},
	"envfile/lint":    {floor: 2},
	"report":          {floor: 1}, // for commands only
	"near":            {floor: 1},
	"ssh/config":      {floor: 1},
	"inventory":       {floor: 2, never: []string{"envfile", "ssh/config"}},
	"spark/facts":     {floor: 2},
	"fleet":           {floor: 3},
	"keys":            {floor: 4, never: []string{"ssh", "spark"}},
	"ssh":             {floor: 3},
	"ssh/sshtest":     {floor: 3}, // for sandbox and tests only
	"spark":           {floor: 4, never: []string{"ssh", "ssh/config"}},
	"sandbox/standin": {floor: 4, never: []string{"ssh", "ssh/config"}},
	"doctor":          {floor: 5, never: []string{"fleet", "ssh"}},
	"sandbox":         {floor: 5},
	"commands":        {floor: 6},
	".":               {floor: 7},
	"e2e":             {floor: outside},
	"bench":           {floor: outside},
}

// larger are the files that may have up to 350 lines: tables, and the rules of ssh_config(5).
var larger = map[string]bool{}

const (
	module        = "sparkops"
	maxLines      = 250
	maxLarger     = 350
	maxFunction   = 60
	commandsFloor = 6
)

// edge is what only commands and main may touch: the process and its surroundings.
var edge = map[string]bool{
	"os.Exit": true, "os.Stdin": true, "os.Stdout": true, "os.Stderr": true, "os.Args": true,
	"os.Getenv": true, "os.LookupEnv": true, "os.Environ": true, "os.ExpandEnv": true, "os.UserHomeDir": true,
	"fmt.Print": true, "fmt.Printf": true, "fmt.Println": true,
	"log.Fatal": true, "log.Fatalf": true, "log.Fatalln": true, "log.Print": true, "log.Printf": true, "log.Println": true,
}

// source is one Go file of the module.
type source struct {
	*ast.File
	path, pkg string
	fset      *token.FileSet
	test      bool
}

// sources are read once: it is most of what these tests cost.
var sources = sync.OnceValues(func() (all []source, err error) {
	err = filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "dist") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(p) != ".go" {
			return nil
		}
		p = filepath.ToSlash(p)
		s := source{path: p, pkg: path.Dir(p), fset: token.NewFileSet(), test: strings.HasSuffix(p, "_test.go")}
		s.File, err = parser.ParseFile(s.fset, p, nil, parser.ParseComments)
		all = append(all, s)
		return err
	})
	return all, err
})

func files(t *testing.T) []source {
	t.Helper()
	shelltest.Unwatched(t) // it reads, and nothing beside
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (s source) line(p token.Pos) int { return s.fset.Position(p).Line }

func TestImportsGoDown(t *testing.T) {
	t.Parallel()
	for _, s := range files(t) {
		from, known := house[s.pkg]
		if !known {
			t.Errorf("%s: package %s has no floor: enter it into the table of layers_test.go", s.path, s.pkg)
			continue
		}
		for _, spec := range s.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			pkg, ours := strings.CutPrefix(name, module+"/")
			if !ours || pkg == s.pkg {
				continue
			}
			if why := forbidden(from, s, pkg); why != "" {
				t.Errorf("%s:%d: %s imports %s: %s", s.path, s.line(spec.Pos()), s.pkg, pkg, why)
			}
		}
	}
}

// forbidden says why a file of a package on floor from must not import pkg, "" if it may.
func forbidden(from layer, s source, pkg string) string {
	to, inHouse := house[pkg]
	forTests := pkg == "ssh/sshtest" || pkg == "shell/shelltest" || pkg == "sandbox"
	switch {
	case !inHouse, from.floor == outside, s.test && forTests:
		return "" // a package without a floor is told once, above
	case from.floor <= to.floor && !(s.test && from.floor == to.floor):
		return "imports go down only"
	case pkg == "report" && from.floor < commandsFloor:
		return "only commands writes reports"
	case pkg == "ssh/sshtest" && s.pkg != "sandbox":
		return "it is for sandbox and tests"
	case slices.Contains(from.never, pkg):
		return "the table of layers_test.go forbids it"
	}
	return ""
}

func TestEveryPackageHasAPromise(t *testing.T) {
	t.Parallel()
	comments := map[string]int{}
	for _, s := range files(t) {
		if s.test {
			continue
		}
		comments[s.pkg] += 0
		if s.Doc != nil {
			comments[s.pkg]++
		}
	}
	for pkg, n := range comments {
		if n != 1 {
			t.Errorf("%s has %d package comments: one file, doc.go or the one to begin with, has it", pkg, n)
		}
	}
}

func TestTheOutsideIsHandedIn(t *testing.T) {
	t.Parallel()
	for _, s := range files(t) {
		if s.test || s.pkg == "shell/shelltest" || house[s.pkg].floor >= commandsFloor {
			continue
		}
		ast.Inspect(s.File, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && edge[x.Name+"."+sel.Sel.Name] {
				t.Errorf("%s:%d: %s.%s below commands: have it handed in", s.path, s.line(n.Pos()), x.Name, sel.Sel.Name)
			}
			return true
		})
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for _, s := range files(t) {
		if s.test {
			continue
		}
		most := maxLines
		if larger[s.path] {
			most = maxLarger
		}
		if n := s.fset.File(s.Pos()).LineCount(); n > most {
			t.Errorf("%s: %d lines, more than %d", s.path, n, most)
		}
		for _, d := range s.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := s.line(f.End()) - s.line(f.Pos()) + 1; n > maxFunction {
				t.Errorf("%s:%d: %s has %d lines, more than %d", s.path, s.line(f.Pos()), f.Name.Name, n, maxFunction)
			}
			if f.Name.Name == "init" && f.Recv == nil {
				t.Errorf("%s:%d: no init: say where it is called", s.path, s.line(f.Pos()))
			}
		}
	}
}

// What is skipped under the race detector runs without it in make test.
func TestUnwatchedIsRun(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	run := map[string]string{} // what is left out of a package that is run, as -skip has it
	for line := range strings.Lines(string(makefile)) {
		if words := strings.Fields(line); strings.Contains(line, "go test -short ") && !slices.Contains(words, "-race") {
			skip := "^$"
			for i, word := range words {
				switch {
				case words[max(i-1, 0)] == "-skip":
					skip = strings.ReplaceAll(word, "$$", "$")
				case word == "." || strings.HasPrefix(word, "./"):
					run[path.Clean(word)] = skip
				}
			}
		}
	}
	for _, s := range files(t) {
		for _, d := range s.Decls {
			ast.Inspect(d, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok || sel.Sel.Name != "Unwatched" {
					return true
				}
				f, isFunc := d.(*ast.FuncDecl)
				skip, ok := run[s.pkg]
				if isFunc && ok {
					skipped, err := regexp.MatchString(skip, f.Name.Name)
					ok = err == nil && !skipped
				}
				if !isFunc || !ok {
					t.Errorf("%s:%d: make test does not run this without the race detector", s.path, s.line(sel.Pos()))
				}
				return true
			})
		}
	}
}
