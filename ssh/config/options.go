package config

import (
	"fmt"
	"strings"
)

// withValue are the options of ssh(1) that SPARK_SSH_OPTS may hold and what they set; -o and
// -F are cases of their own.
var withValue = map[byte]string{'p': "Port", 'l': "User", 'i': "IdentityFile", 'J': "ProxyJump"}

// alone are options without a value that change nothing here.
const alone = "qnTxaCvk"

// ParseOptions reads SPARK_SSH_OPTS, split at blanks as sbin/workers.sh has it, into the
// settings that ssh would take from it and the file of a -F. An option that this version
// does not honour is an error that names it.
func ParseOptions(text string) (settings []Setting, file string, err error) {
	words := strings.Fields(text)
	for i := 0; i < len(words); i++ {
		word := words[i]
		if len(word) < 2 || word[0] != '-' {
			return nil, "", fmt.Errorf("%q is not understood", word)
		}
		letter, value := word[1], word[2:]
		keyword, takes := withValue[letter]
		if !takes && letter != 'o' && letter != 'F' {
			for _, c := range word[1:] {
				if !strings.ContainsRune(alone, c) {
					return nil, "", fmt.Errorf("-%c is not honoured by this version", c)
				}
			}
			continue
		}
		if value == "" {
			if i++; i == len(words) {
				return nil, "", fmt.Errorf("%s has no value", word)
			}
			value = words[i]
		}
		if strings.ContainsAny(value, `'"\`) {
			return nil, "", fmt.Errorf("%s: quotes are not understood: blanks part the words all the same", value)
		}
		switch letter {
		case 'F':
			file = value
		case 'o':
			keyword, rest := cutKeyword(value)
			if rest == "" {
				return nil, "", fmt.Errorf("-o %s is not Keyword=value", value)
			}
			settings = append(settings, Setting{keyword, rest})
		default:
			settings = append(settings, Setting{keyword, value})
		}
	}
	return settings, file, nil
}
