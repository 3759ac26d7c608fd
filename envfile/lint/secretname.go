package lint

import (
	"regexp"
	"slices"
	"strings"
)

// pieces cuts a name into words: SPARK_AUTH_SECRET, spark.ssl.keyPassword.
var pieces = regexp.MustCompile(`[A-Z]?[a-z]+|[A-Z]+|[0-9]+`)

// acronym is where a word begins behind capitals: AWSSecretKey.
var acronym = regexp.MustCompile(`([A-Z]+)([A-Z][a-z])`)

// about are words behind which a name is about a secret and holds none: where it is, how long
// it is, whether there is one.
var about = []string{"FILE", "FILES", "PATH", "DIR", "PROVIDER", "PROVIDERS", "CLASS", "TYPE", "URL", "URI", "ENDPOINT", "ENABLED", "LENGTH", "NAME", "SERVICE", "RENEWER", "CMD", "COMMAND", "SCRIPT", "TTL", "INTERVAL", "SOCKET"}

// secretWords are what the name of a secret has in it, with _ around each of its words.
var secretWords = []string{
	"PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "_PWD_", "_PASS_", "_TOKEN_", "_TOKENS_", "_CREDENTIAL_", "_CREDENTIALS_",
	"_ACCESS_KEY_", "_PRIVATE_KEY_", "_API_KEY_", "_APIKEY_", "_ACCOUNT_KEY_", "_ENCRYPTION_KEY_",
}

// Secret reports whether a variable or a property of that name holds a secret. Capitals before
// a small letter are read in both ways, for JWTToken is as likely as MYtoken.
func Secret(name string) bool {
	switch name {
	case "PWD", "OLDPWD", "GOOGLE_APPLICATION_CREDENTIALS": // directories, and a file
		return false
	}
	words, others := wordsOf(name), wordsOf(acronym.ReplaceAllString(name, "${1}_${2}"))
	return !isAbout(words) && !isAbout(others) && (isSecret(words) || isSecret(others))
}

func wordsOf(name string) []string {
	words := pieces.FindAllString(name, -1)
	for i := range words {
		words[i] = strings.ToUpper(words[i])
	}
	return words
}

func isAbout(words []string) bool {
	return len(words) > 0 && slices.Contains(about, words[len(words)-1])
}

func isSecret(words []string) bool {
	joined := "_" + strings.Join(words, "_") + "_"
	return slices.ContainsFunc(secretWords, func(part string) bool { return strings.Contains(joined, part) })
}

// mayName reports whether some name in a text may be that of a secret. Most lines have none: a
// quick look that spares them the regular expressions.
func mayName(text string) bool {
	upper := strings.ToUpper(text)
	for _, part := range []string{"PASS", "SECRET", "PWD", "TOKEN", "CREDENTIAL", "KEY"} {
		if strings.Contains(upper, part) {
			return true
		}
	}
	return false
}
