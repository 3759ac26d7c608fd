package commands

import (
	"context"
	"time"

	"github.com/urfave/cli/v2"

	"sparkops/fleet"
	"sparkops/spark"
)

// pushEnv is push-env: files of the conf directory, to every host's own.
func (a *app) pushEnv() *cli.Command {
	return &cli.Command{
		Name: "push-env", Usage: "spark-env.sh, or other files of conf, to every host", UsageText: "sparkops push-env [flags] [FILE...]",
		Flags: a.flags(timeoutFlag(2*time.Minute), dryRunFlag(),
			&cli.BoolFlag{Name: "diff", Usage: "show by host what would change, secrets hidden; do nothing"},
			&cli.BoolFlag{Name: "atomic", Usage: "no host gets the new file unless every one can have it"},
			&cli.BoolFlag{Name: "rollback", Usage: "put the former file back; once more takes that back"},
			&cli.BoolFlag{Name: "force", Usage: "push though something is wrong with the file"}),
		Before: pushFlags,
		Action: a.onHosts(pushColumns(), func(ctx context.Context, c *cli.Context, j *job) error {
			p, err := j.pushing(ctx, c)
			switch {
			case err != nil:
				return err
			case c.Bool("dry-run"):
				return p.dry(ctx)
			case c.Bool("diff"):
				return p.diff(ctx)
			}
			return p.run(ctx)
		}),
	}
}

// pushFlags refuses flags that contradict each other.
func pushFlags(c *cli.Context) error {
	if c.Bool("diff") && c.Bool("dry-run") {
		return mistakef("sparkops push-env --diff", "--diff shows what would change and --dry-run the scripts: one of them")
	}
	return nil
}

// pushing is one run of push-env: what is wanted where, and what has become of it so far.
type pushing struct {
	*job
	*spark.Push
	atomic bool
	wanted spark.Sums
	done   map[string][]spark.Pushed        // by host and number of file
	behind map[string]spark.Answer          // what each host said last of its daemons
	names  map[string]map[spark.Role]string // see roleNames
	shown  map[string][]string              // what differs, by file and both contents
	former []former                         // of a rollback, by number of file
	*fitting
}

// run compares, stages where something differs, and switches where all is staged.
func (p *pushing) run(ctx context.Context) error {
	differ := p.compare(ctx)
	if len(differ) == 0 || p.atomic && p.bad() {
		p.leave(differ, notAll)
		return p.finish(ctx)
	}
	staged := p.stage(ctx, differ)
	if ctx.Err() != nil || p.atomic && p.bad() {
		p.unstage(ctx, staged)
		return p.finish(ctx)
	}
	p.switchAll(ctx, staged)
	return p.finish(ctx)
}

// compare learns what every host has, clears away what killed runs have left, and returns
// what differs.
func (p *pushing) compare(ctx context.Context) spark.Files {
	differ, left := spark.Files{}, map[string][]string{}
	var all []spark.Answer
	learn := func(a spark.Answer) {
		for i := range a.Files {
			p.judge(&a.Files[i])
		}
		p.fits(a)
		p.note(a)
		for _, l := range a.Left {
			if p.Run.IsLeft(l.Path, l.Age, lives) {
				left[a.Host] = append(left[a.Host], l.Path)
			}
		}
		if some := differing(a); len(some) > 0 {
			differ[a.Host] = some
		}
	}
	p.carry(ctx, p.Compare(p.wanted), func(r fleet.Result) {
		if a := p.Read(r); p.Rollback { // where to is known when all have answered
			all = append(all, a)
		} else {
			learn(a)
		}
	})
	p.formers(all)
	for _, a := range all {
		learn(a)
	}
	p.warnOfFit()
	p.clean(ctx, left)
	return differ
}

// differing are the files of a host that need the new content; none if the host cannot have
// all of them.
func differing(a spark.Answer) []int {
	var some []int
	for i, o := range a.Files {
		if !o.OK() {
			return nil
		}
		if o.State != spark.Same {
			some = append(some, i)
		}
	}
	return some
}

// stage brings new content beside the files and returns what is there whole.
func (p *pushing) stage(ctx context.Context, differ spark.Files) spark.Files {
	staged := spark.Files{}
	p.carry(ctx, p.Stage(differ, p.wanted), func(r fleet.Result) {
		a := p.Read(r)
		for i := range a.Files {
			untouched(&a.Files[i])
		}
		whole := true
		for _, i := range differ[a.Host] {
			whole = whole && a.Files[i].OK() && a.Files[i].State == spark.Staged
		}
		p.take(a, differ[a.Host])
		if whole {
			staged[a.Host] = differ[a.Host]
		}
	})
	return staged
}

// switchAll puts what is staged into its place.
func (p *pushing) switchAll(ctx context.Context, staged spark.Files) {
	p.carry(ctx, p.Switch(staged, p.wanted), func(r fleet.Result) {
		a := p.Read(r)
		p.behind[a.Host] = a
		p.take(a, staged[a.Host])
	})
}

// notAll is why a host that could have the file does not get it.
const notAll = "--atomic, and not every host can have the new file"

// cleaning bounds the clearing away after an interrupt.
const cleaning = 5 * time.Second

// unstage takes back what was staged: it will not be switched.
func (p *pushing) unstage(ctx context.Context, staged spark.Files) {
	left := map[string][]string{}
	for host, files := range staged {
		for _, i := range files {
			left[host] = append(left[host], p.done[host][i].Path)
		}
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleaning)
	defer cancel()
	if ctx.Err() == nil {
		after = ctx
	}
	p.clean(after, left)
	why := notAll
	if ctx.Err() != nil {
		why = "interrupted before it was put in its place"
	}
	p.leave(staged, why)
}

// clean removes temporary files. That it fails is no failure of a push: the next one will.
func (p *pushing) clean(ctx context.Context, left map[string][]string) {
	if len(left) > 0 {
		fleet.Fleet{Connect: p.reach.connect, Fanout: p.fanout}.Run(ctx, p.Clean(left))
	}
}
