package envfile

import "strings"

// environ is an environment by name.
type environ map[string]string

// surroundings is what the file finds: load-spark-env.sh exports these three before it
// sources the file (SPARK_ENV_LOADED since Spark 1.0). That Spark skips the file when it
// inherits SPARK_ENV_LOADED is not copied: it is meant for Spark's own nested scripts.
func surroundings(o Options) environ {
	env := environ{}
	for _, entry := range o.Env {
		if name, value, ok := strings.Cut(entry, "="); ok && name != "" {
			env[name] = value
		}
	}
	env["SPARK_ENV_LOADED"] = "1"
	if o.SparkHome != "" {
		env["SPARK_HOME"] = o.SparkHome
	}
	if o.ConfDir != "" {
		env["SPARK_CONF_DIR"] = o.ConfDir
	}
	return env
}

func (e environ) list() []string {
	all := make([]string, 0, len(e))
	for name, value := range e {
		all = append(all, name+"="+value)
	}
	return all
}

// bookkeeping holds the variables that bash sets by itself in every environment that it
// hands on; they say nothing about the file.
var bookkeeping = map[string]bool{"_": true, "SHLVL": true, "PWD": true, "OLDPWD": true}

// defaulted holds the variables that bash sets when the environment lacks them.
var defaulted = map[string]bool{"PATH": true, "HOME": true, "SHELL": true, "TERM": true}

// special holds the variables that mean something to bash (its manual, "Shell Variables"):
// their values are bash's, or setting them does more than setting them. Those that begin
// with BASH or COMP belong here too.
var special = map[string]bool{
	"_": true, "PWD": true, "OLDPWD": true, "SHLVL": true,
	"UID": true, "EUID": true, "PPID": true, "GROUPS": true,
	"HOSTNAME": true, "HOSTTYPE": true, "MACHTYPE": true, "OSTYPE": true,
	"RANDOM": true, "SRANDOM": true, "SECONDS": true, "EPOCHSECONDS": true, "EPOCHREALTIME": true,
	"LINENO": true, "FUNCNAME": true, "FUNCNEST": true, "DIRSTACK": true, "PIPESTATUS": true,
	"SHELLOPTS": true, "POSIXLY_CORRECT": true, "ENV": true, "TMOUT": true,
	"IFS": true, "OPTIND": true, "OPTARG": true, "OPTERR": true, "REPLY": true,
	"MAPFILE": true, "COPROC": true, "HISTCMD": true, "LINES": true, "COLUMNS": true,
	"PS1": true, "PS2": true, "PS3": true, "PS4": true, "MAILCHECK": true,
	"GLOBIGNORE": true, "EXECIGNORE": true, "CHILD_MAX": true, "IGNOREEOF": true, "ignoreeof": true,
	"HISTFILE": true, "HISTSIZE": true, "HISTFILESIZE": true, "HISTCONTROL": true, "HISTIGNORE": true,
	"HISTTIMEFORMAT": true, "TIMEFORMAT": true, "histchars": true, "auto_resume": true, "TZ": true,
}

func isSpecial(name string) bool {
	return special[name] || strings.HasPrefix(name, "BASH") || strings.HasPrefix(name, "COMP")
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// Special reports whether bash gives a variable its value, or a meaning of its own: one that
// is there, or is no setting, whatever a file says.
func Special(name string) bool { return isSpecial(name) || defaulted[name] }
