package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// CommandLine is what SPARK_SSH_OPTS comes to.
type CommandLine struct {
	Settings []Setting // in order: the first of a keyword counts
	File     string    // of -F
	Warnings []string

	keys map[int]string // the settings that are a -i, and their files
}

// mapped are the options of ssh(1) with a value and the setting that each is.
var mapped = map[byte]string{
	'B': "BindInterface", 'I': "PKCS11Provider", 'J': "ProxyJump", 'P': "Tag", 'S': "ControlPath", 'b': "BindAddress",
	'c': "Ciphers", 'i': "IdentityFile", 'l': "User", 'm': "MACs", 'p': "Port",
}

// switches are those without one.
var switches = map[byte]Setting{
	'4': {"AddressFamily", "inet"}, '6': {"AddressFamily", "inet6"}, 'K': {"GSSAPIAuthentication", "yes"},
}

const (
	without = "AaCkqvtTnxXY2" // they change nothing here: no terminal, no forwarding, words of our own
	unused  = "Ee"            // so do these, with a value
	forward = "LRD"           // forwardings: ssh would make them, and we do not
	foreign = "NfMOWsGQVyw1"  // what a command on many hosts cannot be run with
)

// ParseOptions reads SPARK_SSH_OPTS as ssh(1) would, split at blanks as sbin/workers.sh has
// it. Text with quotes is split as a shell does, with a warning: the scripts pass them on. An
// option that makes no sense here is an [*Error] that names it.
func ParseOptions(text string) (CommandLine, error) {
	var c CommandLine
	words := strings.Fields(text)
	if strings.ContainsAny(text, `'"`) {
		var err error
		if words, err = shellWords(text); err != nil {
			return c, misused("close it in "+optionsPlace, "%w", err)
		}
		c.warn("it has quotes, read as by a shell: Spark's own scripts pass them to ssh as they stand")
	}
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		if word == "--" {
			if len(words) > 0 {
				return c, misused(takeOut, "%q is not understood", words[0])
			}
			break
		}
		if len(word) < 2 || word[0] != '-' {
			return c, misused(takeOut, "%q is not understood", word)
		}
		for letters := word[1:]; letters != ""; {
			var err error
			if letters, words, err = c.option(letters, words); err != nil {
				return c, err
			}
		}
	}
	return c, nil
}

// option reads the first of some letters. One with a value takes the rest of them for it, or
// the next word.
func (c *CommandLine) option(letters string, words []string) (string, []string, error) {
	letter, value := letters[0], letters[1:]
	is := func(set string) bool { return strings.IndexByte(set, letter) >= 0 }
	if s, ok := switches[letter]; ok {
		c.Settings = append(c.Settings, s)
		return value, words, nil
	}
	keyword, takes := mapped[letter]
	switch {
	case is(without):
		return value, words, nil
	case letter == 'g':
		c.warn("-g: nothing is forwarded")
		return value, words, nil
	case is(foreign):
		return "", nil, misused(takeOut, "-%c makes no sense here: a command is run on many hosts", letter)
	case !takes && !is("oF"+unused+forward):
		return "", nil, misused(takeOut, "-%c is no option of ssh", letter)
	case value == "" && len(words) == 0:
		return "", nil, misused("give it one in "+optionsPlace, "-%c has no value", letter)
	case value == "":
		value, words = words[0], words[1:]
	}
	switch {
	case letter == 'F':
		c.File = value
	case is(forward):
		c.warn("-%c %s: nothing is forwarded", letter, value)
	case letter == 'o':
		keyword, rest := cutKeyword(value)
		if rest == "" {
			return "", nil, misused("write -o Keyword=value in "+optionsPlace, "-o %s is not Keyword=value", value)
		}
		c.Settings = append(c.Settings, Setting{keyword, rest})
	case takes:
		if letter == 'i' {
			if c.keys == nil {
				c.keys = map[int]string{}
			}
			c.keys[len(c.Settings)] = value
		}
		if letter != 'J' {
			value = quoted(value)
		}
		c.Settings = append(c.Settings, Setting{keyword, value})
	}
	return "", words, nil
}

// What the options are called in messages, where they usually stand, and what to do about one
// that is wrong.
const (
	optionsName  = "SPARK_SSH_OPTS"
	optionsPlace = optionsName + " in conf/spark-env.sh"
	takeOut      = "take it out of " + optionsPlace
)

func misused(hint, format string, args ...any) *Error {
	return &Error{File: optionsName, Hint: hint, Err: fmt.Errorf(format, args...)}
}

func (c *CommandLine) warn(format string, args ...any) {
	c.Warnings = append(c.Warnings, optionsName+": "+fmt.Sprintf(format, args...))
}

// DropMissing drops each -i whose file is not there, with a warning, as ssh does: without it
// the default keys count again. home is what ~ is.
func (c *CommandLine) DropMissing(home string) {
	var kept []Setting
	for i, s := range c.Settings {
		if file, ok := c.keys[i]; ok {
			path := file
			if rest, ok := strings.CutPrefix(path, "~/"); ok {
				path = filepath.Join(home, rest)
			}
			if _, err := os.Stat(path); err != nil {
				c.warn("-i %s is left out: %v", file, underlying(err))
				continue
			}
		}
		kept = append(kept, s)
	}
	c.Settings, c.keys = kept, nil
}

// quoted is a value as a line of configuration has it: there, blanks and quotes part words.
func quoted(value string) string {
	if !strings.ContainsAny(value, " \t\"'") && !strings.Contains(value, `\\`) && !strings.HasPrefix(value, "#") {
		return value
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// shellWords parts a text as a POSIX shell does with nothing to expand.
func shellWords(text string) ([]string, error) {
	var all []string
	var b strings.Builder
	var quote byte
	within := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote == 0 && strings.IndexByte(" \t\r\n", c) >= 0:
			if within {
				all = append(all, b.String())
			}
			b.Reset()
			within = false
			continue
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		case c == '\\' && i+1 < len(text) && (quote == 0 || quote == '"' && strings.IndexByte("\"\\$`", text[i+1]) >= 0):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
		within = true
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed")
	}
	if within {
		all = append(all, b.String())
	}
	return all, nil
}
