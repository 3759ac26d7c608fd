package spark

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sparkops/fleet"
	"sparkops/shell"
	"sparkops/spark/facts"
)

// State is what a daemon was found in.
type State string

// The states of a daemon.
const (
	Running       State = "running"
	Started       State = "started"
	Registered    State = "registered"
	Standby       State = "standby"
	Stopped       State = "stopped"
	NotRunning    State = "not-running"
	Stopping      State = "stopping"
	StalePidFile  State = "stale-pid-file"
	Died          State = "died"
	NotRegistered State = "not-registered"
)

// Outcome is what is known of one daemon, or of a host whose daemons nothing is known of.
type Outcome struct {
	Host     string
	Role     Role
	Instance int // 1 and up; 0 where it is about the whole host or not known
	State    State
	Changed  bool // by this run
	PID      int
	Since    time.Time
	Log      string
	Address  string // host:port of its RPC, as the daemon's own log names it
	WebUI    string // http://host:port
	Version  string // of Spark
	Home     string // SPARK_HOME there
	HomeFrom string // what SPARK_HOME was taken from
	ConfDir  string

	Class   shell.Class // what went wrong, "" for nothing
	Message string      // why, in a line
	Hint    string      // what to type
	Seen    []string    // the evidence: lines of its log
	Warning string      // something to look at, though it is as asked
	Check   string      // of doctor, which finds the same in Facts; "" if there is none
	Facts   *facts.Host // what the host saw before it refused, or nil

	Cores  int   // that a worker offers, by the master's list
	Memory int64 // likewise, in bytes

	Err  error // the task was skipped, or not run to its end
	Took time.Duration

	bound  string // address that the web UI is bound to
	wanted string // host:port that a master is to have
	listen []int  // ports it listens on, where its log names no address
	tail   string
	listed bool // an ALIVE master lists it as ALIVE
}

// OK reports whether nothing went wrong.
func (o *Outcome) OK() bool { return o.Err == nil && o.Class == "" }

// Up reports whether the daemon runs, registered or not.
func (o *Outcome) Up() bool {
	switch o.State {
	case Running, Started, Registered, Standby, NotRegistered:
		return o.Err == nil
	}
	return false
}

// interrupted notes that the user did not wait for the verdict.
func (o *Outcome) interrupted(ctx context.Context, message string) {
	e := shell.Interrupted(ctx, true)
	e.Err = errors.New(message)
	o.Err, o.Class, o.Message, o.Hint, o.Seen = e, e.Class, message, "", nil
}

// fail notes what went wrong.
func (o *Outcome) fail(c shell.Class, message, hint string) {
	o.Class, o.Message, o.Hint = c, message, hint
}

// warn adds something to look at.
func (o *Outcome) warn(text string) {
	if o.Warning != "" {
		text = o.Warning + "; " + text
	}
	o.Warning = text
}

// outcomes reads the answers of the start, stop and probe scripts.
func outcomes(results []fleet.Result) []Outcome {
	var all []Outcome
	for _, r := range results {
		all = append(all, read(r)...)
	}
	return all
}

// recordsOf is the whole answer of a script, however that ended.
func recordsOf(r fleet.Result) ([]shell.Record, error) {
	records, err := shell.Records(r.Output.Stdout)
	if r.Output.Truncated {
		err = errors.New("the answer is longer than 1 MiB")
	}
	return records, err
}

// answered is the whole answer of a script that has ended well.
func answered(r fleet.Result) ([]shell.Record, error) {
	records, err := recordsOf(r)
	if err == nil && r.Output.Code != 0 {
		err = fmt.Errorf("the %s script ended with status %d: %s", r.Task.Script.Name, r.Output.Code, lastLine(r.Output.Stderr))
	}
	return records, err
}

func read(r fleet.Result) []Outcome {
	host := Outcome{Host: r.Task.Host, Role: Role(r.Task.Role), Err: r.Err, Took: r.Took}
	if e, ok := errors.AsType[*shell.Error](r.Err); ok {
		host.Class, host.Hint = e.Class, e.Hint
	}
	if r.Err != nil {
		host.Message = r.Err.Error()
		return []Outcome{host}
	}
	records, err := answered(r)
	if err != nil {
		host.fail(shell.ClassExit, err.Error(), "sparkops status -v shows all that the host said")
		return []Outcome{host}
	}
	var daemons []Outcome
	for _, rec := range records {
		switch rec["kind"] {
		case "refused":
			host.fail(shell.Class(rec["class"]), rec["message"], rec["hint"])
			if host.Check = rec["check"]; host.Check != "" {
				host.Facts, _ = facts.Read(records) // without them, the message says enough
			}
			return append(daemons, host)
		case "host":
			host.Home, host.HomeFrom, host.ConfDir = rec["spark_home"], rec["spark_home_from"], rec["conf_dir"]
			host.Version = rec["version"]
		case "daemon":
			daemons = append(daemons, host.daemon(rec))
		}
	}
	if len(daemons) == 0 {
		host.State, host.Message = NotRunning, "SPARK_WORKER_INSTANCES=0 there: no worker is wanted"
		return []Outcome{host}
	}
	return daemons
}

// daemon is what a record says of one daemon of the host.
func (host Outcome) daemon(rec shell.Record) Outcome {
	o := host
	o.State = State(rec["state"])
	o.Changed = rec["changed"] == "yes"
	o.Instance, _ = strconv.Atoi(rec["instance"])
	o.PID, _ = strconv.Atoi(rec["pid"])
	o.Log, o.Address, o.WebUI, o.bound = rec["log"], rec["address"], rec["webui"], rec["bound"]
	o.Message, o.Warning, o.tail = rec["message"], rec["warning"], rec["tail"]
	if v := rec["version"]; v != "" {
		o.Version = v
	}
	if s, err := strconv.ParseInt(rec["since"], 10, 64); err == nil {
		o.Since = time.Unix(s, 0)
	}
	for port := range strings.SplitSeq(rec["listen"], ",") {
		if n, err := strconv.Atoi(port); err == nil {
			o.listen = append(o.listen, n)
		}
	}
	o.judge(rec)
	return o
}

// judge gives the states that are failures their class and reason.
func (o *Outcome) judge(rec shell.Record) {
	switch o.State {
	case "port":
		o.State = Died
		o.unbound(rec)
	case Died:
		o.explain(shell.ClassDied, "it started and ended")
		if rec["misled"] != "" && (o.Class == shell.ClassDied || o.Class == shell.ClassPort) {
			o.unbound(rec)
		}
		if len(matching(o.tail, inUse)) > 0 && o.Class == shell.ClassPort {
			o.Message += by(rec["holder"])
		}
	case "late":
		o.State = Started
		o.explain(shell.ClassNotRegistered, "not ready in time")
	case Stopping:
		o.fail(shell.ClassStillRunning, "it has had its TERM and still runs", "sparkops stop-"+string(o.Role)+plural(o.Role)+" --kill, or a longer --wait-timeout")
		o.Seen = lastLines(o.tail, maxSeen)
	case StalePidFile:
		o.fail(shell.ClassDied, o.Message, "sparkops start-"+string(o.Role)+plural(o.Role))
	}
}

// unbound says why a daemon did not get its port: not every log that it could not bind is of a
// port that is taken.
func (o *Outcome) unbound(rec shell.Record) {
	name := "SPARK_" + strings.ToUpper(string(o.Role))
	switch why := map[string]string{"foreign": "is no address of this host", "unknown": "is not known on its own host"}[rec["misled"]]; {
	case why != "":
		o.fail(shell.ClassConfig, rec["at"]+", which it was told to listen at, "+why, "set "+name+"_HOST in conf/spark-env.sh to a name or an address of that host")
	case len(matching(o.tail, noAddress)) > 0 || len(matching(o.tail, noPort)) > 0:
		o.explain(shell.ClassDied, "")
		return
	default:
		o.fail(shell.ClassPort, "its RPC port is taken"+by(rec["holder"]), "end what holds the port, or set "+name+"_PORT in conf/spark-env.sh")
	}
	o.Seen = matching(o.tail, "could not bind on")
}

func by(holder string) string {
	if holder == "" {
		return ""
	}
	return " by " + strings.TrimSpace(holder)
}

// plural: there is start-master and start-workers.
func plural(r Role) string {
	if r == Worker {
		return "s"
	}
	return ""
}

func lastLine(b []byte) string {
	text := strings.TrimSpace(string(b))
	return text[strings.LastIndexByte(text, '\n')+1:]
}
