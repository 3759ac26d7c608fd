package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sparkops/shell"
)

func access() []Check {
	return slices.Concat([]Check{{
		ID: "access.reached", Title: "every host is reached and runs a script", run: unreached,
		Cause:  "The name is not known, the host is down, its key has changed, or it refuses the login; the class of the finding says which.",
		Effect: "sparkops can do nothing there, and nothing else is known of the host",
		Cure:   "What ssh HOST true says, with the same user and config, is the place to begin.",
	}, {
		ID: "access.noise", Title: "a login that is no terminal writes nothing by itself", run: noise,
		Cause:  "~/.bashrc, ~/.zshenv or a profile has an echo, or a program that greets.",
		Effect: "sparkops reads past it; scp, rsync and sftp of that account break: protocol error, or Received message too long",
		Cure:   "Put it behind: case $- in *i*) ... ;; esac",
	}}, launchersLogins(), logins())
}

// doOn is what to type about a host that was not reached, where the error has no hint of its own.
var doOn = map[shell.Class]string{
	shell.ClassDNS:     "getent hosts %s",
	shell.ClassRefused: "is sshd up there? ssh -v %s true",
	shell.ClassTimeout: "is it up, and its port 22 open? ssh -v %s true",
	shell.ClassAuth:    "ssh-copy-id %s",
	shell.ClassShell:   "what does ~/.bashrc there do in a login without a terminal? ssh %s 'bash -xc true'",
}

func unreached(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.Hosts {
		if h.Err == nil {
			continue
		}
		f := Finding{Host: h.Host.Name, Level: Fail, Class: h.Err.Class, What: h.Err.Error(), Do: h.Err.Hint}
		if h.Facts != nil {
			f.What = "the look broke off, and not all is known: " + f.What
		}
		if h.Err.Class == shell.ClassTimeout && h.Err.Began {
			f.What = "it was reached, and the look was not done in time: " + h.Err.Error()
			f.Effect = "every start, stop and look waits there"
			if env := s.envOf(h); env != "" {
				f.What += "; mostly it is spark-env.sh that waits for something"
				f.Do = onHost(&h, "bash -x "+word(env)+" </dev/null", false)
			}
		}
		if f.Do == "" {
			line, ok := doOn[h.Err.Class]
			if !ok {
				line = "ssh %s true"
			}
			f.Do = fmt.Sprintf(line, word(h.Host.Name))
		}
		all = append(all, f)
	}
	return all
}

// envOf is where spark-env.sh of a host is to be looked for, "" if that is not known.
func (s *Snapshot) envOf(h Host) string {
	switch home := cmp.Or(h.Host.SparkHome, s.Launcher.Home); {
	case h.Facts != nil && h.Facts.Home.Conf != "":
		return h.Facts.Home.Conf + "/spark-env.sh"
	case home != "":
		return home + "/conf/spark-env.sh"
	}
	return ""
}

func noise(s *Snapshot) []Finding {
	var all []Finding
	for _, h := range s.reached() {
		if text := strings.TrimSpace(string(h.Noise)); text != "" {
			all = append(all, Finding{
				Host: h.Host.Name, Level: Warn, What: "the login shell writes by itself before any command", Seen: firstLines(text, 3),
				Do: fmt.Sprintf("ssh %s true", word(h.Host.Name)),
			})
		}
	}
	return all
}
