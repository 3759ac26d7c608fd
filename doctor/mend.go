package doctor

import (
	"strings"

	"sparkops/shell"
)

// mend is a fix and what to type where it cannot be done from here.
func mend(h *Host, command string, sudo bool) (*Fix, string) {
	sudo = sudo && !h.Facts.Sudo.Root
	f := &Fix{Command: command, Sudo: sudo, Able: !sudo || h.Facts.Sudo.Works}
	return f, onHost(h, command, sudo)
}

// onHost is a command as one would type it on the launcher.
func onHost(h *Host, command string, sudo bool) string {
	switch {
	case h.Local && sudo:
		return "sudo sh -c " + shell.Quote(command)
	case h.Local:
		return command
	case !sudo:
		return "ssh " + word(h.Host.Name) + " " + shell.Quote(command)
	}
	return "ssh -t " + word(h.Host.Name) + " " + shell.Quote("sudo sh -c "+shell.Quote(command))
}

// word is s as one word of sh, in quotes only where it needs them.
func word(s string) string {
	plain := strings.IndexFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("/._-+:@%,=", r))
	}) < 0
	if plain && s != "" {
		return s
	}
	return shell.Quote(s)
}
