package spark

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sparkops/fleet"
	"sparkops/inventory"
	"sparkops/shell"
)

// Push brings files into the conf directories of hosts, in sessions that follow one another:
// [Push.Compare] on every host, [Push.Stage] where a file differs, [Push.Switch] where all is
// staged. What stays behind goes by [Push.Clean].
type Push struct {
	Cluster *Cluster
	Hosts   []inventory.Host
	Files   []PushFile
	Bounds  Bounds
	Run     Run

	Rollback bool // the content is that of the backup beside each file
	Force    bool // a file that the host's bash cannot read is staged all the same
	Show     bool // Compare brings the text of the files along

	Facts bool                // Compare brings along what a host is like on which a file differs
	Paths map[string][]string // by host: whether each of them is there is a part of that
}

// PushFile is one file of the conf directory.
type PushFile struct {
	Name    string
	Content map[string][]byte // by host
	Mode    map[string]string // by host: of a file that was not there before, in octal
	Source  map[string]string // by host that is this machine: what is pushed, by its path
	AtStart bool              // daemons read it when they start
	Mark    string            // begins the line from which on it is one host's own, if some hosts have such a part
}

// lockWait is how long a push waits for another one on the same host, in seconds.
const lockWait = 20

// Compare asks every host what its files are now.
func (p *Push) Compare(wanted Sums) fleet.Plan {
	return p.plan("compare", p.Hosts, nil, func(h inventory.Host) []shell.Var {
		vars := []shell.Var{{Name: "in_daemons", Value: yes(p.atStart())}, {Name: "in_show", Value: yes(p.Show)}, {Name: "in_former", Value: yes(p.Rollback)}}
		if p.Facts {
			vars = append(vars, shell.Var{Name: "in_facts", Value: "yes"}, shell.Var{Name: "in_paths", Value: strings.Join(p.Paths[h.Name], "\n")})
		}
		for i, f := range p.Files {
			vars = append(vars, numbered("source", i, f.Source[h.Name]))
			if p.Rollback {
				vars = append(vars, numbered("mark", i, f.Mark))
			} else {
				vars = append(vars, numbered("want", i, wanted[h.Name][i]))
			}
		}
		return vars
	}, "processes", "daemons", "push", "compare")
}

// Stage brings new content beside the files that differ. Wanted is the SHA-256 of the content,
// in a rollback of the backup that the host has shown.
func (p *Push) Stage(differ Files, wanted Sums) fleet.Plan {
	return p.plan("stage", p.within(differ), differ, func(h inventory.Host) []shell.Var {
		vars := []shell.Var{{Name: "in_force", Value: yes(p.Force)}}
		for _, i := range differ[h.Name] {
			f := p.Files[i]
			vars = append(vars, numbered("want", i, wanted[h.Name][i]), numbered("former", i, yes(p.Rollback)))
			if p.Rollback {
				continue
			}
			vars = append(vars, numbered("mode", i, f.Mode[h.Name]))
			text := f.Content[h.Name]
			if bytes.IndexByte(text, 0) >= 0 { // no variable can hold it
				vars = append(vars, numbered("escaped", i, "yes"))
				text = []byte(forPercentB.Replace(string(text)))
			}
			vars = append(vars, numbered("content", i, string(text)))
		}
		return vars
	}, "push", "stage")
}

// forPercentB writes bytes as the %b of printf reads them.
var forPercentB = strings.NewReplacer(`\`, `\\`, "\x00", `\0000`)

// Switch puts what is staged in the place of the files.
func (p *Push) Switch(staged Files, wanted Sums) fleet.Plan {
	return p.plan("switch", p.within(staged), staged, func(h inventory.Host) []shell.Var {
		vars := []shell.Var{{Name: "in_daemons", Value: yes(p.atStart())}}
		for _, i := range staged[h.Name] {
			vars = append(vars, numbered("want", i, wanted[h.Name][i]))
		}
		return vars
	}, "processes", "daemons", "push", "switch")
}

// Clean removes temporary files, by host.
func (p *Push) Clean(left map[string][]string) fleet.Plan {
	stage := fleet.Stage{Name: "clean"}
	for _, h := range p.Hosts {
		if len(left[h.Name]) == 0 {
			continue
		}
		stage.Tasks = append(stage.Tasks, fleet.Task{Host: h.Name, Bound: p.Bounds.Script, Script: shell.Script{
			Name: "clean", Body: body("clean"),
			Vars: []shell.Var{{Name: "in_left", Value: strings.Join(left[h.Name], "\n")}},
		}})
	}
	return fleet.Plan{Stages: []fleet.Stage{stage}}
}

// Sums are SHA-256 in hexadecimal, by host and number of file.
type Sums map[string][]string

// Files are numbers of files, by host.
type Files map[string][]int

// within are the hosts that have files in the set.
func (p *Push) within(set Files) []inventory.Host {
	var hosts []inventory.Host
	for _, h := range p.Hosts {
		if len(set[h.Name]) > 0 {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// plan is one stage of the script of that name, about all files where of names none.
func (p *Push) plan(name string, hosts []inventory.Host, of Files, more func(inventory.Host) []shell.Var, parts ...string) fleet.Plan {
	stage := fleet.Stage{Name: name}
	for _, h := range hosts {
		task := p.Cluster.task("", h, name, Bounds{Script: p.Bounds.Script})
		vars := append(task.Script.Vars, shell.Var{Name: "in_run", Value: p.runOn(h)},
			shell.Var{Name: "in_lock_wait", Value: strconv.Itoa(lockWait)},
			shell.Var{Name: "in_numbers", Value: strings.Trim(fmt.Sprint(p.numbers(of, h)), "[]")})
		for i, f := range p.Files {
			vars = append(vars, numbered("name", i, f.Name))
		}
		task.Script.Vars = append(vars, more(h)...)
		task.Script.Body = body(append([]string{"lib"}, parts...)...)
		stage.Tasks = append(stage.Tasks, task)
	}
	return fleet.Plan{Stages: []fleet.Stage{stage}}
}

// runOn is the name of this run on a host: two names may mean one machine. For a reader, who
// wants to see what is the same on all hosts, there is none.
func (p *Push) runOn(h inventory.Host) string {
	if p.Run == (Run{}) {
		return "LAUNCHER-PID-TIME"
	}
	own := slices.IndexFunc(p.Hosts, func(o inventory.Host) bool { return o.Name == h.Name })
	return fmt.Sprint(p.Run, ".", own)
}

// numbers are the files of a host as scripts count them.
func (p *Push) numbers(of Files, h inventory.Host) []int {
	var numbers []int
	for i := range p.Files {
		if of == nil || slices.Contains(of[h.Name], i) {
			numbers = append(numbers, i+1)
		}
	}
	return numbers
}

// atStart reports whether any of the files is one that daemons read when they start.
func (p *Push) atStart() bool {
	for _, f := range p.Files {
		if f.AtStart {
			return true
		}
	}
	return false
}

func numbered(name string, i int, value string) shell.Var {
	return shell.Var{Name: fmt.Sprintf("in_%s_%d", name, i+1), Value: value}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
