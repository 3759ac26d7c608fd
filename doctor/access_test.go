package doctor

import (
	"errors"
	"strings"
	"testing"

	"sparkops/shell"
	"sparkops/spark/facts"
)

func TestLogins(t *testing.T) {
	look := func(p facts.Path) func(*Snapshot, *facts.Host) {
		return func(_ *Snapshot, h *facts.Host) {
			p.Type = "directory"
			h.Paths = append(h.Paths, p)
		}
	}
	// over SSH, sshd's files say this.
	sshd := func(host int, settings ...facts.Setting) func(*Snapshot, *facts.Host) {
		return func(s *Snapshot, _ *facts.Host) {
			h := s.Hosts[host].Facts
			h.Access.By, h.Settings = "10.0.0.9 1 10.0.0.1 22", settings
		}
	}
	set := func(file, key, value string) facts.Setting {
		return facts.Setting{File: "/etc/ssh/" + file, Line: 3, Key: key, Value: value}
	}
	check(t, []planted{
		{name: "home of a group", what: "others may write to /home/spark: its mode is 0775", want: "access.modes warn w2", fix: "chmod go-w /home/spark",
			fault: look(facts.Path{What: facts.UserHome, Path: "/home/spark", Mode: 0o775, UID: 1000})},
		{name: "authorized_keys of root", want: "access.modes warn w2", fix: "sudo -n sh -c 'chmod go-w /home/spark/.ssh/authorized_keys'",
			fault: look(facts.Path{What: facts.KeysFile, Path: "/home/spark/.ssh/authorized_keys", Mode: 0o666})},
		{name: ".ssh that others may read", fault: look(facts.Path{What: facts.SSHDir, Path: "/home/spark/.ssh", Mode: 0o755, UID: 1000})},
		{name: "a key of all", what: "/home/spark/.ssh/id_rsa can be used by others: its mode is 0644", want: "access.keys warn w2", fix: "chmod go-rwx /home/spark/.ssh/id_rsa",
			fault: look(facts.Path{What: facts.KeyFile, Path: "/home/spark/.ssh/id_rsa", Mode: 0o644, UID: 1000})},
		{name: "a key", fault: look(facts.Path{What: facts.KeyFile, Path: "/home/spark/.ssh/id_rsa", Mode: 0o600, UID: 1000})},
		{name: "another user", what: "the login is of bob; on m1,w[1,3] it is spark", want: "access.user warn w2", fault: func(_ *Snapshot, h *facts.Host) { h.Access.User = "bob" }},
		{name: "an agent", what: "SSH_AUTH_SOCK", want: "access.agent warn w2", fault: func(_ *Snapshot, h *facts.Host) { h.Access.Agent, h.Access.By = true, "10.0.0.9 1 10.0.0.1 22" }},
		{name: "the launcher's agent", fault: func(_ *Snapshot, h *facts.Host) { h.Access.Agent = true }},
		{name: "sudo asks", want: "links.writable fail w2; access.sudo warn w2", what: "is not there, and spark may not make it", fix: "sudo -n sh -c 'mkdir -p /data/tmp && chown spark /data/tmp'",
			fault: func(_ *Snapshot, h *facts.Host) {
				h.Sudo = facts.Sudo{Said: "sudo: a password is required"}
				*pathOf(h, facts.Local) = facts.Path{What: facts.Local, Path: "/data/tmp", Type: "missing", Nearest: "/"}
			}},
		{name: "sudo asks, and nobody needs it", fault: func(_ *Snapshot, h *facts.Host) { h.Sudo = facts.Sudo{} }},
		{name: "one session", what: "sshd has maxsessions 1", want: "access.sessions warn w2", fault: sshd(2, set("sshd_config", "maxsessions", "1"))},
		{name: "few startups", what: "sshd has maxstartups 2:50:10", want: "access.sessions warn w2", fault: sshd(2, set("sshd_config", "maxstartups", "2:50:10"))},
		{name: "enough", fault: sshd(2, set("sshd_config", "maxsessions", "10"), set("sshd_config", "maxstartups", "10:30:100"))},
		{name: "the first counts", fault: sshd(2, set("sshd_config", "maxsessions", "1"), set("sshd_config.d/a.conf", "maxsessions", "10"))},
		{name: "not readable", want: "access.sessions skipped w2", fault: func(s *Snapshot, h *facts.Host) {
			sshd(2)(s, h)
			h.Unseen = []facts.Unseen{{What: "/etc/ssh/sshd_config", Why: "only root may read it"}}
		}},
		{name: "no forwarding", what: "sshd has allowtcpforwarding no", want: "access.forwarding warn m1", fault: sshd(0, set("sshd_config", "allowtcpforwarding", "no"))},
		{name: "no forwarding of a worker", fault: sshd(2, set("sshd_config", "allowtcpforwarding", "no"))},
	})
}

// What known_hosts has is compared with the key that is shown, if it is of the same type.
func TestKnownHosts(t *testing.T) {
	line := func(n int, name, kind, print string) KnownKey {
		return KnownKey{name, "/home/me/.ssh/known_hosts", n, kind, print}
	}
	login := func(l Login) func(*Snapshot, *facts.Host) {
		return func(s *Snapshot, _ *facts.Host) { s.Launcher.Logins = map[string]Login{"w2": l} }
	}
	shows := func(known ...KnownKey) func(*Snapshot, *facts.Host) {
		return login(Login{Kind: "ssh-ed25519", Print: "SHA256:new", Known: known})
	}
	check(t, []planted{
		{name: "right", fault: shows(line(1, "w2", "ssh-ed25519", "SHA256:new"), line(2, "w2", "ssh-rsa", "SHA256:other"), line(3, "10.0.0.1", "ssh-ed25519", "SHA256:new"))},
		{name: "the address of another", want: "access.known-hosts warn w2", what: "another key for 10.0.0.1", fault: shows(line(1, "w2", "ssh-ed25519", "SHA256:new"), line(7, "10.0.0.1", "ssh-ed25519", "SHA256:old"))},
		{name: "old and new", want: "access.known-hosts warn w2", what: "another key for w2", fault: shows(line(1, "w2", "ssh-ed25519", "SHA256:old"), line(2, "w2", "ssh-ed25519", "SHA256:new"))},
		{name: "two of another type", want: "access.known-hosts warn w2", what: "another key for w2", fault: shows(line(1, "w2", "ssh-rsa", "SHA256:a"), line(2, "w2", "ssh-rsa", "SHA256:b"))},
		{name: "over OpenSSH's client", fault: login(Login{Known: []KnownKey{line(1, "w2", "ssh-rsa", "SHA256:a"), line(2, "w2", "ssh-rsa", "SHA256:a")}})},
		{name: "a password", want: "access.key warn w2", fault: login(Login{Typed: true})},
	})
	s := cluster()
	shows(line(7, "[w2]:2222", "ssh-ed25519", "SHA256:old"), line(9, "[w2]:2222", "ssh-ed25519", "SHA256:older"))(s, nil)
	f := Judge(s, Checks())[0]
	if f.Do != "ssh-keygen -R '[w2]:2222' -f /home/me/.ssh/known_hosts" || len(f.Seen) != 2 || f.Seen[0] != "/home/me/.ssh/known_hosts:7: ssh-ed25519 SHA256:old; the host shows SHA256:new" {
		t.Errorf("do %q, seen %q", f.Do, f.Seen)
	}
}

// A login shell that reads or exits is told with what to look at.
func TestLoginShell(t *testing.T) {
	s := cluster()
	s.Hosts[2].Err = &shell.Error{Class: shell.ClassShell, Err: errors.New("the command did not run")}
	found := Judge(s, Checks())
	if len(found) != 1 || found[0].Check != "access.reached" || found[0].Do != "what does ~/.bashrc there do in a login without a terminal? ssh w2 'bash -xc true'" {
		t.Errorf("%+v", found)
	}
}

// A host that was reached and whose look hangs is no host that is not reached.
func TestALookThatHangs(t *testing.T) {
	s := cluster()
	s.Hosts[2].Facts, s.Hosts[2].Err = nil, &shell.Error{Class: shell.ClassTimeout, Began: true, Err: errors.New("no answer within the time allowed")}
	for _, f := range Judge(s, Checks()) {
		switch {
		case f.Level == Skipped && f.What == "not looked at: the look was not done in time":
		case f.Check == "access.reached" && f.Do == "ssh w2 'bash -x /opt/spark/conf/spark-env.sh </dev/null'" && strings.HasPrefix(f.What, "it was reached, and the look was not done in time: "):
		default:
			t.Errorf("found %+v", f)
		}
	}
}
