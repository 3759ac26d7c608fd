package lint

import (
	"path"
	"regexp"
	"strings"
)

// What is a secret by its form, whatever the name before it: the password in a URL, a private
// key, a login of HTTP or of .netrc, a property of Hadoop's.
var (
	login = lazily(`([A-Za-z][A-Za-z0-9+.-]*://[^/\s:@"']*:)([^/\s"']+)(@)`)
	// signature is what opens a URL to whoever has it: of Azure, S3 and Google's storage.
	signature = lazily(`(?i)[?&;](?:x-amz-|x-goog-)?(?:sig|signature)=([^&;\s"'<>]+)`)
	keyBegin  = lazily(`-{4,5} ?BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-{4,5}`)
	keyEnd    = lazily(`-{4,5} ?END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-{4,5}`)
	// keyText is how a key goes on whose end is not there: else it is but the name of the form.
	keyText = lazily(`^[\s\\nr"']*(?:[A-Za-z0-9+/]{16}|Proc-Type:|Comment:)`)
	// header is a login in a header of HTTP.
	header = lazily(`(?i)authorization["']?\s*:\s*["']?(?:basic|bearer|token|negotiate|digest)\s+([^\s"']+)`)
	// machine is an entry of .netrc. Without a login it may be a sentence.
	machine = lazily(`(?i)\b(?:machine\s+\S+|default)(?:(?:\s+(?:login|user|account)\s+\S+){1,2}\s+password\s+("[^"\n]*"|[^\s"']+)|\s+password\s+(\S+)\s+(?:login|user)\s)`)
	// netrcWord is a password in a file that is a .netrc by its name.
	netrcWord = lazily(`(?i)(?:^|\s)(?:password|passwd|account)\s+("[^"\n]*"|\S+)`)
)

// formSpans are the secrets of a text by their form.
func formSpans(text string) []span {
	spans := append(append(urlSpans(text), keySpans(text)...), blockSpans(text)...)
	if strings.Contains(text, "machine") || strings.Contains(text, "default") {
		spans = append(spans, groups(machine(), text)...)
	}
	if strings.Contains(text, "uthorization") || strings.Contains(text, "UTHORIZATION") {
		spans = append(spans, groups(header(), text)...)
	}
	return spans
}

// urlSpans are the passwords and signatures in the URLs of a text. Most lines have none, and
// are spared the regular expressions.
func urlSpans(text string) (spans []span) {
	if strings.Contains(text, "://") {
		for _, m := range login().FindAllStringSubmatchIndex(text, -1) {
			spans = append(spans, span{m[4], m[5]})
		}
	}
	for _, word := range []string{"sig=", "Sig=", "SIG=", "ignature=", "IGNATURE="} {
		if strings.Contains(text, word) {
			return append(spans, groups(signature(), text)...)
		}
	}
	return spans
}

// keySpans are the private keys of a text, each from its first line to its last. One without
// a last line goes to the end.
func keySpans(text string) (spans []span) {
	if !strings.Contains(text, "PRIVATE KEY") {
		return nil
	}
	for at := 0; ; {
		begin := keyBegin().FindStringIndex(text[at:])
		if begin == nil {
			return spans
		}
		from, rest := at+begin[0], text[at+begin[1]:]
		switch end := keyEnd().FindStringIndex(rest); {
		case end != nil:
			at += begin[1] + end[1]
			spans = append(spans, span{from, at})
		case keyText().MatchString(rest):
			return append(spans, span{from, len(text)})
		default:
			at += begin[1]
		}
	}
}

// netrcSpans are the passwords of a file that is a .netrc by its name.
func netrcSpans(name, text string) []span {
	switch path.Base(name) {
	case ".netrc", "_netrc", "netrc":
		return groups(netrcWord(), text)
	}
	return nil
}

// groups are what the group of a regular expression is that has matched, each time that it does.
func groups(of *regexp.Regexp, text string) (spans []span) {
	for _, m := range of.FindAllStringSubmatchIndex(text, -1) {
		for i := 2; i < len(m); i += 2 {
			if m[i] >= 0 {
				spans = append(spans, span{m[i], m[i+1]})
			}
		}
	}
	return spans
}
