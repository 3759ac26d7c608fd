package commands

import (
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"

	"sparkops/near"
)

// What urfave/cli says of a command line that it does not understand.
var (
	badValue = regexp.MustCompile(`^invalid value "(.*)" for flag -(\S+): `)
	badFlag  = regexp.MustCompile(`^flag (provided but not defined|needs an argument): -(\S+)$`)
	digits   = regexp.MustCompile(`^[0-9]+$`)
)

// usageError says in the user's words what is wrong with a flag, and what to type.
func (a *app) usageError(c *cli.Command, err error) error {
	help := strings.TrimSpace("sparkops help " + c.Name)
	if m := badValue.FindStringSubmatch(err.Error()); m != nil {
		return a.valueError(c, m[2], m[1], help)
	}
	m := badFlag.FindStringSubmatch(err.Error())
	switch {
	case m == nil:
		return mistakef(help, "%w", err)
	case m[1] == "needs an argument":
		return mistakef(help, "%s needs a value", dashed(m[2]))
	}
	return a.noFlag(c, m[2], help)
}

// noFlag shows the line with the flag that may have been meant.
func (a *app) noFlag(c *cli.Command, typed, help string) error {
	var known []string
	for _, f := range c.Flags {
		for _, name := range f.Names() {
			if len(name) > 1 {
				known = append(known, name)
			}
		}
	}
	meant := near.Names(typed, known)
	if len(typed) < 3 || len(meant) == 0 {
		return mistakef(help, "there is no flag %s", dashed(typed))
	}
	line := []string{"sparkops"}
	for _, word := range a.world.Args[1:] {
		if name, value, joined := strings.Cut(word, "="); strings.HasPrefix(word, "-") && strings.TrimLeft(name, "-") == typed {
			word = dashed(meant[0])
			if joined {
				word += "=" + value
			}
		}
		line = append(line, word)
	}
	return mistakef(quoteWords(line), "there is no flag %s, but %s", dashed(typed), dashed(meant[0]))
}

// strange refuses a command that there is not, and shows the line with the one that may have
// been meant.
func (a arrangement) strange(all []*cli.Command) error {
	meant := nearest(all, a.command)
	if meant == "" {
		return mistakef("sparkops help", "there is no command %q", a.command)
	}
	line := append([]string{"sparkops", meant}, a.flags...)
	if a.dashes {
		line = append(line, "--")
	}
	return mistakef(quoteWords(append(line, a.args...)), "there is no command %q, but %s", a.command, meant)
}

// nearest is the command that may have been meant, or "".
func nearest(all []*cli.Command, typed string) string {
	var names []string
	for _, c := range all {
		if strings.HasPrefix(c.Name, typed) || strings.HasPrefix(typed, c.Name) || strings.TrimSuffix(typed, ".sh") == c.Name {
			return c.Name
		}
		names = append(names, c.Names()...)
	}
	if meant := near.Names(typed, names); len(meant) > 0 {
		return meant[0]
	}
	return ""
}

// valueError names the flag, or the variable where the value came from one.
func (a *app) valueError(c *cli.Command, name, value, help string) error {
	what, hint, before := dashed(name)+" "+value, help, "sparkops "+c.Name+" "
	variable := variableOf(name)
	if set, ok := a.world.Getenv(variable); ok && set == value {
		what, hint, before = variable+"="+value, "unset "+variable, "export "
	}
	for _, f := range c.Flags {
		if !names(f, "-"+name) {
			continue
		}
		if its, ok := f.(*named); ok {
			f = its.flag
		}
		switch f.(type) {
		case *cli.DurationFlag:
			if digits.MatchString(value) {
				return mistakef(before+what+"s", "%s has no unit: s, m or h", what)
			}
			return mistakef(hint, "%s is no time, such as 30s or 2m", what)
		case *cli.IntFlag:
			return mistakef(hint, "%s is no number", what)
		}
	}
	return mistakef(hint, "%s is not understood", what)
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// variableOf is the variable that sets a flag.
func variableOf(flag string) string {
	return "SPARKOPS_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// strangers are warnings of variables that look like a flag of sparkops and are none.
func (a *app) strangers() []string {
	known := map[string]bool{}
	for _, c := range a.all {
		for _, f := range c.Flags {
			if f == cli.HelpFlag {
				continue // of urfave/cli, which knows no variables of ours
			}
			known[variableOf(f.Names()[0])] = true
		}
	}
	var warnings []string
	for _, entry := range a.world.Env {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "SPARKOPS_") && !known[name] && !strings.HasPrefix(name, "SPARKOPS_STANDIN_") {
			warnings = append(warnings, name+" is set, and no flag of sparkops is called so")
		}
	}
	return warnings
}
