package config

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// check refuses the values that ssh refuses. The hops of a ProxyJump become its args.
func (l *line) check() (err error) {
	switch most := l.most(); {
	case len(l.args) > most:
		return l.refuse("", "more than one value: %q", l.args[most])
	case l.kind == jump:
		l.args, err = parseJump(l.rest)
	case l.kind == wholeLine:
		l.args = []string{strings.TrimLeft(l.rest, white+"=")}
	case l.kind == choice && !slices.Contains(strings.Fields(choices[l.keyword]), strings.ToLower(l.args[0])):
		err = fmt.Errorf("%q is none of %s", l.args[0], choices[l.keyword])
	case (l.kind == list || l.kind == domains || l.kind == cnames) && len(l.args) > 1 && slices.ContainsFunc(l.args, isNone):
		err = errors.New("none stands alone")
	case l.kind == preferred:
		l.strange = strange(l.keyword, l.args[0])
	case checks[l.kind] != nil:
		for _, value := range l.args {
			if err = checks[l.kind](value); err != nil {
				break
			}
		}
	}
	if err != nil {
		return l.refuse("", "%w", err)
	}
	return nil
}

// most is how many values there may be.
func (l *line) most() int {
	switch l.kind {
	case unknown, ignore, jump, wholeLine, list, domains, cnames, variables, settings:
		return math.MaxInt
	case pair:
		return 2
	}
	return 1
}

// checks are what a value has to be.
var checks = map[kind]func(string) error{
	flag:     only(parseFlag),
	number:   only(parseNumber),
	port:     only(parsePort),
	interval: only(parseTime),
	policy:   only(parsePolicy),
	lasting: func(s string) error {
		if slices.Contains([]string{"yes", "no", "true", "false"}, s) {
			return nil
		}
		return only(parseTime)(s)
	},
	character: func(s string) error {
		if s == "none" || len(s) == 1 || len(s) == 2 && s[0] == '^' && s[1] >= 64 && s[1] < 128 {
			return nil
		}
		return fmt.Errorf("%q is no character", s)
	},
	agent: func(s string) error {
		if name, ok := strings.CutPrefix(s, "$"); ok && !strings.HasPrefix(name, "{") && !variable.MatchString(name) {
			return fmt.Errorf("%q is no name of a variable", name)
		}
		return nil
	},
	variables: func(s string) error {
		if strings.Contains(s, "=") {
			return fmt.Errorf("%q is no name of a variable", s)
		}
		return nil
	},
	settings: func(s string) error {
		if !strings.Contains(s, "=") {
			return fmt.Errorf("%q is not NAME=value", s)
		}
		return nil
	},
	domains: func(s string) error {
		if !domain.MatchString(s) || strings.Contains(s, "..") {
			return fmt.Errorf("%q is no domain", s)
		}
		return nil
	},
	cnames: func(s string) error {
		if _, to, _ := strings.Cut(s, ":"); to == "" && s != "*" && !isNone(s) {
			return fmt.Errorf("%q is not FROM:TO", s)
		}
		return nil
	},
}

func only[T any](parse func(string) (T, error)) func(string) error {
	return func(s string) error {
		_, err := parse(s)
		return err
	}
}

var (
	variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z_0-9]*$`)
	domain   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
)

func isNone(s string) bool { return strings.EqualFold(s, "none") }

func parseFlag(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "yes", "true":
		return true, nil
	case "no", "false":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither yes nor no", s)
}

func parseNumber(s string) (int, error) {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is no number", s)
	}
	return int(n), nil
}

func parsePort(s string) (int, error) {
	if s == "ssh" {
		return 22, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 65535 {
		return 0, fmt.Errorf("%q is no port", s)
	}
	return n, nil
}

// parseTime reads 1h30m, 90 (seconds) or none, which is 0.
func parseTime(s string) (time.Duration, error) {
	if s == "none" {
		return 0, nil
	}
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	var total time.Duration
	for rest := strings.ToLower(s); ; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.ParseInt(rest[:digits], 10, 32)
		if err != nil {
			return 0, fmt.Errorf("%q is no time", s)
		}
		unit := time.Second
		if rest = rest[digits:]; rest != "" {
			var ok bool
			if unit, ok = units[rest[0]]; !ok {
				return 0, fmt.Errorf("%q is no time", s)
			}
			rest = rest[1:]
		}
		if total += time.Duration(n) * unit; n > math.MaxInt32/int64(unit/time.Second) || total > math.MaxInt32*time.Second {
			return 0, fmt.Errorf("%q is too long a time", s)
		}
		if rest == "" {
			return total, nil
		}
	}
}

func parsePolicy(s string) (Strict, error) {
	switch strings.ToLower(s) {
	case "yes", "true":
		return Yes, nil
	case "no", "false", "off":
		return No, nil
	case "accept-new":
		return AcceptNew, nil
	case "ask":
		return Ask, nil
	}
	return 0, fmt.Errorf("%q is not yes, no, ask or accept-new", s)
}
