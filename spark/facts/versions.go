package facts

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"sparkops/shell"
)

// Spark is the release that is there.
type Spark struct {
	Release string // the first line of RELEASE
	Version string
	Scala   string // 2.12, 2.13
	Jars    []Jar  // sorted by name
	jars    string // in front of a jar's name, its path; "" if they are not known
}

// Jar is a file of jars/.
type Jar struct {
	Name string
	Size int64
}

// Digest is equal for two hosts whose jars have the same names and sizes; "" if they are not
// known.
func (s Spark) Digest() string {
	if len(s.Jars) == 0 {
		return ""
	}
	sum := sha256.New()
	for _, j := range s.Jars {
		sum.Write([]byte(j.Name + " " + strconv.FormatInt(j.Size, 10) + "\n"))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Java is the one that Spark's scripts would take in a shell like that of the daemons.
type Java struct {
	Found      bool
	Path, Real string
	From       string // "JAVA_HOME" or "PATH"
	Said       string // the first lines of java -version; may be an error
}

// Version is what java -version gives as its version, "" if it is none.
func (j Java) Version() string {
	for line := range strings.Lines(j.Said) {
		_, rest, ok := strings.Cut(line, ` version "`)
		if version, _, closed := strings.Cut(rest, `"`); ok && closed {
			return version
		}
	}
	return ""
}

// Major is 8 for 1.8.0_392, 17 for 17.0.15; 0 if it is not known.
func (j Java) Major() int {
	version := strings.TrimPrefix(j.Version(), "1.")
	end := strings.IndexFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 {
		version = version[:end]
	}
	return number(version)
}

// Python is a python3, and the one of PYSPARK_PYTHON.
type Python struct{ Name, Path, Said string }

var versions = map[string]reader{
	"spark": func(h *Host, r shell.Record) {
		h.Spark = Spark{Release: r["release"], Version: r["version"], Scala: r["scala"], jars: r["jars"]}
	},
	"java": func(h *Host, r shell.Record) {
		h.Java = Java{r["state"] == "found", r["path"], r["real"], r["from"], r["said"]}
	},
	"python": func(h *Host, r shell.Record) {
		h.Pythons = append(h.Pythons, Python{r["name"], r["path"], r["said"]})
	},
}
