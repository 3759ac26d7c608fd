package inventory

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sshRefuses are the characters that OpenSSH 9.6 and later refuse in a host or user name
// (ssh.c, valid_hostname), because they mean something to a shell.
const sshRefuses = "'`\"$\\;&<>|(){}"

// checkWord looks at a word as it is written, before its ranges are expanded. Why is "" if
// it may be a host; a hint is what the user can do.
func checkWord(word string) (hint, why string) {
	switch {
	case !utf8.ValidString(word):
		return "", "is not UTF-8"
	case strings.ContainsFunc(word, unicode.IsControl):
		return "", "holds a control character"
	case strings.ContainsFunc(word, func(c rune) bool { return !unicode.IsPrint(c) }):
		return "", "holds a character that cannot be seen"
	case strings.HasPrefix(word, "-"):
		return "", "begins with -, which ssh would take for an option"
	case strings.Contains(word, "/"):
		return "", "holds a /: a host name was expected"
	case strings.ContainsAny(word, "*?"):
		return "write a range such as w[01-20]", "holds a glob character, which Spark's scripts would match against file names"
	case strings.ContainsAny(word, sshRefuses):
		return "", "holds one of " + sshRefuses + ", which ssh refuses"
	}
	return "", ""
}

// checkName looks at one name, its ranges expanded.
func checkName(name string) (hint, why string) {
	if hint, why = checkWord(name); why != "" {
		return hint, why
	}
	user, host := Host{Name: name}.Split()
	switch _, err := netip.ParseAddr(host); {
	case strings.Contains(name, ","):
		return "write one host a line", "holds a comma"
	case host == "" || user == "" && strings.Contains(name, "@"):
		return "", "is not of the form user@host"
	case strings.HasPrefix(host, "-"):
		return "", "names a host that begins with -, which ssh would take for an option"
	case strings.ContainsAny(name, "[]"):
		return "write a range such as w[01-20]", "holds a bracket that is no range of numbers"
	case strings.Contains(host, ":") && err != nil:
		short, _, _ := strings.Cut(host, ":")
		return "in ~/.ssh/config: Host " + short + ", below it Port", "is no host name: a port belongs into ~/.ssh/config"
	}
	return "", ""
}
