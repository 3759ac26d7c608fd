package facts

import "sparkops/shell"

// Access is who has logged in.
type Access struct {
	User  string
	UID   int
	Shell string
	Home  string
	Agent bool // an SSH agent was forwarded
	// Systemd reports whether systemd runs the host: what its files say is in force.
	Systemd bool
	By      string // SSH_CONNECTION; "" where it is the launcher itself
}

// Sudo is whether commands of root's work without a question.
type Sudo struct {
	Root  bool // there is no need for it
	Works bool
	Said  string // why not
}

var access = map[string]reader{
	"access": func(h *Host, r shell.Record) {
		h.Access = Access{r["user"], number(r["uid"]), r["shell"], r["home"], r["agent"] == "yes", r["systemd"] == "yes", r["by"]}
	},
	"sudo": func(h *Host, r shell.Record) {
		h.Sudo = Sudo{r["works"] == "root", r["works"] != "no", r["said"]}
	},
}
