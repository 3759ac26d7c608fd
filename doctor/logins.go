package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sparkops/spark"
	"sparkops/spark/facts"
)

// logins are the rows of family access about the account and sshd of a host.
func logins() []Check {
	return []Check{{
		ID: "access.modes", Title: "nobody else may write to the home directory, ~/.ssh and authorized_keys", Fixable: true, run: modes,
		Cause:  "They were made with a umask of 0 or 2, or by chmod.",
		Effect: "sshd with StrictModes, which is the default, takes no key of that account: Permission denied (publickey)",
		Cure:   "chmod go-w ~ ~/.ssh ~/.ssh/authorized_keys",
	}, {
		ID: "access.keys", Title: "private keys can be read by their owner only", Fixable: true, run: privateKeys,
		Cause:  "The key was copied with the modes of a public file.",
		Effect: "ssh from that host leaves the key out: UNPROTECTED PRIVATE KEY FILE; and others of the host may take it",
		Cure:   "chmod 600 ~/.ssh/id_*",
	}, {
		ID: "access.user", Title: "the login is the same user on every host", run: sameUser,
		Cause:  "User of ssh_config, or user@ in the host list, differs from host to host.",
		Effect: "files, pid files and logs have other owners and names there; what one user starts another cannot stop",
		Cure:   "One user for Spark on all hosts: User in ~/.ssh/config.",
	}, {
		ID: "access.agent", Title: "no SSH agent stands open on a host", run: agentThere,
		Cause:  "The agent is forwarded (ForwardAgent yes), or ~/.bashrc or the like names one there.",
		Effect: "root of that host, and who breaks into Spark there, can log in elsewhere with its keys",
		Cure:   "ForwardAgent no in ~/.ssh/config (ProxyJump does without it); take SSH_AUTH_SOCK out of the files of the login shell.",
	}, {
		ID: "access.sudo", Title: "sudo works without a question where a fix would need it", run: sudoForFixes,
		Cause:  "Some of the other findings can be mended by root only, and sudo asks for a password or is not there.",
		Effect: "doctor --fix cannot mend them: it prints the lines to type",
		Cure:   "Type the lines of those findings, or give the user NOPASSWD for them in sudoers.",
	}, {
		ID: "access.sessions", Title: "sshd takes as many logins and sessions as are wanted", run: sessions,
		Cause:  "MaxSessions or MaxStartups of sshd_config was set below what OpenSSH has (10 and 10:30:100).",
		Effect: "logins are dropped at random when many come at once, most of all where the host is the way to others",
		Cure:   "MaxSessions 10 and MaxStartups 10:30:100 or more in sshd_config, then: systemctl reload ssh (or sshd)",
	}, {
		ID: "access.forwarding", Title: "sshd of a master forwards TCP", run: forwarding,
		Cause:  "AllowTcpForwarding no, or remote, in sshd_config.",
		Effect: "the master's list is read by a shell on its host, which is slower; no other host can be reached through it",
		Cure:   "AllowTcpForwarding local in sshd_config, then: systemctl reload ssh (or sshd)",
	}}
}

func modes(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.reached() {
		for _, what := range []string{facts.UserHome, facts.SSHDir, facts.KeysFile} {
			p := h.Facts.Path(what)
			if !p.Exists() || p.Mode.Perm()&0o022 == 0 {
				continue
			}
			f := Finding{Host: h.Host.Name, Level: Warn, What: fmt.Sprintf("others may write to %s: its mode is %04o", p.Path, octal(p.Mode))}
			f.Fix, f.Do = mend(h, "chmod go-w "+word(p.Path), p.UID != h.Facts.Access.UID)
			all = append(all, f)
		}
	}
	return all
}

func privateKeys(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.reached() {
		for _, p := range h.Facts.Paths {
			if p.What != facts.KeyFile || !p.Exists() || p.Mode.Perm()&0o077 == 0 {
				continue
			}
			f := Finding{Host: h.Host.Name, Level: Warn, What: fmt.Sprintf("%s can be used by others: its mode is %04o", p.Path, octal(p.Mode))}
			f.Fix, f.Do = mend(h, "chmod go-rwx "+word(p.Path), p.UID != h.Facts.Access.UID)
			all = append(all, f)
		}
	}
	return all
}

func sameUser(s *Snapshot) []Finding {
	return odd(s.reached(), func(h *Host) string { return h.Facts.Access.User }, func(h *Host, own string, most vote) Finding {
		return Finding{Level: Warn, What: fmt.Sprintf("the login is of %s; on %s it is %s", own, most.names(), most.value), Do: fmt.Sprintf("User %s for %s in ~/.ssh/config", most.value, h.Host.Name)}
	})
}

// agentThere leaves the launcher out: an agent is at home there.
func agentThere(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.reached() {
		if h.Facts.Access.Agent && h.Facts.Access.By != "" {
			all = append(all, Finding{Host: h.Host.Name, Level: Warn, What: "SSH_AUTH_SOCK names an agent there", Do: "ssh -G " + word(h.Host.Name) + " | grep -i forwardagent"})
		}
	}
	return all
}

// sudoForFixes judges nothing anew: it asks the checks that mend something what they would need.
func sudoForFixes(s *Snapshot) []Finding {
	var all []Finding
	wanted := map[string][]string{}
	for _, c := range slices.Concat(links(), recoveries()) {
		for _, f := range c.run(s) {
			if f.Fix != nil && !f.Fix.Able && !slices.Contains(wanted[f.Host], c.ID) {
				wanted[f.Host] = append(wanted[f.Host], c.ID)
			}
		}
	}
	for _, h := range s.reached() {
		if ids := wanted[h.Host.Name]; len(ids) > 0 {
			f := Finding{Host: h.Host.Name, Level: Warn, What: "only root can mend " + strings.Join(ids, ", ") + " there, and sudo does not work by itself"}
			if said := h.Facts.Sudo.Said; said != "" {
				f.Seen = []string{said}
			}
			if f.Do = "sudo -v"; !h.Local {
				f.Do = "ssh -t " + word(h.Host.Name) + " sudo -v"
			}
			all = append(all, f)
		}
	}
	return all
}

// leastSessions is what sparkops has on one connection at a time; leastStartups how many logins
// to one address it has under way.
const leastSessions, leastStartups = 3, 8

func sessions(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.reached() {
		if f, ok := sshdUnseen(h); ok {
			all = append(all, f)
		}
		for _, bound := range []struct {
			key   string
			least int
		}{{"maxsessions", leastSessions}, {"maxstartups", leastStartups}} {
			set, ok := sshdSetting(h, bound.key)
			first, _, _ := strings.Cut(set.Value, ":")
			if n, err := strconv.Atoi(first); ok && err == nil && n < bound.least {
				all = append(all, sshdFinding(h, set))
			}
		}
	}
	return all
}

func forwarding(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.withRole(spark.Master) {
		if f, ok := sshdUnseen(h); ok {
			all = append(all, f)
		}
		if set, ok := sshdSetting(h, "allowtcpforwarding"); ok && (strings.EqualFold(set.Value, "no") || strings.EqualFold(set.Value, "remote")) {
			all = append(all, sshdFinding(h, set))
		}
	}
	return all
}

func sshdFinding(h *Host, set facts.Setting) Finding {
	return Finding{
		Host: h.Host.Name, Level: Warn, What: fmt.Sprintf("sshd has %s %s", set.Key, set.Value), Seen: []string{fmt.Sprintf("%s:%d", set.File, set.Line)},
		Do: onHost(h, fmt.Sprintf("sed -i '%ds/^/#/' %s && sshd -t && (systemctl reload ssh || systemctl reload sshd)", set.Line, word(set.File)), true),
	}
}

// sshdSetting is a line of sshd's files, where it is sshd by which the host was reached. For
// sshd the first counts; the files of sshd_config.d are read before the rest of sshd_config.
func sshdSetting(h *Host, key string) (facts.Setting, bool) {
	if h.Facts.Access.By == "" {
		return facts.Setting{}, false
	}
	var first facts.Setting
	for _, set := range h.Facts.Settings {
		if set.Key == key && (first.File == "" || strings.Contains(set.File, "sshd_config.d/") && !strings.Contains(first.File, "sshd_config.d/")) {
			first = set
		}
	}
	return first, first.File != ""
}

// sshdUnseen is the finding that sshd's file may not be read.
func sshdUnseen(h *Host) (Finding, bool) {
	i := slices.IndexFunc(h.Facts.Unseen, func(u facts.Unseen) bool { return strings.Contains(u.What, "/sshd_config") })
	if i < 0 || h.Facts.Access.By == "" {
		return Finding{}, false
	}
	return Finding{Host: h.Host.Name, Level: Skipped, What: h.Facts.Unseen[i].What + ": " + h.Facts.Unseen[i].Why}, true
}
