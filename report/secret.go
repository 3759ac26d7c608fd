package report

import (
	"regexp"
	"strings"
)

// secretWords are what the names of variables and properties have in them whose values are
// nobody's to see.
const secretWords = `SECRET|PASSWORD|TOKEN|CREDENTIAL|ACCESS[_.-]?KEY`

var (
	secretName = regexp.MustCompile(`(?i)` + secretWords)
	secretText = regexp.MustCompile(`(?im)([A-Z0-9_.-]*(?:` + secretWords + `)[A-Z0-9_.-]*)(["' \t]*[=: \t]["' \t]*)([^\s"'].*)$`)
)

// IsSecret reports whether the value of that variable or property is to be hidden.
func IsSecret(name string) bool { return secretName.MatchString(name) }

// HasSecret reports whether a text gives a value to such a name. Comments count: what once
// was a password may still be one.
func HasSecret(text string) bool { return secretText.MatchString(text) }

// Masked is a text without such values: all that follows the name on its line is hidden.
func Masked(text string) string {
	return secretText.ReplaceAllString(text, "${1}${2}(hidden)")
}

// Hidden stands where two secrets differ.
func Hidden(name, value string) string {
	if IsSecret(strings.TrimSpace(name)) {
		return "(hidden)"
	}
	return Masked(value)
}
