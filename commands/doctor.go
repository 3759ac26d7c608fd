package commands

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"sparkops/doctor"
	"sparkops/envfile"
	"sparkops/envfile/lint"
	"sparkops/report"
	"sparkops/spark"
)

// doctor finds what will go wrong, says what to type, and mends what can be mended.
func (a *app) doctor() *cli.Command {
	return &cli.Command{
		Name: "doctor", Usage: "find what will go wrong before it does; mend some of it with --fix", UsageText: "sparkops doctor [flags]",
		Flags: a.flags(timeoutFlag(time.Minute),
			&cli.BoolFlag{Name: "list", Usage: "print every check and do nothing"},
			&cli.StringFlag{Name: "check", Usage: "only these: `IDS` such as links.home,names or links.*"},
			&cli.StringFlag{Name: "skip", Usage: "not these: `IDS` as for --check"},
			&cli.BoolFlag{Name: "strict", Usage: "a warning counts as a failure"},
			&cli.BoolFlag{Name: "fix", Usage: "mend what can be mended: shows each command first, asks, and looks again"}),
		Before: a.noArguments,
		Action: func(c *cli.Context) error {
			checks, err := selectChecks(c)
			if err != nil {
				return err
			}
			if c.Bool("list") {
				return a.listChecks(c, checks)
			}
			return a.onHosts(doctorColumns(), func(ctx context.Context, c *cli.Context, j *job) error {
				x := &examination{job: j, checks: checks, bounds: bounds(c), strict: c.Bool("strict")}
				return x.run(ctx, c.Bool("fix"))
			})(c)
		},
	}
}

// selectChecks are those of --check and --skip.
func selectChecks(c *cli.Context) ([]doctor.Check, error) {
	all := doctor.Checks()
	words := func(flag string) []string {
		return strings.FieldsFunc(c.String(flag), func(r rune) bool { return r == ',' || r == ' ' })
	}
	for _, flag := range []string{"check", "skip"} {
		for _, pattern := range words(flag) {
			if _, err := doctor.Select(all, []string{pattern}, nil); err != nil {
				hint := "sparkops doctor --list"
				if id := doctor.Near(all, pattern); id != "" {
					hint = "sparkops doctor --" + flag + " " + id
				}
				return nil, mistakef(hint, "--%s: %w", flag, err)
			}
		}
	}
	checks, err := doctor.Select(all, words("check"), words("skip"))
	if err == nil && len(checks) == 0 {
		return nil, mistakef("sparkops doctor --list", "--check and --skip leave no check")
	}
	return checks, err
}

// listChecks prints the checks.
func (a *app) listChecks(c *cli.Context, checks []doctor.Check) error {
	s, err := a.settings(c)
	if err != nil {
		return err
	}
	return a.printer(s, nil).Checks(c.Command.Name, reported(checks))
}

// reported are checks as package report has them.
func reported(checks []doctor.Check) []report.Check {
	all := make([]report.Check, len(checks))
	for i, c := range checks {
		all[i] = report.Check{ID: c.ID, Title: c.Title, Fixable: c.Fixable, Cause: c.Cause, Effect: c.Effect, Cure: c.Cure}
	}
	return all
}

// examination is one run of doctor.
type examination struct {
	*job
	checks []doctor.Check
	bounds spark.Bounds
	strict bool
}

func (x *examination) run(ctx context.Context, fix bool) error {
	s := x.look(ctx)
	findings := doctor.Judge(s, x.checks)
	all := x.rows(findings)
	if fix && ctx.Err() == nil {
		if done := x.mend(ctx, findings); len(done) > 0 {
			s = x.look(ctx)
			all = x.after(done, doctor.Judge(s, x.checks))
		}
	}
	if x.format == report.Text {
		all = x.foldSkipped(all)
	}
	return x.finish(ctx, report.Report{Rows: all, Hosts: len(s.Hosts), Closing: x.families(s, all)}, x.code(all))
}

// look gathers the facts, in one session a host.
func (x *examination) look(ctx context.Context) *doctor.Snapshot {
	survey := &spark.Survey{Cluster: x.cluster, Connect: x.reach.connect, Bounds: x.bounds, Now: time.Now}
	if real, err := filepath.EvalSymlinks(x.cluster.Home); err == nil {
		survey.Real = real
	}
	hosts := survey.Read(x.carry(ctx, survey.Plan(), survey.Seen))
	if plan := survey.Reach(hosts); len(plan.Stages[0].Tasks) > 0 && slices.ContainsFunc(x.checks, doctor.Check.FromMasters) {
		survey.Reached(hosts, x.carry(ctx, plan, nil))
	}
	for i, h := range hosts {
		hosts[i].Local = x.isHere(ctx, h.Host.Name)
	}
	s := &doctor.Snapshot{
		Masters: x.cluster.Masters, Addresses: x.cluster.Addresses, Hosts: hosts, Views: survey.Views(ctx, hosts),
		Launcher: doctor.Launcher{Home: x.cluster.Home, Conf: x.site.confDir, Version: spark.Version(x.cluster.Home), Files: map[string][]byte{}, Logins: x.logins(ctx, hosts)},
	}
	quiet := *x.job
	quiet.quiet = true // what is pushed to nobody is for push-env to say
	s.Launcher.Parts, _ = quiet.parts(ctx)
	for _, name := range spark.SurveyedFiles {
		if text, err := os.ReadFile(filepath.Join(x.site.confDir, name)); err == nil {
			s.Launcher.Files[name] = text
		}
	}
	s.Launcher.Lint = quiet.unpushed(ctx, s)
	return s
}

// unpushed is what is surely wrong with a spark-env.sh of this machine that no host has.
func (j *job) unpushed(ctx context.Context, s *doctor.Snapshot) []lint.Finding {
	text, here := s.Launcher.Files["spark-env.sh"]
	ours, _, _ := envfile.Split(text)
	for _, h := range s.Hosts {
		if h.Facts == nil {
			continue
		}
		f, _ := h.Facts.File("spark-env.sh")
		if theirs, _, _ := envfile.Split(f.Text); bytes.Equal(ours, theirs) {
			return nil
		}
	}
	if !here || len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	found := j.findings(ctx, "spark-env.sh", text, len(s.Hosts))
	return slices.DeleteFunc(found, func(f lint.Finding) bool { return f.Level != lint.Error })
}

// isHere reports whether a host is this machine.
func (j *job) isHere(ctx context.Context, name string) bool {
	route := j.reach.routes[name]
	return route != nil && j.reach.isLocal(ctx, name, route)
}

// code is 3 as soon as a check failed, or a host could not be looked at.
func (x *examination) code(all []report.Row) int {
	for _, r := range all {
		notSeen := r.Status == report.Skipped && r.Class != ""
		if r.Status == report.Fail || notSeen || x.strict && r.Status == report.Warn {
			return exitNotWell
		}
	}
	return exitOK
}

// families are the closing lines: what each family of checks has found.
func (x *examination) families(s *doctor.Snapshot, all []report.Row) []string {
	var order []string
	checks := map[string]int{}
	for _, c := range x.checks {
		if checks[c.Family()] == 0 {
			order = append(order, c.Family())
		}
		checks[c.Family()]++
	}
	var lines []string
	for _, family := range order {
		found := map[report.Status]int{}
		for _, r := range all {
			for word := range strings.FieldsSeq(r.Check) {
				if strings.HasPrefix(word, family+".") || word == family {
					found[r.Status]++
				}
			}
		}
		line := fmt.Sprintf("%-12s %s on %s", family, count(checks[family], "check"), count(len(s.Hosts), "host"))
		lines = append(lines, line+": "+verdicts(found))
	}
	return lines
}

// verdicts are the findings of a family in words.
func verdicts(found map[report.Status]int) string {
	var words []string
	for _, v := range []struct {
		status report.Status
		word   string
	}{{report.Fail, "failed"}, {report.Warn, "to look at"}, {report.Changed, "mended"}, {report.Skipped, "not looked at"}} {
		if n := found[v.status]; n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, v.word))
		}
	}
	if len(words) == 0 {
		return "ok"
	}
	return strings.Join(slices.Compact(words), ", ")
}
