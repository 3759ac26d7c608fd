package inventory

import (
	"fmt"
	"strings"
)

// Cluster is the hosts by role. A host may be in both lists, and is in each at most once.
type Cluster struct {
	Masters []Host // never empty after Load
	Workers []Host // never empty after Load

	HostsFile   string // the file that Workers were read from, "" if there is none
	MastersFile string // the file that Masters were read from, "" if there is none

	Warnings []Warning // what was read past, in the order of reading
}

// Host is one machine as the user writes it.
type Host struct {
	Name string // the name for ssh, with "user@" in front if it was written so

	// From is where the name stands: "conf/workers:3", "HOSTLIST", "SPARK_MASTER_HOST",
	// or Default if nothing names a host.
	From string

	SparkHome string // its own SPARK_HOME, absolute or beginning with "~/"; "" for the cluster's
}

// Default is the From of a host that nobody has named: Spark then takes this machine. Its
// Name is "localhost".
const Default = "default"

// Split parts the name into user and host; user is "" if none is written. As ssh does, the
// last @ counts.
func (h Host) Split() (user, host string) {
	if i := strings.LastIndexByte(h.Name, '@'); i >= 0 {
		return h.Name[:i], h.Name[i+1:]
	}
	return "", h.Name
}

// key is equal for two spellings of one login: host names have no case.
func (h Host) key() string {
	user, host := h.Split()
	return user + "@" + strings.ToLower(host)
}

// Warning is something odd that was read past.
type Warning struct {
	At   string // "conf/workers:3", or the variable it is about
	Text string // what is odd, and what was made of it
}

func (w Warning) String() string { return fmt.Sprintf("%s: %s", w.At, w.Text) }
