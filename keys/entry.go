package keys

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Entry is a Host block of ssh_config(5).
type Entry struct {
	Name, Address string
	User          string // "" for what the rest of the configuration says
	Port          int    // 0 likewise
	IdentityFile  string // an absolute path, "" for none
	Home          string // of the user, to write that path with ~
}

// ParseEntry reads NAME=ADDRESS. Either is one plain word: no pattern, no token, no option.
func ParseEntry(s string) (Entry, error) {
	name, address, ok := strings.Cut(s, "=")
	switch {
	case !ok || name == "" || address == "":
		return Entry{}, fmt.Errorf("%q is not NAME=ADDRESS", s)
	case !plain.MatchString(name):
		return Entry{}, fmt.Errorf("%q is no name that a Host line can hold", name)
	case !plain.MatchString(address):
		return Entry{}, fmt.Errorf("%q is no address", address)
	}
	return Entry{Name: name, Address: strings.Trim(address, "[]")}, nil
}

// plain are names and addresses: no blanks, quotes, globs, tokens, comments. So are users.
var (
	plain = regexp.MustCompile(`^[A-Za-z0-9_\[:][A-Za-z0-9_.:\[\]-]*$`)
	user  = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.@\\$-]*$`)
)

// IsUser reports whether a name can stand behind User.
func IsUser(name string) bool { return user.MatchString(name) }

// Block is the entry as text.
func (e Entry) Block() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Host %s\n    HostName %s\n", e.Name, e.Address)
	if e.User != "" {
		fmt.Fprintf(&b, "    User %s\n", e.User)
	}
	if e.Port != 0 {
		fmt.Fprintf(&b, "    Port %d\n", e.Port)
	}
	if e.IdentityFile != "" {
		fmt.Fprintf(&b, "    IdentityFile %s\n", fileWord(Tilde(e.IdentityFile, e.Home)))
	}
	return b.String()
}

// fileWord is a path as one word of ssh_config(5).
func fileWord(path string) string {
	path = strings.ReplaceAll(path, "%", "%%")
	if strings.ContainsAny(path, " \t#'") {
		return strconv.Quote(path)
	}
	return path
}

// Tilde is a path as one writes it who lives in home.
func Tilde(path, home string) string {
	if rest, ok := strings.CutPrefix(path, filepath.Clean(home)+"/"); ok && home != "" {
		return "~/" + rest
	}
	return path
}

// head begins a block, up to which the lines of a file are about every host.
var head = regexp.MustCompile(`(?i)^[ \t]*(host|match)[ \t="]`)

// AddHosts is the text of an ssh_config file with new blocks in it: before the first block that
// is there, and the comment above that, since the first value of a keyword wins. at is the line
// that they begin at.
func AddHosts(text string, entries []Entry) (added string, at int) {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	at = len(lines)
	for i, l := range lines {
		if head.MatchString(l) {
			for at = i; at > 0 && strings.HasPrefix(strings.TrimSpace(lines[at-1]), "#"); at-- {
			}
			break
		}
	}
	var blocks []string
	for _, e := range entries {
		blocks = append(blocks, e.Block())
	}
	block := strings.Join(blocks, "\n")
	before, after := strings.Join(lines[:at], ""), strings.Join(lines[at:], "")
	if before != "" && !strings.HasSuffix(before, "\n") {
		before += "\n"
	}
	if at == len(lines) && at > 0 && strings.TrimSpace(lines[at-1]) != "" {
		block = "\n" + block
	}
	if after != "" {
		block += "\n"
	}
	return before + block + after, at + 1
}
