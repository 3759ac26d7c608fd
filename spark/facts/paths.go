package facts

import (
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"sparkops/shell"
)

// Home is the Spark that was chosen there, as every verb chooses it.
type Home struct {
	Path      string // "" if there is none
	From      string // what it was taken from
	Set       string // SPARK_HOME after spark-env.sh
	Conf      string // SPARK_CONF_DIR
	EnvRead   bool   // bash came to the end of spark-env.sh, or of its exit
	EnvCut    bool   // it came to an exit, and not to the line behind the file
	PathLost  bool   // its PATH has no bash any more
	Ident     string // SPARK_IDENT_STRING
	Pids      string // the directory of the pid files
	Instances int    // workers that this host is to have
}

// What a Path is for.
const (
	Bin      = "bin"      // of SparkDir
	Jars     = "jars"     // likewise
	Program  = "program"  // likewise: bin/spark-class
	Launcher = "launcher" // the path that SPARK_HOME has on the launcher
	SparkDir = "home"
	Logs     = "logs"
	Work     = "work"
	Local    = "local" // one of SPARK_LOCAL_DIRS
	Conf     = "conf"
	Pids     = "pids"
	UserHome = "user-home"
	SSHDir   = ".ssh"
	KeysFile = ".ssh/authorized_keys"
	KeyFile  = "key"      // a private key in .ssh
	Recovery = "recovery" // spark.deploy.recoveryDirectory of a master
	ConfFile = "file"     // one of the conf directory
)

// Path is a directory or file that matters.
type Path struct {
	What, Path      string
	Type            string // "directory", "file", "other" or "missing"
	Real            string // where it leads; where it is missing, where it would
	Missing         string // the first part that is not there
	Loop            bool   // its links lead round in a circle
	Nearest         string // where it is missing: the last part that is there
	NearestWritable bool   // by the login user
	NearestFile     bool   // it is no directory
	Broken          string // where it is missing: the first link on its way that leads nowhere

	Readable, Writable, Searchable bool // by the login user, mount flags included

	Mode          fs.FileMode // permissions with sticky and set bits; of what it leads to
	Owner, Group  string
	UID           int
	Size          int64
	Changed       time.Time
	Device, Inode string

	Block, Blocks, Available int64 // of the file system; Block bytes each
	Inodes, InodesFree       int64 // 0 where it does not count them

	Mount, FSType string
	ReadOnly      bool // the mount is
}

// Exists reports whether it is there.
func (p Path) Exists() bool { return p.Type != "" && p.Type != "missing" }

// Shared reports whether other hosts may see the same files there.
func (p Path) Shared() bool {
	switch p.FSType {
	case "nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs", "fuse.glusterfs", "lustre", "beegfs", "gpfs", "9p", "virtiofs":
		return true
	}
	return false
}

// Link is a symbolic link on the way of a path.
type Link struct {
	Of           string // [Launcher] or [SparkDir]
	Path, Target string
	Dangling     bool // what it leads to is not there
}

// Relative reports whether the link depends on where it lies.
func (l Link) Relative() bool { return !strings.HasPrefix(l.Target, "/") }

// Install is a directory with a Spark in it.
type Install struct{ Path, Real, Version string }

// Big is what takes most room in a work directory on a disk that is nearly full.
type Big struct {
	Of    string
	Sizes []string // "KiB<tab>path", the largest first
}

// Path is the first path of that use, the zero Path if there is none.
func (h *Host) Path(what string) Path {
	for _, p := range h.Paths {
		if p.What == what {
			return p
		}
	}
	return Path{}
}

var paths = map[string]reader{
	"path": func(h *Host, r shell.Record) {
		h.Paths = append(h.Paths, Path{
			What: r["what"], Path: r["path"], Type: r["type"], Real: r["real"], Missing: r["missing"], Loop: r["loop"] == "yes",
			Nearest: r["nearest"], NearestWritable: r["nearest_writable"] == "yes",
			NearestFile: r["nearest_file"] == "yes", Broken: r["broken"],
			Readable: strings.Contains(r["rights"], "r"), Writable: strings.Contains(r["rights"], "w"), Searchable: strings.Contains(r["rights"], "x"),
		})
	},
	"link": func(h *Host, r shell.Record) {
		h.Links = append(h.Links, Link{r["of"], r["path"], r["target"], r["dangling"] == "yes"})
	},
	"candidate": func(h *Host, r shell.Record) {
		h.Installs = append(h.Installs, Install{r["path"], r["real"], r["version"]})
	},
	"big": func(h *Host, r shell.Record) {
		h.Big = append(h.Big, Big{r["of"], strings.Split(strings.TrimSpace(r["sizes"]), "\n")})
	},
	"stat": nil, "space": nil, "mount": nil, // of all paths at once; see join
}

// networkName is where the kernel has the name space of a process's network.
const networkName = "/proc/self/ns/net"

// join puts what was asked about all paths at once to each of them: by tabs, the path last.
func (h *Host) join(records []shell.Record) {
	for _, r := range records {
		switch words := strings.Split(r["of"], "\t"); {
		case r["kind"] == "mount":
			for i := range h.Paths {
				if p := &h.Paths[i]; r["real"] == p.Real && p.Exists() {
					p.Mount, p.FSType, p.ReadOnly = r["mount"], r["type"], r["read_only"] == "yes"
				}
			}
		case r["kind"] == "stat" && len(words) >= 9:
			h.stat(words, strings.Join(words[8:], "\t"))
		case r["kind"] == "space" && len(words) >= 6:
			for i := range h.Paths {
				if p := &h.Paths[i]; p.Path == strings.Join(words[5:], "\t") {
					p.Available, p.Blocks, p.Block = number64(words[0]), number64(words[1]), number64(words[2])
					p.Inodes, p.InodesFree = number64(words[3]), number64(words[4])
				}
			}
		}
	}
	slices.SortFunc(h.Spark.Jars, func(a, b Jar) int { return strings.Compare(a.Name, b.Name) })
}

// stat is one of a path, of a jar, or of the network's name space: mode, owner, its number,
// group, size, time of change, device, inode.
func (h *Host) stat(words []string, path string) {
	if jar, ok := strings.CutPrefix(path, h.Spark.jars); ok && h.Spark.jars != "" {
		h.Spark.Jars = append(h.Spark.Jars, Jar{jar, number64(words[4])})
		return
	}
	if path == networkName {
		h.Name.Network = "net:[" + words[7] + "]" // as readlink has it
	}
	for i := range h.Paths {
		if p := &h.Paths[i]; p.Path == path {
			p.Mode, p.Owner, p.UID, p.Group = mode(words[0]), words[1], number(words[2]), words[3]
			p.Size, p.Changed = number64(words[4]), time.Unix(number64(words[5]), 0)
			p.Device, p.Inode = words[6], words[7]
		}
	}
}

// mode is what stat writes: octal, with the sticky and set bits.
func mode(s string) fs.FileMode {
	n, err := strconv.ParseUint(s, 8, 32)
	if err != nil {
		return 0
	}
	m := fs.FileMode(n & 0o777)
	for bit, special := range map[uint64]fs.FileMode{0o1000: fs.ModeSticky, 0o2000: fs.ModeSetgid, 0o4000: fs.ModeSetuid} {
		if n&bit != 0 {
			m |= special
		}
	}
	return m
}
