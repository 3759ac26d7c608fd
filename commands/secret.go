package commands

import "regexp"

// secretWords are what the names of variables and properties have in them whose values are
// nobody's to see.
const secretWords = `SECRET|PASSWORD|TOKEN|CREDENTIAL|ACCESS[_.-]?KEY`

var (
	secretName = regexp.MustCompile(`(?i)` + secretWords)
	secretText = regexp.MustCompile(`(?im)([A-Z0-9_.-]*(?:` + secretWords + `)[A-Z0-9_.-]*)(["' \t]*[=: \t]["' \t]*)([^\s"'].*)$`)
)

// hasSecret reports whether a text gives a value to a name that is about a secret. Comments
// count: what once was a password may still be one.
func hasSecret(text string) bool { return secretText.MatchString(text) }

// withoutSecrets is a text without such values: all that follows the name on its line is hidden.
func withoutSecrets(text string) string { return secretText.ReplaceAllString(text, "${1}${2}(hidden)") }

// shownValue is the value of a variable as it may be shown.
func shownValue(name, value string) string {
	if secretName.MatchString(name) {
		return "(hidden)"
	}
	return withoutSecrets(value)
}
