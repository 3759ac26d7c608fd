package spark

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sparkops/fleet"
	"sparkops/shell"
)

// Pushed is what is known of one file on one host.
type Pushed struct {
	Host   string
	Number int    // of Push.Files
	File   string // its name in the conf directory
	Path   string // where it is there, all links followed

	State  FileState
	SHA256 string // of what is wanted, or, where nothing is, of what is there
	Before string // SHA-256 of what was there before, "" if nothing was
	Backup string // SHA-256 of the backup beside it, "" if there is none
	Text   *string
	Former *string // text of the backup
	Common string  // SHA-256 of what is there up to a host's own part, in a rollback
	Older  string  // likewise of the backup
	Source bool    // the file there is what is pushed

	Mode  string // of the file that was there, in octal: "0644"; "" if none was
	Owner string // likewise, as user:group

	Class   shell.Class
	Message string
	Hint    string
	Warning string

	Err  error // the script was skipped, or not run to its end
	Took time.Duration

	ChangedAt float64 // on the host's clock, in seconds; 0 if it is not known
}

// FileState is how a file stands.
type FileState string

// The states of a file.
const (
	Same     FileState = "same"     // as wanted
	Differs  FileState = "differs"  // not as wanted
	Absent   FileState = "absent"   // not there
	Staged   FileState = "staged"   // the new one is beside it
	Switched FileState = "switched" // the new one is in its place
)

// OK reports whether nothing went wrong.
func (o *Pushed) OK() bool { return o.Err == nil && o.Class == "" }

// Skip notes why nothing was done about it.
func (o *Pushed) Skip(why string) {
	e := &fleet.SkippedError{Why: errors.New(why)}
	o.Err, o.Message, o.Hint = e, e.Error(), ""
}

// Answer is what one host said to one script of a push.
type Answer struct {
	Host    string
	Files   []Pushed // one for each of Push.Files, in their order
	Left    []Leftover
	Daemons []Stale // all that run, whatever they have read
	Facts   HostFacts
}

// HostFacts is what a host is like to which something is to be pushed.
type HostFacts struct {
	Cores  int             // 0 if not known
	Memory int64           // in bytes, 0 if not known
	Paths  map[string]bool // whether a path is there, of Push.Paths
}

// Leftover is a temporary file of some run.
type Leftover struct {
	Path string
	Age  time.Duration
}

// Stale is a daemon that a file may have changed behind.
type Stale struct {
	Role     Role
	Instance int
	PID      int
	born     float64
}

// Read takes the answer of a host apart.
func (p *Push) Read(r fleet.Result) Answer {
	a := Answer{Host: r.Task.Host}
	for i, f := range p.Files {
		a.Files = append(a.Files, Pushed{Host: a.Host, Number: i, File: f.Name, Err: r.Err, Took: r.Took})
	}
	if r.Err != nil {
		e := shell.AsError(r.Err, shell.ClassLost)
		a.all(e.Class, r.Err.Error(), e.Hint)
		return a
	}
	records, err := answered(r)
	if err != nil {
		a.all(shell.ClassExit, err.Error(), "sparkops push-env -v shows all that the host said")
		return a
	}
	for _, rec := range records {
		a.take(rec)
	}
	return a
}

// all notes the same failure for every file.
func (a *Answer) all(class shell.Class, message, hint string) {
	for i := range a.Files {
		a.Files[i].Class, a.Files[i].Message, a.Files[i].Hint = class, message, hint
	}
}

func (a *Answer) take(rec shell.Record) {
	number, _ := strconv.Atoi(rec["number"])
	o := &Pushed{}
	if number >= 1 && number <= len(a.Files) {
		o = &a.Files[number-1]
	}
	if rec["path"] != "" {
		o.Path = rec["path"]
	}
	o.ChangedAt, _ = strconv.ParseFloat(rec["changed_at"], 64)
	switch rec["kind"] {
	case "refused":
		a.all(shell.Class(rec["class"]), rec["message"], rec["hint"])
	case "failed":
		o.Class, o.Message, o.Hint = shell.Class(rec["class"]), rec["message"], rec["hint"]
	case "file":
		o.found(rec)
	case "staged":
		o.State, o.Warning = Staged, rec["warning"]
	case "switched":
		o.State, o.Before = Switched, rec["before"]
	case "facts":
		a.Facts.Cores, _ = strconv.Atoi(rec["cores"])
		kib, _ := strconv.ParseInt(rec["memory_kib"], 10, 64)
		a.Facts.Memory = kib << 10
	case "path":
		if a.Facts.Paths == nil {
			a.Facts.Paths = map[string]bool{}
		}
		a.Facts.Paths[rec["at"]] = rec["there"] == "yes"
	case "left":
		age, _ := strconv.Atoi(rec["age"])
		a.Left = append(a.Left, Leftover{Path: rec["path"], Age: time.Duration(age) * time.Second})
	case "daemon":
		d := Stale{Role: Role(rec["role"])}
		d.Instance, _ = strconv.Atoi(rec["instance"])
		d.PID, _ = strconv.Atoi(rec["pid"])
		d.born, _ = strconv.ParseFloat(rec["born"], 64)
		a.Daemons = append(a.Daemons, d)
	}
}

// found reads what compare.sh says of a file.
func (o *Pushed) found(rec shell.Record) {
	o.State, o.Before, o.Backup, o.Source = Differs, rec["sha256"], rec["backup"], rec["source"] == "yes"
	o.Common, o.Older = cmp.Or(rec["common"], o.Before), cmp.Or(rec["older"], o.Backup)
	if rec["state"] == "absent" {
		o.State = Absent
	}
	o.Owner = rec["owner"]
	if mode, err := strconv.ParseUint(rec["mode"], 8, 32); err == nil {
		o.Mode = fmt.Sprintf("%04o", mode)
	}
	o.Text, o.Former = text(rec, "text"), text(rec, "backup_text")
}

// text is a value that was guarded by a dot behind it.
func text(rec shell.Record, key string) *string {
	value, ok := rec[key]
	if !ok {
		return nil
	}
	value = strings.TrimSuffix(value, ".")
	return &value
}

// moment is what the clocks of a host may differ among themselves, in seconds.
const moment = 0.05

// Behind are the daemons that began before the file was changed.
func (a Answer) Behind(o Pushed) []Stale {
	var behind []Stale
	for _, d := range a.Daemons {
		if o.ChangedAt > 0 && d.born > 0 && d.born+moment < o.ChangedAt {
			behind = append(behind, d)
		}
	}
	return behind
}
