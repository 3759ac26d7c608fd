// Package report turns results into what the user reads: text, one JSON document, or a
// JSON line for each result; and shows progress meanwhile. It decides nothing: which word
// a result has, and what the exit code is, is handed in. The words and the JSON fields
// are promises (see the README); their place is here. Begin reading at [Row], then [Printer].
package report

// Status is the verdict on one result.
type Status string

// The status words, from good to bad: the order in which text shows them.
const (
	OK          Status = "ok"          // as asked, nothing needed doing
	Changed     Status = "changed"     // as asked, after doing it
	Warn        Status = "warn"        // as asked, with something to look at
	Skipped     Status = "skipped"     // not tried, because of something before it
	Unknown     Status = "unknown"     // interrupted or cut short: may or may not have happened
	Unreachable Status = "unreachable" // no command ran there
	Fail        Status = "fail"        // it ran and is not as asked
)

// statuses is all of them, in their order.
var statuses = []Status{OK, Changed, Warn, Skipped, Unknown, Unreachable, Fail}

// Good reports whether what was asked for is true.
func (s Status) Good() bool { return s == OK || s == Changed || s == Warn }

// Row is one result. Field names are those of the JSON; what is not known is absent.
// Times are milliseconds, sizes bytes.
type Row struct {
	Host     string `json:"host"`
	Role     string `json:"role,omitempty"`
	Instance int    `json:"instance,omitempty"`
	Status   Status `json:"status"`
	State    string `json:"state,omitempty"`
	Class    string `json:"class,omitempty"`

	Message string   `json:"message,omitempty"` // why
	Hint    string   `json:"hint,omitempty"`    // what to type
	Seen    []string `json:"seen,omitempty"`    // the evidence

	PID       int    `json:"pid,omitempty"`
	Since     int64  `json:"since,omitempty"` // since the epoch
	Log       string `json:"log,omitempty"`
	Address   string `json:"address,omitempty"`
	WebUI     string `json:"webui,omitempty"`
	Version   string `json:"version,omitempty"`
	Cores     int    `json:"cores,omitempty"`
	Memory    int64  `json:"memory,omitempty"`
	SparkHome string `json:"spark_home,omitempty"`
	HomeFrom  string `json:"spark_home_from,omitempty"`
	ConfDir   string `json:"conf_dir,omitempty"`

	*Command
	*Placed
	*Login
	*Checked

	TookMS int64 `json:"took_ms"`

	Apart   bool   `json:"-"` // it stands in a line of its own: what is to be typed is about this host only
	Dialled string `json:"-"` // host:port where it is reached: its own, as its name is
}

// Command is what a command on a host has answered: byte for byte as text, or, where it is
// not UTF-8, in base64; past 1 MiB it stands in a file.
type Command struct {
	ExitCode     *int    `json:"exit_code,omitempty"` // absent if it did not end
	Stdout       *string `json:"stdout,omitempty"`
	Stderr       *string `json:"stderr,omitempty"`
	StdoutBase64 []byte  `json:"stdout_base64,omitempty"`
	StderrBase64 []byte  `json:"stderr_base64,omitempty"`
	StdoutFile   string  `json:"stdout_file,omitempty"`
	StderrFile   string  `json:"stderr_file,omitempty"`
}

// Login is what a host has to do with a key.
type Login struct {
	Key    string `json:"key"`              // its fingerprint
	Proven *bool  `json:"proven,omitempty"` // a login with this key alone worked; absent if none was tried
}

// Placed is a file of a host that was brought there or changed.
type Placed struct {
	File   string  `json:"file"`
	Path   string  `json:"path,omitempty"`   // where it is there, all links followed
	SHA256 string  `json:"sha256,omitempty"` // of what was asked for
	Before string  `json:"before,omitempty"` // likewise, of what was there
	Mode   string  `json:"mode,omitempty"`   // of the file that is there now, in octal
	Owner  string  `json:"owner,omitempty"`  // likewise, as user:group
	Behind []Named `json:"behind,omitempty"` // daemons that still run with what was there

	Changes []string `json:"changes,omitempty"` // of --diff
}

// Named is a daemon.
type Named struct {
	Role     string `json:"role"`
	Instance int    `json:"instance,omitempty"`
	PID      int    `json:"pid"`
}

// Master is a master's own view of the cluster, in figures.
type Master struct {
	Host       string   `json:"host"`
	URL        string   `json:"url"`
	Status     string   `json:"status"`
	Alive      int      `json:"alive"`
	Dead       int      `json:"dead"`
	Cores      int      `json:"cores"`
	Memory     int64    `json:"memory"`
	Unexpected []string `json:"unexpected,omitempty"` // workers that were found on no host
}

// Report is all that a verb has to say at its end.
type Report struct {
	Command string
	Exit    int
	TookMS  int64
	Rows    []Row
	Masters []Master
	Hosts   int      // that were looked at; those of Rows where it is 0
	Closing []string // the last lines of the text: "3 of 3 workers registered with ..."
	Error   string   // why nothing was tried, or ""
	Hint    string   // what to type then
}
