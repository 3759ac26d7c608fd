package commands

import (
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
)

// flagHosts and the like are the flags that every verb has; each stands here once.
func sharedFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "conf-dir", Aliases: []string{"config"}, Usage: "Spark's conf `DIR`", DefaultText: "$SPARK_CONF_DIR, else $SPARK_HOME/conf"},
		&cli.StringFlag{Name: "spark-home", Usage: "Spark on this machine, and first guess for the others: `DIR`"},
		&cli.StringFlag{Name: "ssh-config", Aliases: []string{"F"}, Usage: "as ssh -F: `FILE` instead of ~/.ssh/config and the system's"},
		&cli.StringFlag{Name: "hosts", Aliases: []string{"w"}, Usage: "only these: `LIST` of names, globs and ranges w[01-20,30]"},
		&cli.StringFlag{Name: "exclude", Aliases: []string{"x"}, Usage: "not these: `LIST` as for --hosts"},
		&cli.IntFlag{Name: "fanout", Aliases: []string{"f"}, Value: 256, Usage: "hosts at once, bounded by open files: `N`"},
		&cli.DurationFlag{Name: "connect-timeout", Usage: "TCP to end of login, a host: `D`", DefaultText: "ConnectTimeout of ssh_config, else 10s"},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: "text", Usage: "the answer on stdout: text, json or jsonl"},
		&cli.StringFlag{Name: "color", Value: "auto", Usage: "auto, always or never"},
		&cli.StringFlag{Name: "progress", Value: "auto", Usage: "on stderr: auto (live on a terminal), plain or none"},
		&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "no questions"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "failures and the last line only"},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "a row for each daemon, where settings came from, what hosts said beside their answers"},
	}
}

// named is a flag that knows its names. urfave/cli's own make theirs by a regular expression,
// anew each time, and one look at a flag asks all for theirs.
type named struct {
	flag
	names []string
}

// flag is what urfave/cli asks of a flag.
type flag interface {
	cli.DocGenerationFlag
	cli.CategorizableFlag
	cli.RequiredFlag
	cli.ActionableFlag
}

func (f *named) Names() []string { return f.names }

// flags are those that every verb has, and more.
func (a *app) flags(more ...cli.Flag) []cli.Flag {
	if a.every == nil {
		a.every = rememberNames(sharedFlags())
	}
	return append(slices.Clone(a.every), rememberNames(more)...)
}

// rememberNames replaces each flag by one that knows its names.
func rememberNames(flags []cli.Flag) []cli.Flag {
	for i, f := range flags {
		flags[i] = &named{f.(flag), f.Names()}
	}
	return flags
}

// timeoutFlag bounds the script or command on a host; 0 is no bound.
func timeoutFlag(value time.Duration) cli.Flag {
	return &cli.DurationFlag{Name: "timeout", Value: value, Usage: "the command on a host, from its own start: `D`; 0 for no bound"}
}

func dryRunFlag() cli.Flag {
	return &cli.BoolFlag{Name: "dry-run", Usage: "print stages, hosts and scripts; do nothing"}
}

func waitTimeoutFlag(value time.Duration, what string) cli.Flag {
	return &cli.DurationFlag{Name: "wait-timeout", Value: value, Usage: "how long to wait for " + what + ": `D`"}
}

// arrangement is a command line taken apart.
type arrangement struct {
	command string
	flags   []string // each flag with its value, in the order typed
	args    []string
	dashes  bool // args stood behind --
}

// arrange takes a command line apart, so that flags may stand before and after the
// command and its arguments; urfave/cli stops at the first argument. What it does not
// know it leaves to urfave/cli to complain about.
func arrange(words []string, all []*cli.Command) arrangement {
	var a arrangement
	takesValue := valueFlags(all)
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case w == "--":
			a.args = append(a.args, words[i+1:]...)
			a.dashes = true
			return a
		case len(w) > 1 && w[0] == '-':
			a.flags = append(a.flags, w)
			if takesValue[strings.TrimLeft(w, "-")] && i+1 < len(words) {
				i++
				a.flags = append(a.flags, words[i])
			}
		case a.command == "":
			a.command = w
		default:
			a.args = append(a.args, w)
		}
	}
	return a
}

// joined is the flags with all lists of hosts in one: each -w adds, and so does each -x.
func (a arrangement) joined() []string {
	flags := a.flags
	for _, names := range [][]string{{"hosts", "w"}, {"exclude", "x"}} {
		var lists []string
		for i := 0; i < len(flags); i++ {
			name, value, joined := strings.Cut(strings.TrimLeft(flags[i], "-"), "=")
			if !strings.HasPrefix(flags[i], "-") || !slices.Contains(names, name) {
				continue
			}
			if !joined && i+1 < len(flags) {
				i++
				value = flags[i]
			}
			lists = append(lists, value)
		}
		if len(lists) > 1 {
			rest := arrangement{flags: flags}.without(names...)
			flags = append(rest, "--"+names[0]+"="+strings.Join(lists, ","))
		}
	}
	return flags
}

// without is the flags but for one and its value, by all of its names.
func (a arrangement) without(names ...string) []string {
	var kept []string
	for i := 0; i < len(a.flags); i++ {
		name, _, joined := strings.Cut(strings.TrimLeft(a.flags[i], "-"), "=")
		if strings.HasPrefix(a.flags[i], "-") && slices.Contains(names, name) {
			if !joined {
				i++
			}
			continue
		}
		kept = append(kept, a.flags[i])
	}
	return kept
}

// valueFlags are the names of the flags that take the next word.
func valueFlags(all []*cli.Command) map[string]bool {
	names := map[string]bool{}
	for _, c := range all {
		for _, f := range c.Flags {
			if f.(cli.DocGenerationFlag).TakesValue() {
				for _, name := range f.Names() {
					names[name] = true
				}
			}
		}
	}
	return names
}

// fromEnvironment are the flags that a SPARKOPS_FLAG_NAME variable sets and the command
// line does not.
func (a arrangement) fromEnvironment(c *cli.Command, env func(string) (string, bool)) []string {
	var flags []string
	for _, f := range c.Flags {
		name := f.Names()[0]
		value, ok := env(variableOf(name))
		if !ok || value == "" || slices.ContainsFunc(a.flags, func(given string) bool { return names(f, given) }) {
			continue
		}
		flags = append(flags, "--"+name+"="+value)
	}
	return flags
}

// names reports whether the word given is a form of the flag.
func names(f cli.Flag, given string) bool {
	word, _, _ := strings.Cut(strings.TrimLeft(given, "-"), "=")
	return strings.HasPrefix(given, "-") && slices.Contains(f.Names(), word)
}
