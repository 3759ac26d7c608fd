package commands

import (
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"sparkops/doctor"
	"sparkops/envfile/lint"
	"sparkops/inventory"
	"sparkops/report"
	"sparkops/shell"
)

// settings are the flags that every verb has, checked.
type settings struct {
	confDir, sparkHome, sshConfig string
	hosts, exclude                string
	fanout                        int
	connectTimeout                time.Duration
	format                        report.Format
	color                         bool
	progress                      string // as report.NewProgress takes it
	yes, quiet, verbose           bool

	// mending: the verb looks itself at what this machine cannot make sense of in its files: it
	// may be there to replace them, or need none of that.
	mending bool
}

func (a *app) settings(c *cli.Context) (settings, error) {
	s := settings{
		confDir: c.String("conf-dir"), sparkHome: c.String("spark-home"), sshConfig: c.String("ssh-config"),
		hosts: c.String("hosts"), exclude: c.String("exclude"),
		fanout: c.Int("fanout"), connectTimeout: c.Duration("connect-timeout"),
		format: report.Format(c.String("output")),
		yes:    c.Bool("yes"), quiet: c.Bool("quiet"), verbose: c.Bool("verbose"),
		mending: c.Command.Name == "push-env" || c.Command.Name == "push-keys",
	}
	for _, name := range []string{"hosts", "exclude"} {
		if c.IsSet(name) && strings.Trim(c.String(name), ", \t") == "" {
			return s, mistakef("leave it out for all hosts", "--%s selects nobody: is a variable empty?", name)
		}
	}
	if _, err := formatOf(c.String("output")); err != nil {
		return s, err
	}
	if s.fanout < 1 {
		return s, mistakef("--fanout 256", "--fanout %d: at least one host at a time", s.fanout)
	}
	s.fanout = min(s.fanout, openFiles()/4)
	for _, name := range []string{"connect-timeout", "timeout", "wait-timeout"} {
		if c.Duration(name) < 0 {
			return s, mistakef("--"+name+" 30s", "--%s %v is below zero", name, c.Duration(name))
		}
	}
	var err error
	if s.color, err = a.wantsColor(c.String("color")); err != nil {
		return s, err
	}
	s.progress, err = a.progressKind(c.String("progress"))
	if s.quiet || s.format != report.Text {
		s.progress = "none"
	}
	return s, err
}

// formatOf is the format of --output.
func formatOf(word string) (report.Format, error) {
	switch f := report.Format(word); f {
	case report.Text, report.JSON, report.JSONL:
		return f, nil
	}
	return "", mistakef("-o text, -o json or -o jsonl", "--output %s is no format", word)
}

// wantsColor honours NO_COLOR (no-color.org) and TERM=dumb.
func (a *app) wantsColor(when string) (bool, error) {
	noColor, _ := a.world.Getenv("NO_COLOR")
	term, _ := a.world.Getenv("TERM")
	switch when {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		return a.world.StdoutTTY && noColor == "" && term != "dumb", nil
	}
	return false, mistakef("--color auto, always or never", "--color %s is unknown", when)
}

func (a *app) progressKind(kind string) (string, error) {
	term, _ := a.world.Getenv("TERM")
	switch {
	case kind == "plain", kind == "none":
		return kind, nil
	case kind == "auto" && a.world.StderrTTY && term != "dumb":
		return "live", nil
	case kind == "auto":
		return "none", nil
	}
	return "", mistakef("--progress auto, plain or none", "--progress %s is unknown", kind)
}

func (a *app) printer(s settings, columns []report.Column) *report.Printer {
	return &report.Printer{
		Out: a.world.Stdout, Err: a.world.Stderr, Format: s.format, Color: s.color,
		Verbose: s.verbose, Quiet: s.quiet, Columns: columns, Fold: inventory.Fold, Mask: mask, Together: together,
	}
}

// mask is the value of a variable without the secrets that it is or holds.
func mask(name, value string) string {
	return lint.MaskValue(lint.Secret, name, value)
}

// user is who runs sparkops, and where that user's files are: as for ssh, by the user
// database and not by $HOME.
func (a *app) user() (name, home string, uid int) {
	if u, err := user.LookupId(strconv.Itoa(os.Getuid())); err == nil {
		return u.Username, u.HomeDir, os.Getuid()
	}
	name, _ = a.world.Getenv("USER")
	home, _ = a.world.Getenv("HOME")
	return name, home, os.Getuid()
}

// openFiles is how many files this process may have open. A host takes a connection, and for
// a moment the files of a name look-up.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1024
	}
	return int(min(max(limit.Cur, 64), 1<<20))
}

// noArguments refuses stray arguments and shows the line that may have been meant.
func (a *app) noArguments(c *cli.Context) error {
	if c.NArg() == 0 {
		return nil
	}
	given := a.given
	hosts := c.Args().Slice()
	if asked := c.String("hosts"); asked != "" {
		hosts = append([]string{asked}, hosts...)
		given.flags = given.without("hosts", "w")
	}
	line := append(append([]string{"sparkops", given.command}, given.flags...), "--hosts", strings.Join(hosts, ","))
	if _, err := doctor.Select(doctor.Checks(), c.Args().Slice(), nil); err == nil && c.Command.Name == "doctor" {
		line = append(append([]string{"sparkops", given.command}, given.without("check")...), "--check", strings.Join(c.Args().Slice(), ","))
	}
	return mistakef(quoteWords(line), "%s takes no arguments, and there is %q", c.Command.Name, c.Args().First())
}

// asTyped is the command line again, with more flags.
func (a *app) asTyped(more ...string) string {
	return quoteWords(slices.Concat([]string{"sparkops", a.given.command}, a.given.flags, more))
}

// quoteWords is words as one would type them.
func quoteWords(words []string) string {
	typed := make([]string, len(words))
	for i, w := range words {
		typed[i] = w
		if w == "" || strings.ContainsAny(w, " \t\n'\"\\$`*?[]{}()<>|&;#~!") {
			typed[i] = shell.Quote(w)
		}
	}
	return strings.Join(typed, " ")
}
