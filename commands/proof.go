package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"sparkops/fleet"
	"sparkops/keys"
	"sparkops/report"
	"sparkops/shell"
	"sparkops/ssh"
)

// keysConnect is [fleet.Fleet].Connect.
type keysConnect = func(ctx context.Context, host string) (shell.Runner, error)

// onlyKey logs in to a host with the key that it is to take, and nothing else.
func (p *push) onlyKey(ctx context.Context, host string) (shell.Runner, error) {
	k := p.keys[host]
	conn, err := p.reach.pool.OnlyKey(ctx, p.reach.routes[host], k.Public, k.Private)
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// butKey logs in to a host with all but the key: what remains when that is gone.
func (p *push) butKey(ctx context.Context, host string) (shell.Runner, error) {
	if err := p.reach.refused[host]; err != nil {
		return nil, err
	}
	conn, err := p.reach.pool.ButKey(ctx, p.reach.routes[host], p.keys[host].Public)
	if err != nil {
		e := shell.AsError(err, shell.ClassClosed)
		if e.Class == shell.ClassAuth || errors.Is(err, ssh.ErrOpenSSHOnly) {
			e = shell.Errorf(e.Class, p.again("--remove --force", host), "not removed, as no other way to log in is proven: %w", e.Err)
		}
		return nil, e
	}
	return conn, nil
}

// judge proves what the scripts have done, looks for what blocks a proof, and makes the rows.
func (p *push) judge(ctx context.Context, results []fleet.Result) []report.Row {
	outcomes := keys.Outcomes(results)
	var prove []string
	for _, o := range outcomes {
		if o.Err == nil && o.Refused == nil && p.keys[o.Host].Public != nil {
			prove = append(prove, o.Host)
		}
	}
	proofs := map[string]error{}
	var explain []string
	if len(prove) > 0 && ctx.Err() == nil {
		for _, r := range p.carryBy(ctx, keys.Prove(prove, p.bound), p.onlyKey) {
			proofs[r.Task.Host] = r.Err
			if !p.remove && r.Err != nil && shell.AsError(r.Err, "").Class == shell.ClassAuth && !errors.Is(r.Err, ssh.ErrNoPrivateKey) {
				explain = append(explain, r.Task.Host)
			}
		}
	}
	facts := map[string]keys.Facts{}
	if len(explain) > 0 && ctx.Err() == nil {
		for _, r := range p.carryBy(ctx, keys.Explain(explain, p.bound), p.reach.connect) {
			if f, err := keys.ReadFacts(r.Output.Stdout); r.Err == nil && err == nil {
				facts[r.Task.Host] = f
			}
		}
	}
	var rows []report.Row
	for i, o := range outcomes {
		row := p.row(o)
		row.TookMS = results[i].Took.Milliseconds()
		if proof, tried := proofs[o.Host]; tried && p.remove {
			p.gone(&row, o, proof)
		} else if tried {
			p.proven(&row, o, proof, facts[o.Host])
		}
		rows = append(rows, row)
	}
	return rows
}

// row is what the script has done.
func (p *push) row(o keys.Outcome) report.Row {
	row := report.Row{Host: o.Host, Status: report.OK, State: string(o.State)}
	if k := p.keys[o.Host]; k.Public != nil {
		row.Login = &report.Login{Key: k.Fingerprint()}
	}
	if o.File != "" {
		row.Placed = &report.Placed{File: o.File}
	}
	why := o.Refused
	if o.Err != nil {
		why = shell.AsError(o.Err, shell.ClassLost)
	}
	switch {
	case o.Err != nil:
		row.Status = verdictOnError(o.Err)
		if route := p.reach.routes[o.Host]; why.Class == shell.ClassAuth && route != nil && route.User == "root" && !p.remove {
			why.Hint += "; root may not be let in by password (PermitRootLogin): another user, as USER@HOST in conf/workers or User in ~/.ssh/config"
		}
	case o.Refused != nil:
		row.Status = report.Fail
	case o.State == keys.Added, o.State == keys.Removed, o.Repaired != "":
		row.Status = report.Changed
	}
	if why != nil {
		row.Class, row.Message, row.Hint = string(why.Class), why.Error(), why.Hint
	}
	return row
}

// proven adds to a row what became of the login with the key alone.
func (p *push) proven(row *report.Row, o keys.Outcome, err error, f keys.Facts) {
	worked := err == nil
	row.Login.Proven = &worked
	limited := fmt.Sprintf("%s:%d has the key with options: %s", o.File, o.Limited, o.Options)
	e := shell.AsError(err, shell.ClassLost)
	switch {
	case worked && o.State == keys.Restricted:
		row.Status, row.Message, row.Hint = report.Warn, limited+"; nothing was added", p.again("--force", o.Host)
	case worked && o.Home != "":
		if o.State == keys.Added { // said once
			row.Status = report.Warn
		}
		row.Message = "the home directory is " + o.Home + ": others may write to it, and another sshd would not believe a key there"
		row.Hint = "chmod go-w ~, there"
	case worked:
	case errors.Is(err, ssh.ErrNoPrivateKey) && p.keys[o.Host].Private == "": // nobody could, here
		row.Login.Proven = nil
		row.Status, row.Message, row.Hint = report.Warn, "not proven: only the public half is here, and no agent holds the other", e.Hint
	case errors.Is(err, ssh.ErrNoPrivateKey), errors.Is(err, ssh.ErrOpenSSHOnly):
		row.Login.Proven = nil
		row.Status, row.Class = report.Fail, string(e.Class)
		row.Message, row.Hint = "the key is in "+o.File+", and was not proven: "+e.Error(), cmp.Or(e.Hint, p.unproven(o.Host, err))
	case verdictOnError(err) == report.Skipped:
		row.Login.Proven = nil
		row.Status, row.Message = report.Unknown, "not proven: "+e.Error()
	default:
		row.Status, row.Class, row.Hint = report.Fail, string(e.Class), e.Hint
		row.Message = "the key is in " + o.File + ", and a login with it alone does not work: "
		reasons, hint := f.Verdict(p.keys[o.Host])
		if o.State == keys.Restricted {
			reasons, hint = append([]string{limited}, reasons...), p.again("--force", o.Host)
		}
		if e.Class != shell.ClassAuth || len(reasons) == 0 {
			reasons = append(reasons, e.Error())
		}
		if e.Class == shell.ClassAuth && len(f.Unreadable) > 0 {
			reasons = append(reasons, strings.Join(f.Unreadable, ", ")+" cannot be read by this user")
		}
		if hint != "" {
			row.Hint = hint
		}
		row.Message += strings.Join(reasons, "; ")
	}
}

// unproven is what to type about a key whose login was not tried.
func (p *push) unproven(host string, err error) string {
	private := p.keys[host].Private
	switch {
	case errors.Is(err, ssh.ErrNoPrivateKey):
		return quoteWords([]string{"ssh-add", private})
	case private != "":
		return "ssh " + quoteWords([]string{host, "-o", "IdentitiesOnly=yes", "-i", private, "true"})
	}
	return "ssh " + host + " true"
}

// gone adds to a row whether the key still opens the host after it was taken out.
func (p *push) gone(row *report.Row, o keys.Outcome, err error) {
	e := shell.AsError(err, shell.ClassLost)
	works := err == nil
	tried := works || e.Class == shell.ClassAuth && !errors.Is(err, ssh.ErrNoPrivateKey)
	switch {
	case tried:
		row.Login.Proven = &works
	case row.Status.Good():
		row.Status = report.Warn
		row.Message = "the key is out of " + o.File + "; that it opens the host in no other way was not tried: " + e.Error()
	}
	if works {
		row.Status, row.Message = report.Warn, "the key is not in "+o.File+", and opens the host all the same"
		row.Hint = "look at AuthorizedKeysFile, AuthorizedKeysCommand and TrustedUserCAKeys: sshd -T there, as root"
	}
}
