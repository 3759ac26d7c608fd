package commands

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"sparkops/fleet"
	"sparkops/keys"
	"sparkops/report"
)

// pushKeys makes logins without a password, and proves them.
func (a *app) pushKeys() *cli.Command {
	return &cli.Command{
		Name: "push-keys", Usage: "login without a password: a key on every host, proven", UsageText: "sparkops push-keys [flags]",
		Flags: a.flags(timeoutFlag(2*time.Minute), dryRunFlag(),
			&cli.StringFlag{Name: "key", Usage: "this key, `FILE` or FILE.pub", DefaultText: "the first IdentityFile of the host that exists, else a key of the agent"},
			&cli.BoolFlag{Name: "force", Usage: "add the plain key where it is known with options; remove it where nothing else opens the host"},
			&cli.BoolFlag{Name: "remove", Usage: "take the key out again, where another login is proven to remain"},
			&cli.StringSliceFlag{Name: "alias", Usage: "first write a Host block into ~/.ssh/config: `NAME=ADDRESS`, more than once if need be"},
			&cli.StringFlag{Name: "user", Usage: "of the aliases: log in as `NAME`"},
			&cli.IntFlag{Name: "port", Usage: "of the aliases: at port `N`"},
			&cli.BoolFlag{Name: "add-workers", Usage: "write the aliases into conf/workers too"}),
		Before: a.noArguments,
		Action: func(c *cli.Context) error {
			if err := checkPushKeys(c); err != nil {
				return err
			}
			named, err := a.aliases(c)
			if err != nil {
				return err
			}
			if named.ends {
				return (&job{app: a, verb: c.Command.Name, settings: settings{format: report.Format(c.String("output"))}, printer: &report.Printer{Out: a.world.Stdout}}).dry(fleet.Plan{})
			}
			a.beside = named.names
			return a.onHosts(pushKeysColumns(), func(ctx context.Context, c *cli.Context, j *job) error {
				p := &push{job: j, remove: c.Bool("remove"), force: c.Bool("force"), file: c.String("key"), bound: bounds(c).Script, rows: named.rows}
				return p.run(ctx, c)
			})(c)
		},
	}
}

func checkPushKeys(c *cli.Context) error {
	if c.IsSet("key") && c.String("key") == "" { // a variable that is not set, and not a word for the usual key
		return mistakef("sparkops push-keys --key FILE", "--key is empty")
	}
	aliases := len(c.StringSlice("alias")) > 0
	for _, flag := range []string{"user", "port", "add-workers"} {
		if c.IsSet(flag) && !aliases {
			return mistakef("--alias NAME=ADDRESS --"+flag+" ...", "--%s is about aliases, and there is none", flag)
		}
	}
	if aliases && c.Bool("remove") {
		return mistakef("leave out --alias, or --remove", "--alias writes a Host block, and --remove takes a key away")
	}
	return nil
}

// push is one run of push-keys.
type push struct {
	*job
	remove, force bool
	file          string // --key
	bound         time.Duration
	rows          []report.Row // told so far: aliases, and hosts that need nothing

	keys map[string]keys.Key // by host
	met  meetings
}

// again is what to type for one host and the same key.
func (p *push) again(flags, host string) string {
	if p.file != "" {
		flags += " --key " + quoteWords([]string{p.file})
	}
	return "sparkops push-keys " + flags + " -w " + host
}

func (p *push) run(ctx context.Context, c *cli.Context) error {
	if err := p.pass(false, true); err != nil {
		return err
	}
	hosts, err := p.accounts(ctx)
	if err != nil {
		return err
	}
	choice := p.keyChoice(p.file, p.remove, c.Bool("dry-run"))
	if p.keys, err = choice.all(ctx, p.reach, hosts); err != nil {
		return err
	}
	var targets []keys.Target
	for _, h := range hosts {
		targets = append(targets, keys.Target{Host: h, Key: p.keys[h]})
	}
	plan := keys.Install(targets, p.force, p.bound)
	if p.remove {
		plan = keys.Remove(targets, p.bound)
	}
	if c.Bool("dry-run") {
		return p.dry(plan, keys.Prove(hosts, p.bound))
	}
	p.met.greet(p.reach)
	var results []fleet.Result
	if p.remove && !p.force {
		results = p.carryBy(ctx, plan, p.butKey)
	} else {
		results = p.carryBy(ctx, plan, p.reach.connect)
	}
	if !p.quiet {
		p.met.tell(p.world.Stderr)
	}
	p.rows = append(p.rows, p.judge(ctx, results)...)
	return p.finish(ctx, report.Report{Rows: p.rows, Closing: p.closing()}, exitOfRows(p.rows))
}

// accounts are the hosts to work on: masters, workers and aliases that are selected, each account
// once, whatever it is called. This machine needs no login.
func (p *push) accounts(ctx context.Context) ([]string, error) {
	all, err := p.job.targets("all")
	if err != nil {
		return nil, err
	}
	p.reach.findLocal(ctx)
	var hosts []string
	seen := map[string]bool{}
	for _, h := range all {
		account := h.Name
		if route := p.reach.routes[h.Name]; route != nil {
			if p.reach.isLocal(ctx, h.Name, route) {
				p.rows = append(p.rows, report.Row{Host: h.Name, Status: report.OK, State: "local"})
				continue
			}
			account = fmt.Sprint(route.User, "@", route.HostName, " ", route.Port, route.Jump, route.ProxyCommand)
		}
		if !seen[account] {
			seen[account] = true
			hosts = append(hosts, h.Name)
		}
	}
	return hosts, nil
}

// carryBy is carry with another way to connect.
func (p *push) carryBy(ctx context.Context, plan fleet.Plan, connect keysConnect) []fleet.Result {
	progress := report.NewProgress(p.reach.person.quiet(p.world.Stderr), p.progress, plan.Stages[0].Name, len(plan.Stages[0].Tasks))
	defer progress.Stop()
	f := p.fleet()
	f.Connect = connect
	f.Done = func(r fleet.Result) { progress.Done(r.Task.Host, r.Err == nil) }
	results := f.Run(ctx, plan)
	if p.verbose {
		p.said(results)
	}
	return results
}

// closing is the last line: how many hosts are as they were asked to be.
func (p *push) closing() []string {
	hosts, good := 0, 0
	fingerprints := map[string]bool{}
	for _, r := range p.rows {
		if r.Login == nil {
			continue
		}
		hosts++
		fingerprints[r.Login.Key] = true
		done := r.Login.Proven != nil && *r.Login.Proven
		if p.remove {
			done = !done && (r.State == string(keys.Removed) || r.State == string(keys.Absent))
		}
		if r.Status.Good() && done {
			good++
		}
	}
	if hosts == 0 {
		return nil
	}
	key := "the key"
	if len(fingerprints) == 1 {
		for f := range fingerprints {
			key = f
		}
	}
	what := "opens "
	if p.remove {
		what = "is gone from "
	}
	return []string{key + " " + what + strconv.Itoa(good) + " of " + count(hosts, "host")}
}

func pushKeysColumns() []report.Column {
	return []report.Column{{Cell: func(r report.Row) string {
		switch {
		case r.Role == aliasRole:
			return "alias " + r.State
		case r.State == "local":
			return "this machine: no login is needed"
		case r.State == "":
			return r.Class
		case r.Class != "":
			return "key " + r.State + " (" + r.Class + ")"
		}
		return "key " + r.State
	}}, {Cell: func(r report.Row) string {
		if r.Login == nil || !r.Status.Good() {
			return ""
		}
		return r.Login.Key
	}}, {Own: true, Cell: func(r report.Row) string {
		if r.Role != aliasRole || r.Placed == nil {
			return ""
		}
		return r.Placed.File
	}}}
}
