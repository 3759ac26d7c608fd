package commands

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"sparkops/keys"
	"sparkops/report"
	"sparkops/ssh"
	"sparkops/ssh/config"
)

// aliasRole is the role of rows that are about ~/.ssh/config.
const aliasRole = "alias"

// aliased are the names that --alias has given, and what became of them.
type aliased struct {
	names []string
	rows  []report.Row
	ends  bool // a dry run: the hosts cannot be read before it is written
}

// aliasing is the writing of Host blocks, and of names into the host file.
type aliasing struct {
	*app
	settings
	site    *site
	options config.Options
	files   *config.Files
	person  *terminal
	dry     bool

	all, missing []keys.Entry
	edits        []*keys.Edit
}

// aliases does what --alias asks for, before anything else is read.
func (a *app) aliases(c *cli.Context) (done aliased, err error) {
	words := c.StringSlice("alias")
	if len(words) == 0 {
		return done, nil
	}
	w := &aliasing{app: a, dry: c.Bool("dry-run")}
	if w.settings, err = a.settings(c); err != nil {
		return done, err
	}
	if w.all, err = entries(words, c.String("user"), c.Int("port")); err != nil {
		return done, err
	}
	ctx := c.Context
	if err := w.read(ctx); err != nil {
		return done, err
	}
	if err := w.judge(ctx, c.String("key")); err != nil {
		return done, err
	}
	defer w.drop()
	if err := w.stage(ctx, c.Bool("add-workers")); err != nil {
		return done, err
	}
	if err := w.write(ctx); err != nil {
		return done, err
	}
	done = w.done()
	if w.dry {
		known, unread := w.site.load()
		if unread == nil {
			_, unread = withNames(known, done.names).Select(w.hosts, w.exclude)
		}
		done.ends = unread != nil
	}
	return done, nil
}

// entries are the aliases as they were typed.
func entries(words []string, user string, port int) ([]keys.Entry, error) {
	if user != "" && !keys.IsUser(user) {
		return nil, mistakef("--user NAME", "--user %s is no name of a user", user)
	}
	if port < 0 || port > 65535 {
		return nil, mistakef("--port 22", "--port %d is no port", port)
	}
	var all []keys.Entry
	for _, word := range words {
		e, err := keys.ParseEntry(word)
		if err != nil {
			return nil, mistakef("--alias worker.one=10.0.0.11", "--alias: %w", err)
		}
		if slices.ContainsFunc(all, func(o keys.Entry) bool { return o.Name == e.Name }) {
			return nil, mistakef("--alias "+word+" once", "--alias: %s is there twice", e.Name)
		}
		e.User, e.Port = user, port
		all = append(all, e)
	}
	return all, nil
}

// read reads the configuration as it is.
func (w *aliasing) read(ctx context.Context) (err error) {
	if w.site, err = w.readSettings(ctx, w.settings); err != nil {
		return err
	}
	host, _ := os.Hostname() // for %l
	if w.options, _, err = w.sshOptions(w.site, w.settings, host); err != nil {
		return err
	}
	if w.options.File == "none" {
		return mistakef("leave out -F none", "--alias writes a Host block, and with -F none there is no file for it")
	}
	if w.files, err = config.Load(w.options); err != nil {
		return sshMistake(err)
	}
	w.person = w.asker(w.settings)
	return nil
}

// file is where blocks are written to.
func (w *aliasing) file() string {
	if w.options.File != "" {
		return w.options.File
	}
	return w.options.UserFile
}

// judge parts the aliases that are there already from those to be written; one that is there
// and means something else is refused.
func (w *aliasing) judge(ctx context.Context, named string) error {
	agents := ssh.NewKeyring()
	defer agents.Close()
	choice := w.keyChoice(w.settings, w.person, agents, named, false, w.dry)
	for i := range w.all {
		e := &w.all[i]
		e.Home = w.options.Home
		route, err := w.files.Host(ctx, e.Name)
		if err != nil {
			return sshMistake(err)
		}
		key, ok, err := choice.existing(ctx, route)
		if err != nil {
			return err
		}
		switch {
		case !ok:
			e.IdentityFile = choice.place(route)
		case key.Private != "":
			e.IdentityFile = key.Private
		case named != "":
			e.IdentityFile, err = filepath.Abs(named)
		}
		if err != nil {
			return err
		}
		at, wanted, err := e.Standing(ctx, w.files)
		switch {
		case err != nil:
			return sshMistake(err)
		case wanted:
		case at != "":
			return mistakef("change it there, or another name", "%s is in the configuration already, and means something else: %s (%s@%s port %d)",
				e.Name, at, route.User, route.HostName, route.Port)
		default:
			w.missing = append(w.missing, *e)
		}
	}
	return nil
}

// done are the rows. Names that a dry run has not written lead nowhere yet.
func (w *aliasing) done() (done aliased) {
	for _, e := range w.all {
		row := report.Row{Host: e.Name, Role: aliasRole, Status: report.OK, State: string(keys.Present), Placed: &report.Placed{File: keys.Tilde(w.file(), w.options.Home)}}
		if slices.ContainsFunc(w.missing, func(m keys.Entry) bool { return m.Name == e.Name }) {
			if w.dry {
				continue
			}
			row.Status, row.State = report.Changed, string(keys.Added)
		}
		done.names, done.rows = append(done.names, e.Name), append(done.rows, row)
	}
	return done
}
