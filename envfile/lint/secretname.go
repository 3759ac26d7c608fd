package lint

import (
	"slices"
	"strings"
)

// pieces cuts a name into words: SPARK_AUTH_SECRET, spark.ssl.keyPassword.
var pieces = lazily(`[A-Z]?[a-z]+|[A-Z]+|[0-9]+`)

// acronym is where a word begins behind capitals: AWSSecretKey.
var acronym = lazily(`([A-Z]+)([A-Z][a-z])`)

// about are words behind which a name is about a secret and holds none: where it is, how long
// it is, whether there is one.
var about = []string{"FILE", "FILES", "PATH", "DIR", "PROVIDER", "PROVIDERS", "CLASS", "TYPE", "URL", "URI", "ENDPOINT", "ENABLED", "LENGTH", "NAME", "SERVICE", "RENEWER", "CMD", "COMMAND", "SCRIPT", "TTL", "INTERVAL", "SOCKET",
	"ALGORITHM", "ITERATIONS", "SIZE", "BITS", "MECHANISM", "RATIO",
	"SECS", "SECONDS", "MS", "DAYS", "TIMEOUT", "WAIT", "LIFETIME", "VALIDITY", "COUNT", "ATTEMPTS", "BYTES", "BINDING"}

// secretWords are what the name of a secret has in it, with _ around each of its words.
var secretWords = []string{
	"PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "_PWD_", "_PASS_", "_TOKEN_", "_TOKENS_", "_CREDENTIAL_", "_CREDENTIALS_", "_CRED_", "_CREDS_",
	"_ACCESS_KEY_", "_PRIVATE_KEY_", "_API_KEY_", "_APIKEY_", "_ACCOUNT_KEY_", "_STORAGE_KEY_", "_SHARED_KEY_",
	"_ENCRYPTION_KEY_", "_ENCRYPT_KEY_", "_DECRYPTION_KEY_", "_DECRYPT_KEY_", "_SIGNING_KEY_", "_FERNET_KEY_", "_HMAC_KEY_", "_AES_KEY_", "_CRYPTO_KEY_",
	"ACCESSKEY_", "ACCESSKEYID_", "PRIVATEKEY_", "APIKEY_", "ACCOUNTKEY_", "ENCRYPTIONKEY_", "SIGNINGKEY_",
}

// glued are what a word ends in that holds a secret, without a mark before it: DBPASS.
var glued = []string{"PASS", "PWD", "TOKEN", "CREDENTIAL", "CREDENTIALS"}

// unglued are words that end so and hold none: of the language, of filters, of directories.
var unglued = []string{
	"BYPASS", "COMPASS", "ENCOMPASS", "SURPASS", "TRESPASS", "OVERPASS", "UNDERPASS", "MULTIPASS", "HIGHPASS", "LOWPASS", "BANDPASS", "FIRSTPASS", "ONEPASS", "TWOPASS",
	"OLDPWD", "ORIGPWD", "SAVEDPWD", "STARTPWD", "INITPWD",
}

// hubs are whose PAT is a personal access token. Elsewhere it may be a pattern.
var hubs = []string{"HUB", "GITHUB", "LAB", "GITLAB", "GIT", "GH", "GL", "AZURE", "DEVOPS", "EXT", "DATABRICKS", "JIRA", "BITBUCKET"}

// Secret reports whether a variable or a property of that name holds a secret.
func Secret(name string) bool { return mayName(name) && isOfSecret(name) }

// isOfSecret is Secret without the quick look. Capitals before a small letter are read in both
// ways, for JWTToken is as likely as MYtoken.
func isOfSecret(name string) bool {
	switch name {
	case "PWD", "OLDPWD", "GOOGLE_APPLICATION_CREDENTIALS": // directories, and a file
		return false
	}
	words := wordsOf(name)
	if isAbout(words) || !acronym().MatchString(name) {
		return !isAbout(words) && isSecret(words)
	}
	others := wordsOf(acronym().ReplaceAllString(name, "${1}_${2}"))
	return !isAbout(others) && (isSecret(words) || isSecret(others))
}

func wordsOf(name string) []string {
	words := pieces().FindAllString(name, -1)
	for i := range words {
		words[i] = strings.ToUpper(words[i])
	}
	return words
}

func isAbout(words []string) bool {
	if len(words) == 0 {
		return true
	}
	last := words[len(words)-1]
	return slices.Contains(about, last) || strings.HasSuffix(last, "FILE") || strings.HasSuffix(last, "PATH")
}

func isSecret(words []string) bool {
	joined := "_" + strings.Join(words, "_") + "_"
	if slices.ContainsFunc(secretWords, func(part string) bool { return strings.Contains(joined, part) }) {
		return true
	}
	for i, word := range words {
		ends := func(end string) bool { return strings.HasSuffix(word, end) }
		last := i == len(words)-1 || i == len(words)-2 && '0' <= words[i+1][0] && words[i+1][0] <= '9'
		switch {
		case slices.ContainsFunc(glued, ends) && !slices.Contains(unglued, word):
			return true
		case last && ends("PW"), last && word == "PAT" && i > 0 && slices.Contains(hubs, words[i-1]):
			return true
		}
	}
	return false
}

// mayName reports whether some name in a text may be that of a secret. Most lines have none: a
// quick look that spares them the regular expressions.
func mayName(text string) bool {
	upper := strings.ToUpper(text)
	for _, part := range []string{"PASS", "SECRET", "PWD", "TOKEN", "CRED", "KEY"} {
		if strings.Contains(upper, part) {
			return true
		}
	}
	return wordEnds(upper, "PW") || wordEnds(upper, "PAT") // not of PATH
}

// wordEnds reports whether a word of capitals ends so.
func wordEnds(upper, end string) bool {
	for {
		n := strings.Index(upper, end)
		if n < 0 {
			return false
		}
		upper = upper[n+len(end):]
		if upper == "" || upper[0] < 'A' || upper[0] > 'Z' {
			return true
		}
	}
}
